/* Expressions, whole: an answer is UTF-8 within its limit, a refusal says what is wrong where. */
#include "calc/calc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct calc *calc;
    struct calc_result result;
    utf8proc_int32_t point;

    if (calc == NULL && (calc = calc_new()) == NULL)
        abort();
    calc_evaluate(calc, (const char *)data, size, &result);
    if (result.status < CALC_OK || result.status > CALC_LIMIT || result.length > CALC_MAX_OUTPUT ||
        (result.status == CALC_OK ? result.type[0] == '\0'
                                  : result.detail[0] == '\0' || result.position > size))
        abort();
    for (utf8proc_ssize_t at = 0, step; (size_t)at < result.length; at += step)
        if ((step = utf8proc_iterate((const utf8proc_uint8_t *)result.text + at,
                                     (utf8proc_ssize_t)result.length - at, &point)) <= 0)
            abort();
    return 0;
}
