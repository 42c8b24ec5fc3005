#include "alphanumeric.h"

#include <utf8proc.h>

static bool is_letter_or_number(utf8proc_int32_t code_point)
{
    switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

bool is_alphanumeric(const char *value, size_t bytes)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)value;
    size_t count = 0;

    while (bytes > 0) {
        utf8proc_int32_t code_point;
        const utf8proc_ssize_t taken = utf8proc_iterate(at, (utf8proc_ssize_t)bytes, &code_point);
        if (taken <= 0 || ++count > ALPHANUMERIC_MAX_CODE_POINTS ||
            !is_letter_or_number(code_point))
            return false;
        at += taken;
        bytes -= (size_t)taken;
    }
    return count > 0;
}
