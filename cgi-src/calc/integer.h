/* Integers of any size, as CPython computes with them. Inside calc/ only; see number.h. */
#ifndef BULKHEAD_INTEGER_H
#define BULKHEAD_INTEGER_H

#include "number.h"

/* --- reading and making values ---------------------------------------------------------------- */

static inline bool is_integer(const struct value *value)
{
    return value->kind <= VALUE_INT;
}

/* A BOOL or INT as GMP reads it: `view` needs no mpz_clear and lives as long as the value. */
mpz_srcptr integer_view(mpz_t view, const struct value *value);

/* Of the magnitude; 0 for 0. */
size_t integer_bits(mpz_srcptr n);

/* Puts the result at place.mark. Fails over CALC_MAX_BITS. */
bool integer_store(struct calc *calc, mpz_srcptr n, struct place place, struct value *out);
/* For what is too large to be computed. Always false. */
bool integer_too_large(struct calc *calc, size_t position);

/* --- arithmetic ------------------------------------------------------------------------------- */

/* OP_ADD to OP_SHIFT_RIGHT on BOOL and INT; a quotient and a negative power are floats. */
bool integer_binary(struct calc *calc, enum op op, const struct value *left,
                    const struct value *right, struct place place, struct value *out);
/* OP_PLUS, OP_MINUS, OP_INVERT. */
bool integer_unary(struct calc *calc, enum op op, const struct value *operand, struct place place,
                   struct value *out);
/* Rounded towards minus infinity; the remainder has the divisor's sign. */
bool integer_divide_floor(struct calc *calc, mpz_ptr quotient, mpz_ptr remainder, mpz_srcptr left,
                          mpz_srcptr right, size_t position);
/* base ** exponent for an exponent from 0 up. */
bool integer_power(struct calc *calc, mpz_ptr power, mpz_srcptr base, mpz_srcptr exponent,
                   size_t position);
/* pow(base, exponent, modulus). */
bool integer_power_modulo(struct calc *calc, mpz_ptr power, mpz_srcptr base, mpz_srcptr exponent,
                          mpz_srcptr modulus, size_t position);
/* round(n, -digits) for digits from 1 up: half to even. */
bool integer_round(struct calc *calc, mpz_ptr rounded, mpz_srcptr n, mpz_srcptr digits,
                   size_t position);

/* --- floats ----------------------------------------------------------------------------------- */

/* mantissa * 2**exponent, rounded half to even once, subnormal numbers too; infinite if too large.
 */
double integer_scale(uint64_t mantissa, long exponent);
/* The nearest float, half to even; infinite if too large. */
double integer_to_double(mpz_srcptr n);
/* n as fraction * 2**exponent with the fraction from 0.5 to under 1, as C's frexp, for n > 0. */
double integer_frexp(mpz_srcptr n, long *exponent);
/* left / right, correctly rounded; infinite if too large. The divisor is not 0. */
bool integer_quotient(struct calc *calc, mpz_srcptr left, mpz_srcptr right, size_t position,
                      double *quotient);

/* --- what it costs, in nanoseconds at most (integer_cost.c) ----------------------------------- */

uint64_t cost_multiply(size_t bits, size_t other_bits);
uint64_t cost_divide(size_t bits, size_t divisor_bits);
uint64_t cost_power_modulo(size_t base_bits, size_t exponent_bits, size_t modulus_bits);
uint64_t cost_gcd(size_t bits, size_t other_bits);
uint64_t cost_root(size_t bits);
/* Of a product of `factors` small factors. */
uint64_t cost_product(size_t bits, size_t factors);
uint64_t cost_decimal(size_t bits);

#endif
