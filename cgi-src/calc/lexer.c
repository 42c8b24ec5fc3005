#include "lexer.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

static bool fail(const struct lexer *lexer, size_t position, const char *why)
{
    return calc_fail(lexer->calc, CALC_SYNTAX, position, "%s", why);
}

/* --- space -------------------------------------------------------------------------------------*/

size_t lexer_newline(const struct lexer *lexer, size_t at)
{
    const unsigned char c = lexer_byte(lexer, at);

    if (c == '\r')
        return lexer_byte(lexer, at + 1) == '\n' ? 2 : 1;
    return c == '\n';
}

/* A backslash at the end of a line joins the next one to it; it must be there. */
static bool skip_continuation(struct lexer *lexer)
{
    const size_t newline = lexer_newline(lexer, lexer->at + 1);

    if (newline == 0)
        return fail(lexer, lexer->at, "a backslash outside of a string must end its line");
    if (lexer->at + 1 + newline == lexer->length)
        return fail(lexer, lexer->at, "a line must follow the backslash");
    lexer->at += 1 + newline;
    return true;
}

static void skip_comment(struct lexer *lexer)
{
    while (lexer->at < lexer->length && lexer_newline(lexer, lexer->at) == 0)
        lexer->at++;
}

/*
 * Skips blank lines up to the first that holds a token, or to the end. Python measures how far that
 * line is indented, a form feed taking it back to the margin, and lets no expression be indented.
 */
static bool skip_blank_lines(struct lexer *lexer)
{
    bool is_indented = false, was_indented = false;

    for (;;) {
        const unsigned char c = lexer_byte(lexer, lexer->at);
        const size_t newline = lexer_newline(lexer, lexer->at);
        if (c == ' ' || c == '\t' || c == '\f') {
            is_indented = c != '\f';
            lexer->at++;
        } else if (c == '\\') {
            was_indented |= is_indented;
            if (!skip_continuation(lexer))
                return false;
        } else if (newline > 0) {
            is_indented = was_indented = false;
            lexer->at += newline;
        } else if (c == '#') {
            skip_comment(lexer);
            if (lexer->at == lexer->length)
                return true;
        } else {
            return !is_indented && !was_indented
                       ? true
                       : fail(lexer, lexer->at, "this line begins with a space");
        }
    }
}

/* Skips what separates two tokens; false after calc_fail. */
static bool skip_space(struct lexer *lexer)
{
    for (;;) {
        const unsigned char c = lexer_byte(lexer, lexer->at);
        const size_t newline = lexer_newline(lexer, lexer->at);
        if (c == ' ' || c == '\t' || c == '\f') {
            lexer->at++;
        } else if (c == '#') {
            skip_comment(lexer);
        } else if (c == '\\') {
            if (!skip_continuation(lexer))
                return false;
        } else if (newline == 0) {
            return true;
        } else if (lexer->brackets > 0) {
            lexer->at += newline;
        } else if (!skip_blank_lines(lexer)) {
            return false;
        } else {
            return lexer->at == lexer->length
                       ? true
                       : fail(lexer, lexer->at, "another line, which only brackets allow, begins");
        }
    }
}

/* --- strings ---------------------------------------------------------------------------------- */

/*
 * The length of a string's prefix at lexer->at, and what it means: u, b, r, br and rb in either
 * case. 0 may also mean that no string begins there.
 */
static size_t string_prefix(const struct lexer *lexer, struct token *token)
{
    bool is_unicode = false;
    size_t length = 0;

    for (;; length++) {
        const unsigned char c = lexer_byte(lexer, lexer->at + length) | 0x20;
        if (c == 'b' && !token->is_bytes && !is_unicode)
            token->is_bytes = true;
        else if (c == 'u' && length == 0)
            is_unicode = true;
        else if (c == 'r' && !token->is_raw && !is_unicode)
            token->is_raw = true;
        else
            return length;
    }
}

/* Sets the token to the string whose opening quotes are at `at`, `quotes` (1 or 3) of them. */
static bool string_body(struct lexer *lexer, size_t at, size_t quotes)
{
    struct token *const token = &lexer->token;
    const unsigned char quote = lexer_byte(lexer, at);
    size_t closing = 0;

    token->kind = TOKEN_STRING;
    token->body = at += quotes;
    while (closing < quotes) {
        const size_t newline = lexer_newline(lexer, at);
        if (at >= lexer->length || (newline > 0 && quotes == 1))
            return fail(lexer, token->position, "a string without its closing quote begins");
        closing = lexer_byte(lexer, at) == quote ? closing + 1 : 0;
        if (lexer_byte(lexer, at) != '\\') {
            at += 1;
        } else {
            const size_t escaped = lexer_newline(lexer, at + 1);
            at += 1 + (escaped > 0 ? escaped : 1);
        }
    }
    token->body_length = at - quotes - token->body;
    lexer->at = at;
    return true;
}

/* True with *is_string, when a string begins at lexer->at; false after calc_fail. */
static bool read_string(struct lexer *lexer, bool *is_string)
{
    struct token *const token = &lexer->token;
    const size_t at = lexer->at + string_prefix(lexer, token);
    const unsigned char quote = lexer_byte(lexer, at);

    *is_string = quote == '\'' || quote == '"';
    if (!*is_string)
        return true;
    const bool is_triple = lexer_byte(lexer, at + 1) == quote && lexer_byte(lexer, at + 2) == quote;
    return string_body(lexer, at, is_triple ? 3 : 1);
}

/* --- names and operators ---------------------------------------------------------------------- */

static bool read_name(struct lexer *lexer)
{
    static const struct {
        char text[4];
        enum token_kind kind;
    } keywords[] = { { "and", TOKEN_AND }, { "or", TOKEN_OR }, { "not", TOKEN_NOT } };
    const char *const text = lexer->source + lexer->at;
    size_t length = 1;

    while (is_name_start(lexer_byte(lexer, lexer->at + length)) ||
           is_digit(lexer_byte(lexer, lexer->at + length)))
        length++;
    lexer->at += length;
    lexer->token.kind = TOKEN_NAME;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (strlen(keywords[i].text) == length && memcmp(keywords[i].text, text, length) == 0)
            lexer->token.kind = keywords[i].kind;
    return true;
}

static const unsigned char singles[256] = {
    [','] = TOKEN_COMMA,       [':'] = TOKEN_COLON,        ['('] = TOKEN_OPEN_PAREN,
    [')'] = TOKEN_CLOSE_PAREN, ['['] = TOKEN_OPEN_BRACKET, [']'] = TOKEN_CLOSE_BRACKET,
    ['{'] = TOKEN_OPEN_BRACE,  ['}'] = TOKEN_CLOSE_BRACE,  ['+'] = TOKEN_PLUS,
    ['-'] = TOKEN_MINUS,       ['*'] = TOKEN_STAR,         ['/'] = TOKEN_SLASH,
    ['%'] = TOKEN_PERCENT,     ['~'] = TOKEN_TILDE,        ['&'] = TOKEN_AMPERSAND,
    ['|'] = TOKEN_BAR,         ['^'] = TOKEN_CARET,        ['<'] = TOKEN_LESS,
    ['>'] = TOKEN_GREATER,
};

static enum token_kind double_operator(unsigned char first, unsigned char second)
{
    static const struct {
        unsigned char text[3];
        enum token_kind kind;
    } doubles[] = {
        { "**", TOKEN_DOUBLE_STAR }, { "//", TOKEN_DOUBLE_SLASH },  { "<<", TOKEN_SHIFT_LEFT },
        { ">>", TOKEN_SHIFT_RIGHT }, { "==", TOKEN_EQUAL },         { "!=", TOKEN_NOT_EQUAL },
        { "<=", TOKEN_LESS_EQUAL },  { ">=", TOKEN_GREATER_EQUAL },
    };

    for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++)
        if (first == doubles[i].text[0] && second == doubles[i].text[1])
            return doubles[i].kind;
    return TOKEN_NONE;
}

/* What has no place in the language; what it may have been meant for. */
static bool fail_character(const struct lexer *lexer)
{
    static const struct {
        char character;
        const char *why;
    } reasons[] = {
        { '=', "= assigns, which is not possible here, and == compares: a single one is" },
        { '.', "attributes are not of this language: a point is" },
        { '@', "matrices are not of this language: @ is" },
        { '!', "no operator of Python: != is one, and not another; ! is" },
        { ';', "one expression is taken: a semicolon is" },
        { '\0', "a NUL byte is" },
    };
    const char c = lexer->source[lexer->at];

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (c == reasons[i].character)
            return fail(lexer, lexer->at, reasons[i].why);
    return fail(lexer, lexer->at, "a character that Python has no use for is");
}

static bool read_operator(struct lexer *lexer)
{
    struct token *const token = &lexer->token;
    const unsigned char first = lexer_byte(lexer, lexer->at);
    const unsigned char second = lexer_byte(lexer, lexer->at + 1);
    size_t length = 2;

    token->kind = double_operator(first, second);
    if (token->kind == TOKEN_NONE && first == '.' && second == '.' &&
        lexer_byte(lexer, lexer->at + 2) == '.') {
        token->kind = TOKEN_ELLIPSIS;
        length = 3;
    } else if (token->kind == TOKEN_NONE) {
        token->kind = singles[first];
        length = 1;
    }
    if (token->kind == TOKEN_NONE)
        return fail_character(lexer);
    if (first == '(' || first == '[' || first == '{')
        lexer->brackets++;
    else if ((first == ')' || first == ']' || first == '}') && lexer->brackets > 0)
        lexer->brackets--;
    lexer->at += length;
    return true;
}

/* --- the lexer -------------------------------------------------------------------------------- */

static bool read_token(struct lexer *lexer)
{
    const unsigned char c = lexer_byte(lexer, lexer->at);
    bool is_string = false;

    if (lexer->at == lexer->length) {
        lexer->token.kind = TOKEN_END;
        return true;
    }
    if (is_digit(c) || (c == '.' && is_digit(lexer_byte(lexer, lexer->at + 1))))
        return lexer_number(lexer);
    if (is_name_start(c) || c == '\'' || c == '"') {
        if (!read_string(lexer, &is_string))
            return false;
        return is_string || read_name(lexer);
    }
    return read_operator(lexer);
}

bool lexer_next(struct lexer *lexer)
{
    if (!skip_space(lexer))
        return false;
    lexer->token = (struct token){ .position = lexer->at };
    if (!read_token(lexer))
        return false;
    lexer->token.length = lexer->at - lexer->token.position;
    return true;
}

/* How many bytes the text begins with that are ASCII: by words, for most texts are nothing else. */
static size_t ascii_bytes(const char *text, size_t length)
{
    size_t at = 0;

    for (uint64_t word; length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (at < length && (unsigned char)text[at] < 0x80)
        at++;
    return at;
}

static bool check_text(const struct lexer *lexer)
{
    const char *const nul = memchr(lexer->source, '\0', lexer->length);
    const size_t end = nul != NULL ? (size_t)(nul - lexer->source) : lexer->length;
    size_t at = 0;

    while ((at += ascii_bytes(lexer->source + at, end - at)) < end) {
        utf8proc_int32_t code_point;
        const utf8proc_ssize_t taken =
            utf8proc_iterate((const utf8proc_uint8_t *)lexer->source + at,
                             (utf8proc_ssize_t)(end - at), &code_point);
        if (taken <= 0)
            return fail(lexer, at, "what is not UTF-8 begins");
        at += (size_t)taken;
    }
    return nul == NULL || fail(lexer, end, "a NUL byte is");
}

bool lexer_start(struct lexer *lexer, struct calc *calc)
{
    *lexer = (struct lexer){ .calc = calc, .source = calc->source, .length = calc->length };
    if (!check_text(lexer))
        return false;
    /* ast.literal_eval and eval take these away before they parse. */
    while (lexer_byte(lexer, lexer->at) == ' ' || lexer_byte(lexer, lexer->at) == '\t')
        lexer->at++;
    return skip_blank_lines(lexer) && lexer_next(lexer);
}
