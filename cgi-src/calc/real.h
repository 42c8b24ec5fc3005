/* Floats, as CPython computes with them. Inside calc/ only; see number.h. */
#ifndef BULKHEAD_REAL_H
#define BULKHEAD_REAL_H

#include "number.h"

#include <math.h>

static inline bool real_is_infinite(double x)
{
    return fabs(x) == INFINITY;
}

/* Puts the result at place.mark; what is not a number gets an identity of its own. Always true. */
bool real_store(struct calc *calc, double x, struct place place, struct value *out);

/* The float that a BOOL, INT or FLOAT counts as beside one. Fails for an integer too large. */
bool real_of(struct calc *calc, const struct value *value, size_t position, double *x);

/* OP_ADD to OP_POWER; the others fail: floats have no bits. */
bool real_binary(struct calc *calc, enum op op, double left, double right, struct place place,
                 struct value *out);
/* The same for integers that count as floats. */
bool real_of_integers(struct calc *calc, enum op op, mpz_srcptr left, mpz_srcptr right,
                      struct place place, struct value *out);

/* Quotient and remainder as float.__divmod__. The divisor is not 0. */
double real_divide_floor(double left, double right, double *remainder);

/* A float that is whole to an INT; infinity and what is not a number fail. */
bool real_to_integer(struct calc *calc, double whole, struct place place, struct value *out);
/* round(x, digits): half to even of the exact decimal value. Infinite where that is too large. */
double real_round(double x, long digits);

#endif
