/*
 * Values of the expression language, and the memory that they live in. Inside calc/ only.
 *
 * Values are plain data in one block of memory that is taken from the front like a stack. Nothing
 * is freed by itself: an operation notes the top (calc_mark), evaluates its operands above it,
 * computes its result outside (in an mpz_t of its own, a double), goes back to the mark
 * (calc_release) and puts the result there. So what is live is what is needed, and an error just
 * returns.
 */
#ifndef BULKHEAD_VALUE_H
#define BULKHEAD_VALUE_H

#include "calc.h"

#include <gmp.h>
#include <stdint.h>

enum value_kind {
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_COMPLEX,
    VALUE_NUMBERS, /* the kinds below this one are numbers, in the order of Python's coercion */
    VALUE_NONE = VALUE_NUMBERS,
    VALUE_ELLIPSIS,
    VALUE_STR,
    VALUE_BYTES,
    VALUE_TUPLE,
    VALUE_LIST,
    VALUE_SET,
    VALUE_DICT,
    VALUE_KINDS,
};

/* An integer: sign and limbs, least significant first, without leading zero limbs. */
struct integer {
    const mp_limb_t *limbs;
    int size; /* as in GMP: the number of limbs, negative for a negative number, 0 for 0 */
};

struct value {
    enum value_kind kind;
    /*
     * A float that is not a number is equal to nothing, but a container finds it again by identity.
     * 0 is the constant `nan`; every NaN that is computed gets a number of its own (calc_identity).
     */
    uint32_t identity;
    union {
        bool truth;             /* BOOL */
        struct integer integer; /* INT */
        double number;          /* FLOAT */
        struct {
            double real, imaginary;
        } complex; /* COMPLEX */
        struct {
            const uint32_t *code_points; /* surrogates included: '\ud800' is a str */
            size_t length;
        } str; /* STR */
        struct {
            const uint8_t *data;
            size_t length;
        } bytes; /* BYTES */
        struct {
            const struct value *items; /* DICT: key, value, key, value, ... */
            size_t count;              /* of items; of a DICT twice the number of keys */
        } sequence;                    /* TUPLE, LIST, SET, DICT */
    };
};

/* --- memory, work and errors of one evaluation (calc.c) --------------------------------------- */

/* Aligned for any type; NULL after calc_fail when CALC_MEMORY is used up. */
void *calc_alloc(struct calc *calc, size_t bytes, size_t position);

size_t calc_mark(const struct calc *calc);
void calc_release(struct calc *calc, size_t mark);

/*
 * Announces work before it is done, in units of about a nanosecond. False, after calc_fail with
 * CALC_LIMIT, when the evaluation has not that much left of its budget.
 */
bool calc_work(struct calc *calc, uint64_t nanoseconds, size_t position);

uint32_t calc_identity(struct calc *calc);

/*
 * Records why the evaluation ends; always false, so that `return calc_fail(...)` passes it on. The
 * text is followed by " at position N" in the result's detail, unless the position is CALC_NOWHERE.
 * The first failure stays.
 */
#define CALC_NOWHERE SIZE_MAX
bool calc_fail(struct calc *calc, enum calc_status status, size_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
