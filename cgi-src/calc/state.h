/* What one evaluation works with. Inside calc/ only. */
#ifndef BULKHEAD_STATE_H
#define BULKHEAD_STATE_H

#include "code.h"
#include "number.h"
#include "scratch.h"

enum {
    /* Nanoseconds as calc_work counts them; with a margin, for they are estimates. */
    WORK = 20 * 1000 * 1000,
    /* Each byte of an expression makes at most two instructions: `1,` is a PUSH and, once, a BUILD;
     * `a or b` is a JUMP and a CHECK. */
    CODE_MAX = 2 * CALC_MAX_BYTES,
    /* Only a PUSH makes the stack grow, and takes a byte of the expression at least. */
    STACK_MAX = CALC_MAX_BYTES,
};

struct calc {
    char *memory; /* CALC_MEMORY bytes */
    size_t used;
    struct scratch scratch;
    uint64_t work_left;
    uint32_t identities;

    const char *source;
    size_t length;
    struct calc_result *result; /* its status becomes another than CALC_OK at the first failure */

    struct instruction code[CODE_MAX];
    size_t code_count;

    /* The operands that wait, and from where on in memory each one's own lies. */
    struct value stack[STACK_MAX];
    size_t marks[STACK_MAX];

    char output[CALC_MAX_OUTPUT + NUMBER_TEXT_BYTES];
    size_t output_length;
};

#endif
