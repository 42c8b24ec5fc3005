/* Floats: the operators, and rounding to decimal digits. */
#include "real.h"

#include "complex.h"
#include "integer.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>

bool real_store(struct calc *calc, double x, struct place place, struct value *out)
{
    calc_release(calc, place.mark);
    *out = (struct value){
        .kind = VALUE_FLOAT,
        .identity = isnan(x) ? calc_identity(calc) : 0,
        .number = x,
    };
    return true;
}

bool real_of(struct calc *calc, const struct value *value, size_t position, double *x)
{
    mpz_t view;

    if (value->kind == VALUE_FLOAT) {
        *x = value->number;
        return true;
    }
    *x = integer_to_double(integer_view(view, value));
    if (real_is_infinite(*x))
        return calc_fail(calc, CALC_VALUE, position, "int too large to convert to float");
    return true;
}

double real_divide_floor(double left, double right, double *remainder)
{
    double rest = fmod(left, right);
    double quotient = (left - rest) / right;

    if (rest == 0.0)
        rest = copysign(0.0, right);
    else if ((right < 0.0) != (rest < 0.0)) {
        rest += right;
        quotient -= 1.0;
    }
    *remainder = rest;
    if (quotient == 0.0)
        return copysign(0.0, left / right);
    /* It is whole but for the rounding of the division. */
    const double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

/* What C99's pow makes of the special cases is CPython's, too, but for these three. */
static bool power(struct calc *calc, double base, double exponent, struct place place,
                  struct value *out)
{
    const bool finite = isfinite(base) && isfinite(exponent);

    if (finite && base == 0.0 && exponent < 0.0)
        return calc_fail(calc, CALC_VALUE, place.position,
                         "division by zero: 0.0 to a negative power");
    if (finite && base < 0.0 && exponent != floor(exponent))
        /* cppcheck-suppress unknownEvaluationOrder ; two numbers without any effect */
        return complex_power(calc, (struct complex_number){ .real = base },
                             (struct complex_number){ .real = exponent }, place, out);
    /* The C library may lose the sign of a NaN, which copysign can see. */
    if (isnan(base) || (isnan(exponent) && base != 1.0))
        return real_store(calc, exponent == 0.0 ? 1.0 : isnan(base) ? base : exponent, place, out);
    const double result = pow(base, exponent);
    if (finite && real_is_infinite(result))
        return calc_fail(calc, CALC_VALUE, place.position, "the power is too large for a float");
    return real_store(calc, result, place, out);
}

static double add(double left, double right)
{
    return left + right;
}

static double subtract(double left, double right)
{
    return left - right;
}

static double multiply(double left, double right)
{
    return left * right;
}

static double divide(double left, double right)
{
    return left / right;
}

static double floor_divide(double left, double right)
{
    double remainder;

    return real_divide_floor(left, right, &remainder);
}

static double modulo(double left, double right)
{
    double remainder;

    real_divide_floor(left, right, &remainder);
    return remainder;
}

static double (*const operations[])(double, double) = {
    [OP_ADD] = add,       [OP_SUBTRACT] = subtract,         [OP_MULTIPLY] = multiply,
    [OP_DIVIDE] = divide, [OP_FLOOR_DIVIDE] = floor_divide, [OP_MODULO] = modulo,
};

bool real_binary(struct calc *calc, enum op op, double left, double right, struct place place,
                 struct value *out)
{
    if (op == OP_POWER)
        return power(calc, left, right, place, out);
    if (op >= OP_DIVIDE && right == 0.0)
        return calc_fail(calc, CALC_VALUE, place.position, "division by zero");
    return real_store(calc, operations[op](left, right), place, out);
}

bool real_of_integers(struct calc *calc, enum op op, mpz_srcptr left, mpz_srcptr right,
                      struct place place, struct value *out)
{
    const double x = integer_to_double(left), y = integer_to_double(right);

    if (real_is_infinite(x) || real_is_infinite(y))
        return calc_fail(calc, CALC_VALUE, place.position, "int too large to convert to float");
    return real_binary(calc, op, x, y, place, out);
}

bool real_to_integer(struct calc *calc, double whole, struct place place, struct value *out)
{
    mpz_t n;

    if (!isfinite(whole))
        return calc_fail(calc, CALC_VALUE, place.position, "%s has no integer value",
                         isnan(whole) ? "nan" : "infinity");
    mpz_init_set_d(n, whole);
    const bool stored = integer_store(calc, n, place, out);
    mpz_clear(n);
    return stored;
}

/* --- round(x, digits) ---------------------------------------------------------------------------
 */

/*
 * Digits behind the point. The C library's digits are exact, and half goes to even. A locale may
 * choose another point, but then it does so in both directions.
 */
static double round_fraction(double x, int digits)
{
    char text[DBL_MAX_10_EXP + DBL_MANT_DIG - DBL_MIN_EXP + 16];

    snprintf(text, sizeof(text), "%.*f", digits, x);
    return strtod(text, NULL);
}

/* Digits before the point: as integers, where what is behind it only tells a half from more. */
static double round_whole(double x, long digits)
{
    mpz_t n, unit, rest;

    mpz_init_set_d(n, x);
    mpz_inits(unit, rest, NULL);
    mpz_ui_pow_ui(unit, 10, (unsigned long)digits);
    mpz_tdiv_qr(n, rest, n, unit);
    mpz_mul_2exp(rest, rest, 1);
    const int order = mpz_cmpabs(rest, unit);
    const bool fraction = x != trunc(x);
    if (order > 0 || (order == 0 && (fraction || mpz_odd_p(n))))
        x < 0.0 ? mpz_sub_ui(n, n, 1) : mpz_add_ui(n, n, 1);
    mpz_mul(n, n, unit);
    const double magnitude = fabs(integer_to_double(n));
    mpz_clears(n, unit, rest, NULL);
    return copysign(magnitude, x);
}

double real_round(double x, long digits)
{
    /* CPython's bounds: so many digits change nothing, so few leave none. */
    static const long most = (long)((DBL_MANT_DIG - DBL_MIN_EXP) * 0.30103);
    static const long fewest = -(long)((DBL_MAX_EXP + 1) * 0.30103);

    if (!isfinite(x) || digits > most)
        return x;
    if (digits < fewest)
        return 0.0 * x;
    return digits < 0 ? round_whole(x, -digits) : round_fraction(x, (int)digits);
}
