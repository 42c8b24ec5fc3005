/*
 * What hello's predicate says about every code point, for tests/http/test_hello.py to compare with
 * CPython's str.isalnum.
 *
 * Writes one byte a code point, from U+0000 to U+10FFFF: '+' accepted, '-' rejected, '?' not
 * assigned in utf8proc's version of Unicode, 's' a surrogate, which UTF-8 can't hold.
 */
#include "alphanumeric.h"

#include <stdio.h>
#include <utf8proc.h>

enum { CODE_POINTS = 0x110000 };

static int judge(utf8proc_int32_t code_point)
{
    utf8proc_uint8_t utf8[4];
    const utf8proc_ssize_t length = utf8proc_encode_char(code_point, utf8);

    switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_CS:
        return 's';
    case UTF8PROC_CATEGORY_CN:
        return '?';
    default:
        return is_alphanumeric((const char *)utf8, (size_t)length) ? '+' : '-';
    }
}

int main(void)
{
    for (utf8proc_int32_t code_point = 0; code_point < CODE_POINTS; code_point++)
        if (putchar(judge(code_point)) == EOF)
            return 1;
    return fflush(stdout) == 0 ? 0 : 1;
}
