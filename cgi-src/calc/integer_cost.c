/*
 * What GMP takes for what, measured with 1 to 1,024 limbs and rounded up. The numbers count for
 * nothing but the refusal of what would take too long.
 */
#include "integer.h"

static uint64_t limbs_of(size_t bits)
{
    return bits / GMP_LIMB_BITS + 1;
}

static uint64_t square_root(uint64_t n)
{
    uint64_t root = 1;

    while (root * root < n)
        root += root / 4 + 1;
    return root;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Quadratic for few limbs, then Karatsuba and Toom: limbs**1.5 is above them all. */
uint64_t cost_multiply(size_t bits, size_t other_bits)
{
    const uint64_t a = limbs_of(bits), b = limbs_of(other_bits);
    const uint64_t shorter = smaller(a, b);

    return 30 + 3 * a * b * square_root(shorter) / shorter;
}

uint64_t cost_divide(size_t bits, size_t divisor_bits)
{
    if (bits < divisor_bits)
        return 100 + limbs_of(bits);
    return 100 + 3 * cost_multiply(bits - divisor_bits, divisor_bits);
}

uint64_t cost_power_modulo(size_t base_bits, size_t exponent_bits, size_t modulus_bits)
{
    /* A square and a reduction for each bit, and some products between. */
    const uint64_t step = 5 * cost_multiply(modulus_bits, modulus_bits) / 2;

    return cost_divide(base_bits, modulus_bits) + (exponent_bits + 4) * step;
}

uint64_t cost_gcd(size_t bits, size_t other_bits)
{
    const uint64_t a = limbs_of(bits), b = limbs_of(other_bits);
    const uint64_t shorter = smaller(a, b);

    /* NOLINTNEXTLINE(readability-suspicious-call-argument): the one by the other, and back */
    return cost_divide(bits, other_bits) + cost_divide(other_bits, bits) + 200 * shorter +
           4 * shorter * shorter;
}

uint64_t cost_root(size_t bits)
{
    return 2 * cost_divide(bits, bits / 2);
}

uint64_t cost_product(size_t bits, size_t factors)
{
    return 100 + 30 * factors + 5 * cost_multiply(bits / 2, bits / 2);
}

uint64_t cost_decimal(size_t bits)
{
    return 4 * cost_divide(bits, bits / 2);
}
