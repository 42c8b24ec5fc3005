/*
 * Python's expressions, evaluated: text in, text or an error out. No I/O, no globals, no code of
 * anybody's is ever run.
 *
 * The language is the part of Python's that the contract names: every literal that
 * ast.literal_eval takes, arithmetic and comparison of numbers, and functions and constants on
 * numbers. Its judge is CPython 3.11: the same answer to the last digit, or a refusal where Python
 * raises or a limit below is reached.
 */
#ifndef BULKHEAD_CALC_H
#define BULKHEAD_CALC_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CALC_MAX_BYTES = 4096,  /* of an expression */
    CALC_MAX_DEPTH = 100,   /* of nesting: parentheses, brackets, signs, powers, calls */
    CALC_MAX_BITS = 65536,  /* of any integer, intermediate ones too */
    CALC_MAX_DIGITS = 4300, /* decimal, of an integer in the answer (and CPython's own limit) */
    CALC_MAX_OUTPUT = 64 * 1024,   /* bytes of the answer */
    CALC_MEMORY = 8 * 1024 * 1024, /* bytes of values and literals; 4 MiB for GMP to compute with,
                                      and the instructions, on top */
};

enum calc_status {
    CALC_OK,
    CALC_SYNTAX, /* it is not of the language: the one case in which a caller may try another text
                  */
    CALC_VALUE,  /* Python would raise: division by zero, a bad domain, an unhashable key, ... */
    CALC_LIMIT,  /* one of the limits above; the detail names it */
};

struct calc_result {
    enum calc_status status;
    const char *text; /* CALC_OK: Python's str(result), UTF-8, ended with NUL */
    size_t length;    /* of text, which may hold NUL itself: '\0' is a string too */
    const char *type; /* CALC_OK: Python's type(result).__name__ */
    char detail[160]; /* else: what is wrong and where: "division by zero at position 4" */
    size_t position;  /* else: the byte of the expression, from 0 */
};

struct calc;

/*
 * What one thread computes with, used again for each expression. NULL without memory. It makes GMP
 * take memory from where an evaluation provides it, and otherwise from malloc as ever.
 */
struct calc *calc_new(void);
void calc_free(struct calc *calc);

/*
 * Evaluates `length` bytes of UTF-8. The result's pointers are good until the next call. It takes
 * at most 50 ms and 16 MiB, whatever the expression: the work is estimated before it is done.
 */
void calc_evaluate(struct calc *calc, const char *source, size_t length,
                   struct calc_result *result);

#endif
