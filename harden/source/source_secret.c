/* S1, S2: credentials, tokens and keys. What is found is never said, nor where it is named by it.
 */
#include "core/secrets.h"
#include "source/source.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static void tell(const struct rule *rule, struct findings *findings, const char *name,
                 size_t length, struct span at)
{
    char subject[64];
    const size_t most = length < sizeof(subject) - 1 ? length : sizeof(subject) - 1;

    memcpy(subject, name, most);
    subject[most] = '\0';
    found(findings, rule->id, (struct where){ .at = at, .subject = subject },
          "the value of %s is written here", subject);
}

/* --- S1 in code ------------------------------------------------------------------------------- */

/* Behind `: TYPE`, `[]` and the like that may stand between a name and what it is set to. */
static size_t skip_type(const struct source *source, size_t at)
{
    enum { TYPE_MAX = 100 };
    const char *const code = source->code;
    const size_t from = source_skip(source, at), most = from + TYPE_MAX;
    const bool is_index = code[from] == '[', is_type = code[from] == ':' && code[from + 1] != ':';
    size_t end = from + (is_index || is_type);

    if (is_index) {
        while (end < most && code[end] != '\0' && code[end] != ']' && code[end] != '\n')
            end++;
        return code[end] == ']' ? source_skip(source, end + 1) : at;
    }
    if (!is_type && source->language->kind != SOURCE_GO)
        return at;
    while (end < most && (source_is_name(code[end]) ||
                          (code[end] != '\0' && strchr("[]|. ?*", code[end]) != NULL)))
        end++;
    return code[end] == '=' ? end : at;
}

/* Whether a : behind the name gives it a value, and is no part of A ? NAME : B. */
static bool is_member(const struct source *source, struct span name)
{
    enum { KINDS = SOURCE_PYTHON | SOURCE_SCRIPT | SOURCE_RUBY | SOURCE_GO | SOURCE_JSON };
    const char *const code = source->code;
    const size_t from = name.offset - (name.offset > 0 && strchr("\"'", code[name.offset - 1]));
    const size_t back = source_back(source, from);

    return (source->language->kind & KINDS) != 0 && back > 0 &&
           strchr("{,(", code[back - 1]) != NULL;
}

/* Behind what sets a name to a value: =, :=, :, =>, or a blank of #define; 0: nothing does. */
static size_t skip_setter(const struct source *source, struct span name, size_t at)
{
    const char *const code = source->code;
    const size_t line = source_back(source, name.offset);

    at = source_skip(source, at);
    if (code[at] == '=' && code[at + 1] == '=')
        return 0;
    if ((code[at] == '=' && code[at + 1] == '>') || (code[at] == ':' && code[at + 1] == '='))
        return at + 2;
    if (code[at] == '=' || (code[at] == ':' && is_member(source, name)))
        return at + 1;
    const bool is_defined = source->language->kind == SOURCE_C &&
                            source_is(source, source_name_before(source, line), "define");
    return is_defined && at > name.offset + name.length ? at : 0;
}

/* Whether the value ends with the literal: what goes on is made of more. */
static bool is_whole(const struct source *source, const struct source_literal *literal)
{
    const size_t line = literal->end;
    size_t at = line;

    while (source->code[at] == ' ' || source->code[at] == '\t' || source->code[at] == '\r')
        at++;
    return at == source->text->length || strchr(",;)}]\n", source->code[at]) != NULL ||
           (source->language->kind == SOURCE_SHELL && at > line) ||
           strncmp(source->code + at, "?>", 2) == 0;
}

/* A name, with what closes a string or an index behind it, that is set to a literal. */
static void look_at(const struct source *source, struct span name, size_t at,
                    const struct rule *rule, struct findings *findings)
{
    const char *const bytes = source->text->bytes;
    const size_t typed = skip_type(source, at);
    size_t value = skip_setter(source, name, typed);

    if (value == 0)
        return;
    /* a shell's value follows at once */
    if (source->language->kind == SOURCE_SHELL && (value != at + 1 || bytes[at] != '='))
        return;
    value = source_skip(source, value);
    while (value < source->text->length && isalpha((unsigned char)source->code[value]) &&
           strchr("\"'", source->code[value + 1]) != NULL)
        value++; /* b"", @"", L"" */
    const struct source_literal *const literal = source_literal_at(source, value);
    if (literal == NULL || literal->is_put_in_to || !is_whole(source, literal))
        return;
    if (source_is_credential(bytes + name.offset, name.length, bytes + literal->at.offset,
                             literal->at.length))
        tell(rule, findings, bytes + name.offset, name.length, literal->at);
}

/* NAME=VALUE of a shell, without quotes. */
static void look_at_word(const struct source *source, struct span name, const struct rule *rule,
                         struct findings *findings)
{
    enum { WORD_MAX = 600 };
    const char *const bytes = source->text->bytes, *const code = source->code;
    const size_t from = name.offset + name.length + 1;
    size_t end = from;

    if (source->language->kind != SOURCE_SHELL || code[from - 1] != '=')
        return;
    while (end < from + WORD_MAX && isgraph((unsigned char)code[end]) &&
           strchr(";&|()<>\"'`", code[end]) == NULL)
        end++;
    if ((end == source->text->length || strchr("\"'`(", code[end]) == NULL) &&
        source_is_credential(bytes + name.offset, name.length, bytes + from, end - from))
        tell(rule, findings, bytes + name.offset, name.length,
             (struct span){ .offset = from, .length = end - from });
}

static void look_at_names(const struct source *source, const struct rule *rule,
                          struct findings *findings)
{
    const char *const code = source->code;

    for (size_t at = 0; at < source->text->length;) {
        const size_t from = at;
        while (source_is_name(code[at]))
            at++;
        if (at == from) {
            at++;
            continue;
        }
        const struct span name = { .offset = from, .length = at - from };
        const bool is_option = source->language->kind == SOURCE_SHELL && from > 0 &&
                               strchr("-.$/{", code[from - 1]) != NULL;
        if (name.length < 4 || is_option ||
            (code[at] != ' ' && code[at] != '=' && code[at] != ':' && code[at] != '[' &&
             code[at] != '\t'))
            continue;
        look_at(source, name, at, rule, findings);
        look_at_word(source, name, rule, findings);
    }
}

/* "password": "x", ["DB_PASSWORD"] = "x", define('DB_PASSWORD', 'x'); and addresses. */
static void look_at_literals(const struct source *source, const struct rule *rule,
                             struct findings *findings)
{
    const char *const bytes = source->text->bytes;

    for (size_t i = 0; i < source->count; i++) {
        const struct source_literal *const literal = &source->literals[i];
        size_t at = literal->end;
        if (source->code[at] == ']')
            at++;
        const size_t next = source_skip(source, at);
        const struct span callee =
            source_name_before(source, literal->at.offset > 1 ? literal->at.offset - 2 : 0);
        if (literal->at.length < 64 && source->code[next] == ',' &&
            source_is(source, callee, "define")) {
            const struct source_literal *const value =
                source_literal_at(source, source_skip(source, next + 1));
            if (value != NULL && !value->is_put_in_to &&
                source_is_credential(bytes + literal->at.offset, literal->at.length,
                                     bytes + value->at.offset, value->at.length))
                tell(rule, findings, bytes + literal->at.offset, literal->at.length, value->at);
        } else if (literal->at.length < 64 &&
                   (source->code[next] == ':' || source->code[next] == '=')) {
            look_at(source, literal->at, at, rule, findings);
        }
        if (!literal->is_put_in_to &&
            source_has_password(bytes + literal->at.offset, literal->at.length))
            found(findings, rule->id, (struct where){ .at = literal->at, .subject = "address" },
                  "an address here has a password in it");
    }
}

void source_find_credentials(const struct document *document, const struct rule *rule,
                             struct findings *findings)
{
    const struct source *const source = document->model;

    if (source->code != NULL) {
        look_at_names(source, rule, findings);
        look_at_literals(source, rule, findings);
    } else if (source->language != NULL) {
        source_find_settings(source, rule, findings);
    }
}

/* --- S2 --------------------------------------------------------------------------------------- */

/* Whether base64 of a key follows: who only speaks of keys has none. */
static bool has_body(const char *at, const char *end)
{
    enum { BODY_MIN = 40, GAP_MAX = 60 };
    const char *const last = end - at > GAP_MAX ? at + GAP_MAX : end;

    while (at < last && (isspace((unsigned char)*at) || strchr("\"'\\+,;nr#*/", *at) != NULL))
        at++;
    const char *body = at;
    while (body < end && (isalnum((unsigned char)*body) || strchr("+/=", *body) != NULL))
        body++;
    return body - at >= BODY_MIN;
}

static void find_keys(const struct text *text, const struct rule *rule, struct findings *findings)
{
    static const char mark[] = "PRIVATE KEY-----", begin[] = "-----BEGIN ";
    const char *const end = text->bytes + text->length;
    const char *at = text->bytes;

    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL) {
        const char *const from = at - text->bytes > 40 ? at - 40 : text->bytes;
        const char *const dashes = memmem(from, (size_t)(at - from), begin, sizeof(begin) - 1);
        at += sizeof(mark) - 1;
        if (dashes == NULL || !has_body(at, end))
            continue;
        const struct span span = { .offset = (size_t)(dashes - text->bytes),
                                   .length = (size_t)(at - dashes) };
        found(findings, rule->id, (struct where){ .at = span, .subject = "key" },
              "a private key is written here");
    }
}

void source_find_tokens(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct source *const source = document->model;
    const struct text *const text = source->text;
    struct secret_token token = { .at = 0 };

    if (source->is_binary)
        return;
    find_keys(text, rule, findings);
    while (secret_next(text->bytes, text->length, &token)) {
        const struct span span = { .offset = token.at, .length = token.length };
        found(findings, rule->id, (struct where){ .at = span, .subject = token.prefix },
              "a token of the form %s... is written here", token.prefix);
        token.at += token.length;
    }
}
