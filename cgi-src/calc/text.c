/*
 * String and bytes literals: the language reference, section 2.4.1, by the rules of CPython 3.11,
 * which keeps the backslash of an escape that it does not know.
 */
#include "text.h"

#include <string.h>
#include <utf8proc.h>

/* Code points as they are decoded; of bytes too, narrowed at the end. */
struct text {
    struct lexer *lexer;
    uint32_t *code_points;
    size_t length;
    bool is_bytes;
};

static bool fail(const struct text *text, size_t position, const char *why)
{
    return calc_fail(text->lexer->calc, CALC_SYNTAX, position, "%s", why);
}

static void add(struct text *text, uint32_t code_point)
{
    text->code_points[text->length++] = code_point;
}

static int digit_value(unsigned char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* \ooo: one to three octal digits from *at on. Of bytes the ninth bit is lost, as in CPython. */
static void read_octal(struct text *text, size_t *at)
{
    uint32_t code_point = 0;

    for (int i = 0; i < 3 && digit_value(lexer_byte(text->lexer, *at)) < 8; i++)
        code_point = code_point * 8 + (uint32_t)digit_value(lexer_byte(text->lexer, (*at)++));
    add(text, text->is_bytes ? code_point & 0xff : code_point);
}

/* \xHH, \uHHHH or \UHHHHHHHH: exactly that many digits from *at on. */
static bool read_hexadecimal(struct text *text, size_t *at, size_t end, int digits)
{
    const size_t escape = *at - 2;
    uint32_t code_point = 0;

    for (int i = 0; i < digits; i++, (*at)++) {
        const int digit = *at < end ? digit_value(lexer_byte(text->lexer, *at)) : 16;
        if (digit == 16)
            return fail(text, escape, "hexadecimal digits are missing from the escape");
        code_point = code_point << 4 | (uint32_t)digit;
    }
    if (code_point > 0x10ffff)
        return fail(text, escape, "Unicode ends at \\U0010ffff: a character beyond it is");
    add(text, code_point);
    return true;
}

/* What one character behind a backslash stands for. */
static const char simple_escapes[128] = {
    ['\\'] = '\\', ['\''] = '\'', ['"'] = '"',  ['a'] = '\a', ['b'] = '\b',
    ['f'] = '\f',  ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t', ['v'] = '\v',
};

/* Reads the escape whose backslash is at *at. */
static bool read_escape(struct text *text, size_t *at, size_t end)
{
    const struct lexer *const lexer = text->lexer;
    const unsigned char c = lexer_byte(lexer, *at + 1);
    const size_t newline = lexer_newline(lexer, *at + 1);

    if (newline > 0) {
        *at += 1 + newline;
    } else if (digit_value(c) < 8) {
        *at += 1;
        read_octal(text, at);
    } else if (c < 128 && simple_escapes[c] != 0) {
        add(text, (unsigned char)simple_escapes[c]);
        *at += 2;
    } else if (c == 'x' || (!text->is_bytes && (c == 'u' || c == 'U'))) {
        *at += 2;
        return read_hexadecimal(text, at, end, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    } else if (!text->is_bytes && c == 'N') {
        return fail(text, *at, "write the character or \\u and its number: \\N is");
    } else {
        add(text, '\\');
        *at += 1;
    }
    return true;
}

/* Reads what stands for itself at *at: a character or a line's end, which is \n whatever it was. */
static bool read_character(struct text *text, size_t *at)
{
    const struct lexer *const lexer = text->lexer;
    const unsigned char c = lexer_byte(lexer, *at);
    const size_t newline = lexer_newline(lexer, *at);
    utf8proc_int32_t code_point = c;
    utf8proc_ssize_t taken = 1;

    if (c >= 0x80 && text->is_bytes)
        return fail(text, *at, "bytes take ASCII characters only, and escapes: another one is");
    if (newline > 0) {
        code_point = '\n';
        taken = (utf8proc_ssize_t)newline;
    } else if (c >= 0x80) {
        taken = utf8proc_iterate((const utf8proc_uint8_t *)lexer->source + *at,
                                 (utf8proc_ssize_t)(lexer->length - *at), &code_point);
    }
    add(text, (uint32_t)code_point);
    *at += (size_t)taken; /* the lexer has checked that all is UTF-8 */
    return true;
}

static bool read_body(struct text *text, const struct token *token)
{
    const size_t end = token->body + token->body_length;
    size_t at = token->body;

    while (at < end) {
        const bool is_escape = !token->is_raw && lexer_byte(text->lexer, at) == '\\';
        if (!(is_escape ? read_escape(text, &at, end) : read_character(text, &at)))
            return false;
    }
    return true;
}

/* Room for `more` code points; what there is already stays where it is, on top of the memory. */
static bool reserve(struct text *text, size_t mark, size_t more)
{
    struct calc *const calc = text->lexer->calc;

    calc_release(calc, mark);
    text->code_points = calc_alloc(calc, (text->length + more) * sizeof(*text->code_points),
                                   text->lexer->token.position);
    return text->code_points != NULL;
}

static void finish(const struct text *text, struct value *out)
{
    if (!text->is_bytes) {
        *out =
            (struct value){ .kind = VALUE_STR,
                            .str = { .code_points = text->code_points, .length = text->length } };
        return;
    }
    uint8_t *const data = (uint8_t *)text->code_points;
    for (size_t i = 0; i < text->length; i++)
        data[i] = (uint8_t)text->code_points[i];
    *out = (struct value){ .kind = VALUE_BYTES, .bytes = { .data = data, .length = text->length } };
}

bool text_read(struct lexer *lexer, struct value *out)
{
    struct text text = { .lexer = lexer, .is_bytes = lexer->token.is_bytes };
    const size_t mark = calc_mark(lexer->calc);

    while (lexer->token.kind == TOKEN_STRING) {
        if (lexer->token.is_bytes != text.is_bytes)
            return fail(&text, lexer->token.position, "a str and bytes can't be joined: one is");
        /* A byte of the literal makes at most one code point. */
        if (!reserve(&text, mark, lexer->token.body_length) || !read_body(&text, &lexer->token) ||
            !lexer_next(lexer))
            return false;
    }
    finish(&text, out);
    return reserve(&text, mark, 0);
}
