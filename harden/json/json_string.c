/* Strings of JSON. */
#include "json/parser.h"

#include "core/utf8.h"

#include <string.h>

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads four hexadecimal digits; -1: they are not there. */
static long read_unit(struct json_parser *parser)
{
    long unit = 0;

    for (int i = 0; i < 4; i++, parser->at++) {
        const int digit = hex_digit(json_peek(parser));
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static size_t put_code_point(char *out, long c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* What follows \u: one unit, or the two of a pair. */
static bool read_unicode(struct json_parser *parser, char *out, size_t *length)
{
    const size_t from = parser->at - 2;
    long c = read_unit(parser);

    if (c < 0)
        return json_fail(parser, from, "a \\u that four hexadecimal digits do not follow");
    if (c >= 0xd800 && c < 0xdc00 && json_peek(parser) == '\\' &&
        parser->text->bytes[parser->at + 1] == 'u') {
        parser->at += 2;
        const long low = read_unit(parser);
        if (low < 0xdc00 || low > 0xdfff)
            return json_fail(parser, from, "half of a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
    }
    if (c >= 0xd800 && c <= 0xdfff)
        return json_fail(parser, from, "half of a surrogate pair");
    *length += put_code_point(out + *length, c);
    return true;
}

static bool read_escape(struct json_parser *parser, char *out, size_t *length)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const unsigned char c = (unsigned char)parser->text->bytes[parser->at + 1];
    const char *const letter = c != '\0' ? strchr(letters, c) : NULL;

    parser->at += 2;
    if (c == 'u')
        return read_unicode(parser, out, length);
    if (letter == NULL)
        return json_fail(parser, parser->at - 2, "a backslash that escapes nothing");
    out[(*length)++] = meant[letter - letters];
    return true;
}

/* How many bytes there are from behind an opening quote to the closing one, or to the end. */
static size_t raw_length(const struct json_parser *parser)
{
    const struct text *const text = parser->text;
    size_t at = parser->at;

    while (at < text->length && text->bytes[at] != '"')
        at += text->bytes[at] == '\\' ? 2 : 1;
    return (at < text->length ? at : text->length) - parser->at;
}

bool json_read_string(struct json_parser *parser, struct span *at, const char **string,
                      size_t *length)
{
    const struct text *const text = parser->text;
    const size_t from = parser->at++;
    char *const out = pool_take(&parser->document->pool, raw_length(parser) + 1);
    uint32_t ignored;

    *string = out;
    *length = 0;
    while (json_peek(parser) != '"') {
        const size_t left = text->length - parser->at;
        const size_t taken = left > 0 ? utf8_take(text->bytes + parser->at, left, &ignored) : 0;
        if (left == 0)
            return json_fail(parser, from, "a string without its closing quote");
        if (taken == 0)
            return json_fail(parser, parser->at, "what is no UTF-8");
        if (json_peek(parser) < 0x20)
            return json_fail(parser, parser->at,
                             "a control character in a string, or it does not end");
        if (json_peek(parser) == '\\') {
            if (!read_escape(parser, out, length))
                return false;
            continue;
        }
        memcpy(out + *length, text->bytes + parser->at, taken);
        *length += taken;
        parser->at += taken;
    }
    parser->at++;
    *at = (struct span){ .offset = from, .length = parser->at - from };
    return true;
}
