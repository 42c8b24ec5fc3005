/* Python's str and repr: the rules of CPython's unicode_repr, bytes_repr and the containers'. */
#include "print.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

static bool print_repr(struct calc *calc, const struct value *value);

static bool put(struct calc *calc, const char *text, size_t length)
{
    if (length > CALC_MAX_OUTPUT - calc->output_length)
        return calc_fail(calc, CALC_LIMIT, CALC_NOWHERE, "the answer is longer than %d KiB",
                         CALC_MAX_OUTPUT / 1024);
    memcpy(calc->output + calc->output_length, text, length);
    calc->output_length += length;
    return true;
}

static bool put_string(struct calc *calc, const char *text)
{
    return put(calc, text, strlen(text));
}

/* --- str and bytes ---------------------------------------------------------------------------- */

static bool put_code_point(struct calc *calc, uint32_t code_point)
{
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t length = utf8proc_encode_char((utf8proc_int32_t)code_point, bytes);

    return put(calc, (const char *)bytes, (size_t)length);
}

/* Whether repr shows it as it is: str.isprintable, which goes by the Unicode category. */
static bool is_printable(uint32_t code_point)
{
    if (code_point < 0x7f)
        return code_point >= ' ';
    switch (utf8proc_category((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
        return false;
    default:
        return true;
    }
}

/* A character that can't be shown as it is, as the shortest escape. */
static bool put_escape(struct calc *calc, uint32_t code_point)
{
    char escape[16];

    if (code_point == '\t')
        return put_string(calc, "\\t");
    if (code_point == '\n')
        return put_string(calc, "\\n");
    if (code_point == '\r')
        return put_string(calc, "\\r");
    if (code_point <= 0xff)
        snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)code_point);
    else if (code_point <= 0xffff)
        snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)code_point);
    else
        snprintf(escape, sizeof(escape), "\\U%08x", (unsigned)code_point);
    return put_string(calc, escape);
}

/* What is the same in both: a quote or backslash gets a backslash. */
static bool put_quoted(struct calc *calc, uint32_t character, char quote, bool is_shown)
{
    if (character == (unsigned char)quote || character == '\\')
        return put(calc, "\\", 1) && put_code_point(calc, character);
    return is_shown ? put_code_point(calc, character) : put_escape(calc, character);
}

/* Double quotes, when that saves a backslash before each single one. */
static char choose_quote(bool has_single, bool has_double)
{
    return has_single && !has_double ? '"' : '\'';
}

static bool repr_str(struct calc *calc, const struct value *value)
{
    const uint32_t *const text = value->str.code_points;
    bool has_single = false, has_double = false;

    for (size_t i = 0; i < value->str.length; i++) {
        has_single |= text[i] == '\'';
        has_double |= text[i] == '"';
    }
    const char quote = choose_quote(has_single, has_double);
    if (!put(calc, &quote, 1))
        return false;
    for (size_t i = 0; i < value->str.length; i++)
        if (!put_quoted(calc, text[i], quote, is_printable(text[i])))
            return false;
    return put(calc, &quote, 1);
}

static bool repr_bytes(struct calc *calc, const struct value *value)
{
    const uint8_t *const data = value->bytes.data;
    const size_t length = value->bytes.length;
    const char quote =
        choose_quote(memchr(data, '\'', length) != NULL, memchr(data, '"', length) != NULL);

    if (!put(calc, "b", 1) || !put(calc, &quote, 1))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!put_quoted(calc, data[i], quote, data[i] >= ' ' && data[i] < 0x7f))
            return false;
    return put(calc, &quote, 1);
}

/* str() of a str is itself. Half of a surrogate pair can be in it, but not in any answer. */
static bool print_str(struct calc *calc, const struct value *value)
{
    for (size_t i = 0; i < value->str.length; i++) {
        const uint32_t code_point = value->str.code_points[i];
        if (code_point >= 0xd800 && code_point <= 0xdfff)
            return calc_fail(calc, CALC_VALUE, CALC_NOWHERE,
                             "UTF-8 can't encode the surrogate \\u%04x of this string",
                             (unsigned)code_point);
        if (!put_code_point(calc, code_point))
            return false;
    }
    return true;
}

/* --- everything else -------------------------------------------------------------------------- */

static bool repr_number(struct calc *calc, const struct value *value)
{
    size_t length;

    /* The buffer is longer than an answer may be by what a number needs at most. */
    if (!number_format(calc, value, CALC_NOWHERE, calc->output + calc->output_length, &length))
        return false;
    return put(calc, calc->output + calc->output_length, length);
}

static bool repr_none(struct calc *calc, const struct value *value)
{
    (void)value;
    return put_string(calc, "None");
}

static bool repr_ellipsis(struct calc *calc, const struct value *value)
{
    (void)value;
    return put_string(calc, "Ellipsis");
}

static bool repr_items(struct calc *calc, const struct value *value)
{
    const bool is_dict = value->kind == VALUE_DICT;

    for (size_t i = 0; i < value->sequence.count; i++) {
        const char *const before = i == 0 ? "" : is_dict && i % 2 == 1 ? ": " : ", ";
        if (!put_string(calc, before) || !print_repr(calc, &value->sequence.items[i]))
            return false;
    }
    return true;
}

static bool repr_tuple(struct calc *calc, const struct value *value)
{
    return put_string(calc, "(") && repr_items(calc, value) &&
           put_string(calc, value->sequence.count == 1 ? ",)" : ")");
}

static bool repr_list(struct calc *calc, const struct value *value)
{
    return put_string(calc, "[") && repr_items(calc, value) && put_string(calc, "]");
}

static bool repr_set(struct calc *calc, const struct value *value)
{
    if (value->sequence.count == 0)
        return put_string(calc, "set()");
    return put_string(calc, "{") && repr_items(calc, value) && put_string(calc, "}");
}

static bool repr_dict(struct calc *calc, const struct value *value)
{
    return put_string(calc, "{") && repr_items(calc, value) && put_string(calc, "}");
}

/* It recurses as deep as the parser let containers nest. */
static bool print_repr(struct calc *calc, const struct value *value)
{
    static bool (*const reprs[VALUE_KINDS])(struct calc *, const struct value *) = {
        [VALUE_BOOL] = repr_number,    [VALUE_INT] = repr_number,  [VALUE_FLOAT] = repr_number,
        [VALUE_COMPLEX] = repr_number, [VALUE_NONE] = repr_none,   [VALUE_ELLIPSIS] = repr_ellipsis,
        [VALUE_STR] = repr_str,        [VALUE_BYTES] = repr_bytes, [VALUE_TUPLE] = repr_tuple,
        [VALUE_LIST] = repr_list,      [VALUE_SET] = repr_set,     [VALUE_DICT] = repr_dict,
    };

    return reprs[value->kind](calc, value);
}

bool print_value(struct calc *calc, const struct value *value)
{
    if (!(value->kind == VALUE_STR ? print_str(calc, value) : print_repr(calc, value)))
        return false;
    calc->output[calc->output_length] = '\0';
    return true;
}
