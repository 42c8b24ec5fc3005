/*
 * Numbers: bool, int, float and complex, with CPython 3.11's rules to the last digit. Inside calc/
 * only. Functions that can fail return false after calc_fail; `position` is where to say it was.
 * Results go to *out, with integers' limbs in the evaluation's memory; operands are not changed and
 * may be released by the callee (see value.h) when `mark` says from where: the result is put there.
 */
#ifndef BULKHEAD_NUMBER_H
#define BULKHEAD_NUMBER_H

#include "value.h"

enum op {
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_FLOOR_DIVIDE,
    OP_MODULO,
    OP_POWER,
    OP_AND, /* & */
    OP_OR,
    OP_XOR,
    OP_SHIFT_LEFT,
    OP_SHIFT_RIGHT,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_PLUS, /* unary from here */
    OP_MINUS,
    OP_INVERT,
    OPERATORS,
};

/* Where an operation is, and from where on its operands may be given up. */
struct place {
    size_t position;
    size_t mark;
};

static inline bool is_number(const struct value *value)
{
    return value->kind < VALUE_NUMBERS;
}

/* Python's type(value).__name__: "int", "NoneType", "ellipsis", ... */
const char *value_type_name(const struct value *value);

/* OP_ADD to OP_GREATER_EQUAL on numbers; comparisons give a BOOL. Other operands fail as Python. */
bool number_binary(struct calc *calc, enum op op, const struct value *left,
                   const struct value *right, struct place place, struct value *out);
/* OP_PLUS, OP_MINUS, OP_INVERT. */
bool number_unary(struct calc *calc, enum op op, const struct value *operand, struct place place,
                  struct value *out);
/* Python's bool(value), for any kind: numbers by value, containers and text by emptiness. */
bool value_truth(const struct value *value);

/* Python's equality and hash among numbers, as dict and set use them: 1 == 1.0 == True == 1+0j. */
bool number_equal(const struct value *left, const struct value *right);
uint64_t number_hash(const struct value *value);

/* --- literals: `text` is what the lexer found, underscores included, already checked for form ---
 */

/* Decimal, or 0x, 0o, 0b in either case. Fails over CALC_MAX_BITS. */
bool number_parse_integer(struct calc *calc, const char *text, size_t length, size_t position,
                          struct value *out);
/* Correctly rounded; inf for 1e999. With `imaginary`, a complex without real part. */
bool number_parse_float(struct calc *calc, const char *text, size_t length, bool imaginary,
                        size_t position, struct value *out);

/* --- names --------------------------------------------------------------------------------------
 */

struct function;

/* NULL when there is no such function. `name` need not end with NUL. */
const struct function *function_find(const char *name, size_t length);
/* pi e tau inf nan. False when there is no such constant. */
bool constant_find(const char *name, size_t length, struct value *out);

/*
 * Calls it: arity and domains are checked as CPython does, and what they say in words. Of max, min
 * and sum one argument may be a TUPLE or LIST of numbers.
 */
bool function_call(struct calc *calc, const struct function *function,
                   const struct value *arguments, size_t count, struct place place,
                   struct value *out);

/* --- printing -----------------------------------------------------------------------------------
 */

/*
 * Python's repr of a number to `out` (which holds NUMBER_TEXT_BYTES), not ended with NUL; *length
 * is set. Fails with CALC_LIMIT over CALC_MAX_DIGITS.
 */
enum { NUMBER_TEXT_BYTES = CALC_MAX_DIGITS + 64 };
bool number_format(struct calc *calc, const struct value *value, size_t position, char *out,
                   size_t *length);

#endif
