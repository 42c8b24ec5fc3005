/* Expressions, parsed only: code that ends with one value on its stack, or a refusal. */
#include "calc/parser.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct calc *calc;
    struct calc_result result = { .status = CALC_OK };

    if (calc == NULL && (calc = calc_new()) == NULL)
        abort();
    calc->source = (const char *)data;
    calc->length = size < CALC_MAX_BYTES ? size : CALC_MAX_BYTES;
    calc->result = &result;
    calc->used = calc->code_count = 0;
    calc->work_left = WORK;
    scratch_begin(&calc->scratch);
    if (parser_parse(calc) ? calc->code_count == 0 || calc->code_count > CODE_MAX
                           : result.status == CALC_OK || result.position > size)
        abort();
    scratch_end();
    return 0;
}
