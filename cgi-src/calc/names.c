#include "names.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

/* Whether all of text is ASCII. */
static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

/*
 * Whether Python lets the code point stand in a name (UAX 31): marks and digits too, for what can't
 * begin a name is no ASCII letter in the normal form, and so no name of the language.
 */
static bool is_of_a_name(utf8proc_int32_t code_point)
{
    switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_PC:
        return true;
    default:
        return false;
    }
}

/* Appends the compatible form of one code point. False: it is not ASCII, or too long. */
static bool append(utf8proc_int32_t code_point, char out[NAME_MAX_BYTES], size_t *written)
{
    utf8proc_int32_t parts[NAME_MAX_BYTES];
    const utf8proc_ssize_t count =
        utf8proc_decompose_char(code_point, parts, NAME_MAX_BYTES,
                                UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, NULL);

    if (count < 0 || count > (utf8proc_ssize_t)(NAME_MAX_BYTES - *written))
        return false;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (parts[i] >= 0x80)
            return false;
        out[(*written)++] = (char)parts[i];
    }
    return true;
}

size_t name_normalize(const char *text, size_t length, char out[NAME_MAX_BYTES])
{
    size_t written = 0;

    if (is_ascii(text, length)) {
        if (length > NAME_MAX_BYTES)
            return 0;
        memcpy(out, text, length);
        return length;
    }
    for (size_t at = 0; at < length;) {
        utf8proc_int32_t code_point;
        const utf8proc_ssize_t taken = utf8proc_iterate(
            (const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(length - at), &code_point);
        if (taken <= 0 || !is_of_a_name(code_point) || !append(code_point, out, &written))
            return 0;
        at += (size_t)taken;
    }
    return written;
}
