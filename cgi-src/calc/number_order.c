/* Equality, order and hash of numbers: exact, so that 2**53 + 1 and its float are two. */
#include "number_order.h"

#include "integer.h"
#include "real.h"

enum order { LESS = 1, EQUAL = 2, GREATER = 4, UNORDERED = 8 };

static const unsigned accepted[OPERATORS] = {
    [OP_EQUAL] = EQUAL,     [OP_NOT_EQUAL] = LESS | GREATER | UNORDERED,
    [OP_LESS] = LESS,       [OP_LESS_EQUAL] = LESS | EQUAL,
    [OP_GREATER] = GREATER, [OP_GREATER_EQUAL] = GREATER | EQUAL,
};

static enum order order_of(int sign)
{
    return sign < 0 ? LESS : sign == 0 ? EQUAL : GREATER;
}

static enum order order_with_real(const struct value *left, double right)
{
    mpz_t view;

    if (isnan(right))
        return UNORDERED;
    if (is_integer(left))
        return order_of(mpz_cmp_d(integer_view(view, left), right));
    if (isnan(left->number))
        return UNORDERED;
    return order_of((left->number > right) - (left->number < right));
}

static enum order order(const struct value *left, const struct value *right)
{
    static const enum order reversed[] = {
        [LESS] = GREATER, [EQUAL] = EQUAL, [GREATER] = LESS, [UNORDERED] = UNORDERED
    };
    mpz_t left_view, right_view;

    if (right->kind == VALUE_FLOAT)
        return order_with_real(left, right->number);
    if (left->kind == VALUE_FLOAT)
        return reversed[order_with_real(right, left->number)];
    return order_of(mpz_cmp(integer_view(left_view, left), integer_view(right_view, right)));
}

static bool equal_complex(const struct value *complex, const struct value *other)
{
    if (other->kind == VALUE_COMPLEX)
        return complex->complex.real == other->complex.real &&
               complex->complex.imaginary == other->complex.imaginary;
    return complex->complex.imaginary == 0.0 &&
           order_with_real(other, complex->complex.real) == EQUAL;
}

bool number_equal(const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_COMPLEX)
        return equal_complex(left, right);
    if (right->kind == VALUE_COMPLEX)
        return equal_complex(right, left);
    return order(left, right) == EQUAL;
}

bool number_compare(enum op op, const struct value *left, const struct value *right)
{
    if (op == OP_EQUAL || op == OP_NOT_EQUAL)
        return number_equal(left, right) == (op == OP_EQUAL);
    return (accepted[op] & order(left, right)) != 0;
}

/* --- hash: the residue of the rational number modulo 2**61 - 1 ----------------------------------
 */

enum { HASH_BITS = 61, HASH_INFINITY = 314159, HASH_IMAGINARY = 1000003 };
static const uint64_t modulus = (UINT64_C(1) << HASH_BITS) - 1;

static uint64_t hash_signed(uint64_t magnitude, bool negative)
{
    const uint64_t hash = negative ? 0 - magnitude : magnitude;

    /* -1 is an error to CPython */
    return hash == UINT64_MAX ? UINT64_MAX - 1 : hash;
}

static uint64_t hash_integer(const struct value *value)
{
    mpz_t view;
    const mpz_srcptr n = integer_view(view, value);
    const uint64_t residue = mpz_tdiv_ui(n, modulus);

    return hash_signed(residue, mpz_sgn(n) < 0);
}

/* residue * 2**bits, which modulo 2**61 - 1 is a rotation of 61 bits */
static uint64_t rotate(uint64_t residue, int bits)
{
    return ((residue << bits) & modulus) | residue >> (HASH_BITS - bits);
}

static uint64_t hash_real(double x, uint32_t identity)
{
    enum { STEP = 28 };
    int exponent;

    if (isnan(x))
        return identity;
    if (real_is_infinite(x))
        return hash_signed(HASH_INFINITY, x < 0.0);
    double rest = frexp(fabs(x), &exponent);
    uint64_t residue = 0;
    while (rest != 0.0) {
        rest = ldexp(rest, STEP);
        exponent -= STEP;
        const uint64_t digit = (uint64_t)rest;
        rest -= (double)digit;
        residue = (rotate(residue, STEP) + digit) % modulus;
    }
    const int shift = exponent % HASH_BITS;
    return hash_signed(rotate(residue, shift < 0 ? shift + HASH_BITS : shift), x < 0.0);
}

uint64_t number_hash(const struct value *value)
{
    if (is_integer(value))
        return hash_integer(value);
    if (value->kind == VALUE_FLOAT)
        return hash_real(value->number, value->identity);
    const uint64_t real = hash_real(value->complex.real, value->identity);
    const uint64_t imaginary = hash_real(value->complex.imaginary, value->identity);
    return hash_signed(real + HASH_IMAGINARY * imaginary, false);
}
