/* Powers of integers, and the rounding that needs powers of ten. */
#include "integer.h"

#include <math.h>

/* -1, 0 and 1 to any power. */
static long power_of_unit(mpz_srcptr base, mpz_srcptr exponent)
{
    if (mpz_sgn(exponent) == 0)
        return 1;
    return mpz_sgn(base) < 0 && mpz_even_p(exponent) ? 1 : mpz_get_si(base);
}

bool integer_power(struct calc *calc, mpz_ptr power, mpz_srcptr base, mpz_srcptr exponent,
                   size_t position)
{
    if (mpz_cmpabs_ui(base, 1) <= 0) {
        mpz_set_si(power, power_of_unit(base, exponent));
        return true;
    }
    if (mpz_cmp_ui(exponent, CALC_MAX_BITS) > 0)
        return integer_too_large(calc, position);
    const unsigned long times = mpz_get_ui(exponent);
    long scale;
    const double fraction = fabs(mpz_get_d_2exp(&scale, base));
    const double bits = (log2(fraction) + (double)scale) * (double)times;
    if (bits > CALC_MAX_BITS + 1)
        return integer_too_large(calc, position);
    /* Zeros at the end are only shifted. */
    const double odd = bits - (double)mpz_scan1(base, 0) * (double)times;
    const size_t half = (size_t)fabs(odd) / 2;
    if (!calc_work(calc, (uint64_t)bits / GMP_LIMB_BITS + 3 * cost_multiply(half, half) / 2,
                   position))
        return false;
    mpz_pow_ui(power, base, times);
    return true;
}

/* CPython takes the inverse of the base for a negative exponent, and the modulus' sign. */
static bool power_modulo(mpz_ptr power, mpz_srcptr base, mpz_srcptr exponent, mpz_srcptr modulus)
{
    mpz_t magnitude, times;

    mpz_inits(magnitude, times, NULL);
    mpz_abs(magnitude, modulus);
    mpz_abs(times, exponent);
    bool possible = true;
    if (mpz_sgn(exponent) >= 0)
        mpz_mod(power, base, magnitude);
    else
        possible = mpz_invert(power, base, magnitude) != 0;
    if (possible)
        mpz_powm(power, power, times, magnitude);
    if (possible && mpz_sgn(modulus) < 0 && mpz_sgn(power) > 0)
        mpz_add(power, power, modulus);
    mpz_clears(magnitude, times, NULL);
    return possible;
}

bool integer_power_modulo(struct calc *calc, mpz_ptr power, mpz_srcptr base, mpz_srcptr exponent,
                          mpz_srcptr modulus, size_t position)
{
    const size_t base_bits = integer_bits(base), modulus_bits = integer_bits(modulus);
    uint64_t cost = cost_power_modulo(base_bits, integer_bits(exponent), modulus_bits);

    if (mpz_sgn(modulus) == 0)
        return calc_fail(calc, CALC_VALUE, position, "pow takes no modulus of 0");
    if (mpz_sgn(exponent) < 0)
        cost += 2 * cost_gcd(base_bits, modulus_bits);
    if (!calc_work(calc, cost, position))
        return false;
    if (mpz_cmpabs_ui(modulus, 1) == 0) {
        mpz_set_ui(power, 0);
        return true;
    }
    if (power_modulo(power, base, exponent, modulus))
        return true;
    return calc_fail(calc, CALC_VALUE, position,
                     "pow: the base has no inverse for the given modulus");
}

bool integer_round(struct calc *calc, mpz_ptr rounded, mpz_srcptr n, mpz_srcptr digits,
                   size_t position)
{
    const size_t bits = integer_bits(n);
    mpz_t unit, remainder;

    mpz_set_ui(rounded, 0);
    /* 10**digits is over 2**(3 * digits): more than twice n rounds to 0. */
    if (mpz_cmp_ui(digits, bits / 3 + 1) > 0)
        return true;
    if (!calc_work(calc, 4 * cost_multiply(bits, bits) + cost_divide(bits, bits / 2), position))
        return false;
    mpz_inits(unit, remainder, NULL);
    mpz_ui_pow_ui(unit, 10, mpz_get_ui(digits));
    mpz_fdiv_qr(rounded, remainder, n, unit);
    mpz_mul_2exp(remainder, remainder, 1);
    const int order = mpz_cmp(remainder, unit);
    if (order > 0 || (order == 0 && mpz_odd_p(rounded)))
        mpz_add_ui(rounded, rounded, 1);
    mpz_mul(rounded, rounded, unit);
    mpz_clears(unit, remainder, NULL);
    return true;
}
