#include "json/parser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool read_value(struct json_parser *parser, struct json *value);

static void add_fault(struct json_parser *parser, size_t offset, const char *why)
{
    struct json_faults *const faults = &parser->document->faults;

    if (faults->count == JSON_FAULTS_MAX)
        return;
    faults->list =
        need_room(faults->list, &faults->room, faults->count + 1, sizeof(faults->list[0]));
    fail_at(&faults->list[faults->count++], offset, "%s", why);
}

bool json_fail(struct json_parser *parser, size_t offset, const char *why)
{
    add_fault(parser, offset, why);
    parser->is_broken = true;
    return false;
}

static void skip_space(struct json_parser *parser)
{
    while (parser->at < parser->text->length && json_peek(parser) != '\0' &&
           strchr(" \t\r\n", json_peek(parser)) != NULL)
        parser->at++;
}

/* What has no place where it is: in words for what people often write. */
static bool fail_character(struct json_parser *parser, const char *expected)
{
    const size_t at = parser->at;
    const unsigned char c = json_peek(parser);

    if (at == parser->text->length)
        return json_fail(parser, at, "it ends too early");
    if (c == '/' || c == '#')
        return json_fail(parser, at, "a comment, which JSON does not have");
    if (c == '\'')
        return json_fail(parser, at, "a single quote: JSON has double ones");
    if (c >= 0x80)
        return json_fail(parser, at, "a character outside of a string");
    return json_fail(parser, at, expected);
}

/* --- numbers and words ------------------------------------------------------------------------ */

static bool skip_digits(struct json_parser *parser)
{
    const size_t from = parser->at;

    while (json_peek(parser) >= '0' && json_peek(parser) <= '9')
        parser->at++;
    return parser->at > from;
}

/* Whether an integer is one of 64 bits, and any other number is finite. */
static bool is_in_range(const char *number, bool is_integer)
{
    static const char largest[] = "9223372036854775807", smallest[] = "9223372036854775808";

    if (!is_integer)
        return isfinite(strtod(number, NULL));
    const char *const limit = number[0] == '-' ? smallest : largest;
    const char *const digits = number[0] == '-' ? number + 1 : number;
    const size_t length = strspn(digits, "0123456789");
    if (length != sizeof(largest) - 1)
        return length < sizeof(largest) - 1;
    return strncmp(digits, limit, length) <= 0;
}

static bool read_number(struct json_parser *parser, struct json *value)
{
    const size_t from = parser->at;
    bool is_integer = true;

    parser->at += json_peek(parser) == '-';
    const size_t digits = parser->at;
    if (!skip_digits(parser))
        return json_fail(parser, from, "a minus without a number");
    if (parser->text->bytes[digits] == '0' && parser->at > digits + 1)
        return json_fail(parser, from, "a number that begins with 0");
    if (json_peek(parser) == '.') {
        is_integer = false;
        parser->at++;
        if (!skip_digits(parser))
            return json_fail(parser, from, "a number without digits after its point");
    }
    if ((json_peek(parser) | 0x20) == 'e') {
        is_integer = false;
        parser->at++;
        parser->at += json_peek(parser) == '+' || json_peek(parser) == '-';
        if (!skip_digits(parser))
            return json_fail(parser, from, "a number without digits in its exponent");
    }
    value->kind = JSON_NUMBER;
    value->at = (struct span){ .offset = from, .length = parser->at - from };
    if (!is_in_range(parser->text->bytes + from, is_integer))
        add_fault(parser, from, "a number that is too big: parsers make others of it");
    return true;
}

static bool read_word(struct json_parser *parser, struct json *value)
{
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = { { "null", JSON_NULL }, { "true", JSON_TRUE }, { "false", JSON_FALSE } };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t length = strlen(words[i].word);
        if (strncmp(parser->text->bytes + parser->at, words[i].word, length) != 0)
            continue;
        value->kind = words[i].kind;
        value->at = (struct span){ .offset = parser->at, .length = length };
        parser->at += length;
        return true;
    }
    return fail_character(parser, "no value: a string, a number, true, false, null, [ or {");
}

/* --- what holds others ------------------------------------------------------------------------ */

static int compare_keys(const void *a, const void *b)
{
    const struct json *const x = *(const struct json *const *)a;
    const struct json *const y = *(const struct json *const *)b;
    const size_t shorter = x->key_length < y->key_length ? x->key_length : y->key_length;
    const int order = memcmp(x->key, y->key, shorter);

    if (order != 0)
        return order;
    if (x->key_length != y->key_length)
        return x->key_length < y->key_length ? -1 : 1;
    return x->at.offset < y->at.offset ? -1 : 1;
}

static void find_duplicates(struct json_parser *parser, const struct json *object)
{
    const struct json **const members = need(object->count, sizeof(void *));
    size_t count = 0;

    for (const struct json *member = object->first; member != NULL; member = member->next)
        members[count++] = member;
    if (count > 1)
        qsort(members, count, sizeof(void *), compare_keys);
    for (size_t i = 1; i < count; i++)
        if (members[i]->key_length == members[i - 1]->key_length &&
            memcmp(members[i]->key, members[i - 1]->key, members[i]->key_length) == 0)
            add_fault(parser, members[i]->name.offset,
                      "a name that is there twice: parsers take one or the other");
    free(members);
}

static struct json *add_child(struct json_parser *parser, struct json *parent)
{
    struct json *const child = pool_take(&parser->document->pool, sizeof(*child));

    child->parent = parent;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
    return child;
}

/* The name of a member and its colon. */
static bool read_name(struct json_parser *parser, struct json *member)
{
    if (json_peek(parser) != '"')
        return fail_character(parser, "no name of a member, which is a string in double quotes");
    if (!json_read_string(parser, &member->name, &member->key, &member->key_length))
        return false;
    if (memchr(member->key, '\0', member->key_length) != NULL)
        return json_fail(parser, member->name.offset, "a NUL in a name");
    skip_space(parser);
    if (json_peek(parser) != ':')
        return fail_character(parser, "no colon after the name of a member");
    parser->at++;
    return true;
}

/* What is between brackets, from the opening one on. */
static bool read_children(struct json_parser *parser, struct json *value, unsigned char close)
{
    const size_t from = parser->at++;

    skip_space(parser);
    while (json_peek(parser) != close || value->count > 0) {
        struct json *const child = add_child(parser, value);
        if (close == '}' && !read_name(parser, child))
            return false;
        if (!read_value(parser, child))
            return false;
        skip_space(parser);
        if (json_peek(parser) == close)
            break;
        if (json_peek(parser) != ',')
            return fail_character(parser, "no comma, and no bracket that closes");
        const size_t comma = parser->at++;
        skip_space(parser);
        if (json_peek(parser) == close)
            return json_fail(parser, comma, "a comma that nothing follows");
    }
    parser->at++;
    value->at = (struct span){ .offset = from, .length = parser->at - from };
    if (close == '}')
        find_duplicates(parser, value);
    return true;
}

static bool read_value(struct json_parser *parser, struct json *value)
{
    skip_space(parser);
    const unsigned char c = json_peek(parser);
    if (c == '"') {
        value->kind = JSON_STRING;
        return json_read_string(parser, &value->at, &value->string, &value->string_length);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(parser, value);
    if (c != '{' && c != '[')
        return read_word(parser, value);
    if (parser->depth == JSON_DEPTH_MAX)
        return json_fail(parser, parser->at, "more than 64 brackets in each other");
    value->kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
    parser->depth++;
    const bool is_read = read_children(parser, value, c == '{' ? '}' : ']');
    parser->depth--;
    return is_read;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int compare_faults(const void *a, const void *b)
{
    const struct fault *const x = a, *const y = b;

    return (x->offset > y->offset) - (x->offset < y->offset);
}

void json_read(struct json_document *document, const struct text *text)
{
    struct json_parser parser = { .text = text, .document = document, .at = text->begin };

    *document = (struct json_document){ .root = NULL };
    skip_space(&parser);
    document->is_empty = parser.at == text->length;
    if (document->is_empty)
        return;
    struct json *const root = pool_take(&document->pool, sizeof(*root));
    if (read_value(&parser, root)) {
        skip_space(&parser);
        if (parser.at < text->length)
            json_fail(&parser, parser.at, "something follows the value");
    }
    document->root = parser.is_broken ? NULL : root;
    if (document->faults.count > 1)
        qsort(document->faults.list, document->faults.count, sizeof(document->faults.list[0]),
              compare_faults);
}

void json_free(struct json_document *document)
{
    free(document->faults.list);
    pool_free(&document->pool);
    *document = (struct json_document){ .root = NULL };
}
