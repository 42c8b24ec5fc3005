/* Where integers meet floats: each result is rounded once, half to even. */
#include "integer.h"

#include <float.h>
#include <math.h>

enum {
    WORD = 64,
    LOWEST = DBL_MIN_EXP - DBL_MANT_DIG, /* the exponent of a subnormal number's last bit */
};

static int word_bits(uint64_t word)
{
    return word == 0 ? 0 : WORD - __builtin_clzl(word);
}

double integer_scale(uint64_t mantissa, long exponent)
{
    const long surplus = word_bits(mantissa) - DBL_MANT_DIG;
    const long missing = LOWEST - exponent;
    const long drop = surplus > missing ? surplus : missing;

    if (mantissa == 0 || drop >= WORD)
        return 0.0;
    if (exponent > DBL_MAX_EXP)
        return INFINITY;
    if (drop <= 0)
        return ldexp((double)mantissa, (int)exponent);
    const uint64_t half = UINT64_C(1) << (drop - 1);
    const uint64_t rest = mantissa & (2 * half - 1);
    uint64_t kept = mantissa >> drop;
    if (rest > half || (rest == half && kept % 2 == 1))
        kept++;
    return ldexp((double)kept, (int)(exponent + drop));
}

/*
 * The 64 highest bits of |n|, and the exponent of the last of them, which is set too when any bit
 * behind it is: it is too low to count but for rounding.
 */
static uint64_t highest(mpz_srcptr n, long *exponent)
{
    const mp_size_t size = (mp_size_t)mpz_size(n);
    const uint64_t high = mpz_getlimbn(n, size - 1);
    const uint64_t low = size > 1 ? mpz_getlimbn(n, size - 2) : 0;
    const int zeros = WORD - word_bits(high);

    *exponent = (size - 1) * WORD - zeros;
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): no n begins with a 0 */
    const uint64_t top = zeros == 0 ? high : high << zeros | low >> (WORD - zeros);
    /* A negative n counts as two's complement here, which has the same lowest bit. */
    const bool more = *exponent > 0 && mpz_scan1(n, 0) < (mp_bitcnt_t)*exponent;
    return top | more;
}

double integer_to_double(mpz_srcptr n)
{
    long exponent;

    if (mpz_sgn(n) == 0)
        return 0.0;
    const uint64_t top = highest(n, &exponent);
    return mpz_sgn(n) * integer_scale(top, exponent);
}

double integer_frexp(mpz_srcptr n, long *exponent)
{
    long lowest;
    int rounded_up;
    const uint64_t top = highest(n, &lowest);
    const double fraction = frexp(integer_scale(top, -WORD), &rounded_up);

    *exponent = lowest + WORD + rounded_up;
    return fraction;
}

/* With enough bits of the quotient that those behind count only by whether there are any. */
static double divide_long(mpz_srcptr left, mpz_srcptr right, long shift)
{
    mpz_t scaled, quotient, remainder;

    mpz_inits(scaled, quotient, remainder, NULL);
    if (shift >= 0) {
        mpz_mul_2exp(scaled, left, (mp_bitcnt_t)shift);
        mpz_tdiv_qr(quotient, remainder, scaled, right);
    } else {
        mpz_mul_2exp(scaled, right, (mp_bitcnt_t)-shift);
        mpz_tdiv_qr(quotient, remainder, left, scaled);
    }
    const double magnitude =
        integer_scale(mpz_get_ui(quotient) | (mpz_sgn(remainder) != 0), -shift);
    mpz_clears(scaled, quotient, remainder, NULL);
    return mpz_sgn(left) == mpz_sgn(right) ? magnitude : -magnitude;
}

bool integer_quotient(struct calc *calc, mpz_srcptr left, mpz_srcptr right, size_t position,
                      double *quotient)
{
    const long left_bits = (long)integer_bits(left), right_bits = (long)integer_bits(right);
    /* |left / right| is between 2**(scale - 1) and 2**(scale + 1). */
    const long scale = left_bits - right_bits;
    const double sign = (mpz_sgn(left) < 0) == (mpz_sgn(right) < 0) ? 1.0 : -1.0;

    if (left_bits <= DBL_MANT_DIG && right_bits <= DBL_MANT_DIG)
        *quotient = mpz_get_d(left) / mpz_get_d(right);
    else if (left_bits == 0 || scale < LOWEST - 2)
        *quotient = copysign(0.0, sign);
    else if (scale > DBL_MAX_EXP + 1)
        *quotient = copysign(INFINITY, sign);
    else if (!calc_work(calc,
                        cost_divide((size_t)(left_bits + 2L * DBL_MAX_EXP), (size_t)right_bits),
                        position))
        return false;
    else
        *quotient = divide_long(left, right, WORD - 2 - scale);
    return true;
}
