#include "query.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Whether all of text is UTF-8 (RFC 3629), by utf8proc's strict reading of one code point. */
static bool is_utf8(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        if ((unsigned char)text[at] < 0x80) {
            at++;
            continue;
        }
        utf8proc_int32_t code_point;
        const utf8proc_ssize_t taken = utf8proc_iterate(
            (const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(length - at), &code_point);
        if (taken <= 0)
            return false;
        at += (size_t)taken;
    }
    return true;
}

/* Decodes [from, end) to `out`, ends it with NUL, and says how long it is. A + becomes `plus`. */
static enum query_fault decode_component(const char *from, const char *end, char plus, char *out,
                                         size_t *length)
{
    char *to = out;

    while (from < end) {
        char c = *from++;
        if (c == '+') {
            c = plus;
        } else if (c == '%') {
            const int high = end - from >= 2 ? hex_digit(from[0]) : -1;
            const int low = high >= 0 ? hex_digit(from[1]) : -1;
            if (low < 0)
                return QUERY_BAD_ESCAPE;
            c = (char)(high * 16 + low);
            from += 2;
        }
        if (c == '\0')
            return QUERY_NUL;
        *to++ = c;
    }
    *to = '\0';
    *length = (size_t)(to - out);
    return is_utf8(out, *length) ? QUERY_OK : QUERY_NOT_UTF8;
}

static struct value *find_value(const struct param *params, struct value *values, const char *name)
{
    for (size_t i = 0; params[i].name != NULL; i++)
        if (strcmp(params[i].name, name) == 0)
            return &values[i];
    return NULL;
}

/* Decodes one pair to *buffer; moves *buffer past it only when somebody declared its name. */
static enum query_fault decode_pair(const char *pair, const char *end, const struct param *params,
                                    struct value *values, char **buffer)
{
    const char *equals = memchr(pair, '=', (size_t)(end - pair));
    char *name = *buffer;
    size_t name_length, value_length;

    enum query_fault fault =
        decode_component(pair, equals != NULL ? equals : end, ' ', name, &name_length);
    if (fault != QUERY_OK)
        return fault;

    /* Without `=` the empty value is the name's own NUL: there is no room for another. */
    char *value = name + name_length + (equals != NULL ? 1 : 0);
    if (equals == NULL)
        value_length = 0;
    else if ((fault = decode_component(equals + 1, end, ' ', value, &value_length)) != QUERY_OK)
        return fault;

    struct value *declared = find_value(params, values, name);
    if (declared == NULL)
        return QUERY_OK;
    if (declared->bytes != NULL)
        return QUERY_REPEATED;
    const char *raw = equals != NULL ? equals + 1 : end;
    *declared = (struct value){
        .bytes = value, .length = value_length, .raw = raw, .raw_length = (size_t)(end - raw)
    };
    *buffer = value + value_length + 1;
    return QUERY_OK;
}

enum query_fault query_decode(const char *query, size_t length, const struct param *params,
                              struct value *values, char *buffer)
{
    for (size_t i = 0; params[i].name != NULL; i++)
        values[i] = (struct value){ .bytes = NULL };
    if (length > QUERY_MAX_BYTES)
        return QUERY_TOO_LONG;

    const char *const stop = query + length;
    for (const char *pair = query; pair < stop;) {
        const char *end = memchr(pair, '&', (size_t)(stop - pair));
        if (end == NULL)
            end = stop;
        if (end > pair) {
            const enum query_fault fault = decode_pair(pair, end, params, values, &buffer);
            if (fault != QUERY_OK)
                return fault;
        }
        pair = end + 1;
    }
    return QUERY_OK;
}

bool query_decode_plus(const struct value *value, char *buffer)
{
    size_t length;

    if (value->raw == NULL || memchr(value->raw, '+', value->raw_length) == NULL)
        return false;
    return decode_component(value->raw, value->raw + value->raw_length, '+', buffer, &length) ==
           QUERY_OK;
}

const char *query_fault_text(enum query_fault fault)
{
    static const char *const texts[] = {
        [QUERY_OK] = "the query is well-formed",
        [QUERY_TOO_LONG] = "the query is longer than 16384 bytes: send less",
        [QUERY_BAD_ESCAPE] = "the query has a % that two hexadecimal digits do not follow: "
                             "write a percent sign as %25",
        [QUERY_NUL] = "the query has a NUL byte: leave it out",
        [QUERY_NOT_UTF8] = "the query is not UTF-8 once its escapes are decoded: "
                           "encode the text as UTF-8",
        [QUERY_REPEATED] = "a parameter is given more than once: give it once",
    };
    return texts[fault];
}
