/* nginx's words: ngx_conf_read_token(), and where Lua ends as the Lua module has it. */
#include "nginx/nginx.h"

#include <string.h>

enum { WORDS_MAX = 4096 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where what is no blank nor comment begins. */
static size_t skip(const struct text *text, size_t at)
{
    while (at < text->length) {
        if (text->bytes[at] == '#')
            while (at < text->length && text->bytes[at] != '\n')
                at++;
        else if (is_space(text->bytes[at]))
            at++;
        else
            break;
    }
    return at;
}

/* Where the word that begins here ends. { is a part of it behind $, for ${NAME}. */
static size_t end_of_word(const struct text *text, size_t at)
{
    const char *const bytes = text->bytes;
    const char quote = bytes[at] == '"' || bytes[at] == '\'' ? bytes[at] : '\0';
    bool is_variable = false;

    for (at += quote != '\0'; at < text->length; at++) {
        const char c = bytes[at];
        if (quote != '\0' && c == quote)
            return at + 1;
        if (quote == '\0' && (is_space(c) || c == ';' || (c == '{' && !is_variable)))
            return at;
        at += c == '\\';
        /* an escape between them leaves it as it was */
        is_variable = c == '$' || (is_variable && c == '{');
    }
    return text->length + 1;
}

/* Of the escapes nginx knows these; what else follows a backslash stays with it. */
static char *unescape(struct nginx *nginx, const char *bytes, size_t length)
{
    static const char from[] = "\"'\\trn", to[] = "\"'\\\t\r\n";
    char *const value = pool_take(&nginx->pool, length + 1);
    size_t size = 0;

    for (size_t i = 0; i < length; i++) {
        const char *const escape =
            bytes[i] == '\\' && i + 1 < length ? strchr(from, bytes[i + 1]) : NULL;
        if (escape != NULL && *escape != '\0') {
            value[size++] = to[escape - from];
            i++;
        } else {
            value[size++] = bytes[i];
        }
    }
    return value;
}

static bool add_word(struct nginx *nginx, size_t *at, struct nginx_directive *directive,
                     size_t *room, struct fault *fault)
{
    const char *const bytes = nginx->text->bytes;
    const bool is_quoted = bytes[*at] == '"' || bytes[*at] == '\'';
    const size_t end = end_of_word(nginx->text, *at), length = end - *at;

    if (end > nginx->text->length)
        return fail_at(fault, *at, "the file ends before what ends this");
    if (memchr(bytes + *at, '\0', length) != NULL)
        return fail_at(fault, *at, "a byte of 0 is in it");
    if (directive->count == WORDS_MAX)
        return fail_at(fault, *at, "a directive has more than %d words", WORDS_MAX);
    if (directive->count == *room) {
        struct nginx_word *const old = directive->words;
        *room = *room > 0 ? *room * 2 : 4;
        directive->words = pool_take(&nginx->pool, *room * sizeof(old[0]));
        if (old != NULL)
            memcpy(directive->words, old, directive->count * sizeof(old[0]));
    }
    directive->words[directive->count++] = (struct nginx_word){
        .at = { .offset = *at, .length = length },
        .value = unescape(nginx, bytes + *at + is_quoted, length - (is_quoted ? 2 : 0)),
        .is_quoted = is_quoted,
    };
    *at = end;
    /* behind a closing parenthesis a word may follow at once: if ($a = "b") */
    if (is_quoted && end < nginx->text->length && !is_space(bytes[end]) &&
        strchr(";{)", bytes[end]) == NULL)
        return fail_at(fault, end, "a blank, ; or { is missing behind the quotes");
    return true;
}

int nginx_read_words(struct nginx *nginx, size_t *at, struct nginx_directive *directive,
                     struct fault *fault)
{
    const struct text *const text = nginx->text;
    size_t room = 0;

    for (;;) {
        *at = skip(text, *at);
        const char c = *at < text->length ? text->bytes[*at] : '\0';
        if (*at == text->length && directive->count == 0)
            return 0;
        if (*at == text->length)
            fail_at(fault, text->length, "the file ends where a ; or { should be");
        else if ((c == '}' && directive->count > 0) ||
                 ((c == ';' || c == '{') && directive->count == 0))
            fail_at(fault, *at, "a %c is where none may be", c);
        else if (c == '}' || c == ';' || c == '{') {
            (*at)++;
            return c;
        } else if (add_word(nginx, at, directive, &room, fault)) {
            continue;
        }
        return -1;
    }
}

/* --- Lua -------------------------------------------------------------------------------------- */

/* Behind a long bracket [[ ]] or [=[ ]=] that begins here; `at` itself: none does. */
static size_t skip_long(const struct text *text, size_t at)
{
    char close[32] = "]";
    size_t length = 1;

    if (text->bytes[at] != '[')
        return at;
    while (length + 2 < sizeof(close) && text->bytes[at + length] == '=')
        close[length++] = '=';
    if (text->bytes[at + length] != '[')
        return at;
    close[length++] = ']';
    const char *const end =
        memmem(text->bytes + at + length, text->length - at - length, close, length);
    return end != NULL ? (size_t)(end - text->bytes) + length : text->length;
}

static size_t skip_string(const struct text *text, size_t at)
{
    const char quote = text->bytes[at++];

    while (at < text->length && text->bytes[at] != quote && text->bytes[at] != '\n')
        at += text->bytes[at] == '\\' ? 2 : 1;
    return at < text->length ? at + 1 : text->length;
}

size_t nginx_skip_lua(const struct text *text, size_t at)
{
    size_t depth = 0;

    while (at < text->length) {
        const char c = text->bytes[at];
        if (c == '}' && depth-- == 0)
            return at;
        depth += c == '{';
        if (c == '"' || c == '\'') {
            at = skip_string(text, at);
            continue;
        }
        const bool is_comment = c == '-' && text->bytes[at + 1] == '-';
        const size_t from = at + (is_comment ? 2 : 0);
        const size_t end = from < text->length ? skip_long(text, from) : from;
        if (end > from)
            at = end;
        else if (is_comment)
            while (at < text->length && text->bytes[at] != '\n')
                at++;
        else
            at++;
    }
    return text->length;
}
