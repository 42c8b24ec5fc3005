/*
 * Complex numbers. Results must agree to the last bit, so each formula is CPython 3.11's and not a
 * better one; a real operand counts as one with an imaginary part of 0.0.
 */
#include "complex.h"

#include "real.h"

#include <errno.h>

enum { SMALL_EXPONENT = 100 }; /* whole exponents up to here are multiplications */

bool complex_store(struct calc *calc, struct complex_number z, struct place place,
                   struct value *out)
{
    calc_release(calc, place.mark);
    *out = (struct value){
        .kind = VALUE_COMPLEX,
        .identity = isnan(z.real) || isnan(z.imaginary) ? calc_identity(calc) : 0,
        .complex = { .real = z.real, .imaginary = z.imaginary },
    };
    return true;
}

static bool is_zero(struct complex_number z)
{
    return z.real == 0.0 && z.imaginary == 0.0;
}

static struct complex_number product(struct complex_number a, struct complex_number b)
{
    return (struct complex_number){
        .real = a.real * b.real - a.imaginary * b.imaginary,
        .imaginary = a.real * b.imaginary + a.imaginary * b.real,
    };
}

/* Smith's algorithm; the divisor is not 0. */
static struct complex_number quotient(struct complex_number a, struct complex_number b)
{
    if (isnan(b.real) || isnan(b.imaginary))
        return (struct complex_number){ .real = NAN, .imaginary = NAN };
    if (fabs(b.real) >= fabs(b.imaginary)) {
        const double ratio = b.imaginary / b.real;
        const double scale = b.real + b.imaginary * ratio;
        return (struct complex_number){
            .real = (a.real + a.imaginary * ratio) / scale,
            .imaginary = (a.imaginary - a.real * ratio) / scale,
        };
    }
    const double ratio = b.real / b.imaginary;
    const double scale = b.real * ratio + b.imaginary;
    return (struct complex_number){
        .real = (a.real * ratio + a.imaginary) / scale,
        .imaginary = (a.imaginary * ratio - a.real) / scale,
    };
}

/* --- powers ------------------------------------------------------------------------------------
 */

static struct complex_number power_of_natural(struct complex_number base, unsigned exponent)
{
    struct complex_number power = { .real = 1.0 };

    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            power = product(power, base);
        base = product(base, base);
    }
    return power;
}

/* Over polar coordinates; errno is EDOM where the angle gets out of hand. */
static struct complex_number power_polar(struct complex_number base, struct complex_number exponent)
{
    const double magnitude = hypot(base.real, base.imaginary);
    const double angle = atan2(base.imaginary, base.real);
    double length = pow(magnitude, exponent.real);
    double phase = angle * exponent.real;

    if (exponent.imaginary != 0.0) {
        length /= exp(angle * exponent.imaginary);
        phase += exponent.imaginary * log(magnitude);
    }
    return (struct complex_number){
        .real = length * cos(phase),
        .imaginary = length * sin(phase),
    };
}

/* False: 0 to a negative or complex power. */
static bool power(struct complex_number base, struct complex_number exponent,
                  struct complex_number *result)
{
    static const struct complex_number one = { .real = 1.0 };
    const bool whole = exponent.imaginary == 0.0 && exponent.real == floor(exponent.real);

    errno = 0;
    if (whole && fabs(exponent.real) <= SMALL_EXPONENT) {
        *result = power_of_natural(base, (unsigned)fabs(exponent.real));
        if (exponent.real > 0.0)
            return true;
        if (is_zero(*result))
            return false;
        *result = quotient(one, *result);
        return true;
    }
    if (is_zero(base)) {
        *result = (struct complex_number){ .real = 0.0 };
        return exponent.imaginary == 0.0 && !(exponent.real < 0.0);
    }
    *result = power_polar(base, exponent);
    return true;
}

bool complex_power(struct calc *calc, struct complex_number base, struct complex_number exponent,
                   struct place place, struct value *out)
{
    struct complex_number result;

    if (!power(base, exponent, &result))
        return calc_fail(calc, CALC_VALUE, place.position,
                         "division by zero: 0.0 to a negative or complex power");
    /* CPython asks errno, and so reports these two as well. */
    if (errno == EDOM)
        return calc_fail(calc, CALC_VALUE, place.position,
                         "the complex power has no angle: one of its parts is infinite");
    if (real_is_infinite(result.real) || real_is_infinite(result.imaginary))
        return calc_fail(calc, CALC_VALUE, place.position,
                         "the complex power is too large for floats");
    return complex_store(calc, result, place, out);
}

/* --- the operators ------------------------------------------------------------------------------
 */

static struct complex_number sum(struct complex_number a, struct complex_number b)
{
    return (struct complex_number){
        .real = a.real + b.real,
        .imaginary = a.imaginary + b.imaginary,
    };
}

static struct complex_number difference(struct complex_number a, struct complex_number b)
{
    return (struct complex_number){
        .real = a.real - b.real,
        .imaginary = a.imaginary - b.imaginary,
    };
}

static struct complex_number (*const operations[])(struct complex_number, struct complex_number) = {
    [OP_ADD] = sum,
    [OP_SUBTRACT] = difference,
    [OP_MULTIPLY] = product,
    [OP_DIVIDE] = quotient,
};

bool complex_binary(struct calc *calc, enum op op, struct complex_number left,
                    struct complex_number right, struct place place, struct value *out)
{
    if (op == OP_POWER)
        return complex_power(calc, left, right, place, out);
    if (op == OP_DIVIDE && is_zero(right))
        return calc_fail(calc, CALC_VALUE, place.position, "division by zero");
    return complex_store(calc, operations[op](left, right), place, out);
}

bool complex_magnitude(struct calc *calc, struct complex_number z, struct place place,
                       struct value *out)
{
    const double magnitude = hypot(z.real, z.imaginary);

    if (isfinite(z.real) && isfinite(z.imaginary) && !isfinite(magnitude))
        return calc_fail(calc, CALC_VALUE, place.position,
                         "the absolute value is too large for a float");
    /* Not the sign that the C library's NaN may have. */
    return real_store(calc, isnan(magnitude) ? (double)NAN : magnitude, place, out);
}
