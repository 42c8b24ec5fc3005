/* Functions of Python's math module on floats: the C library's, and CPython's view of their errors.
 */
#include "functions.h"

#include "integer.h"
#include "real.h"

double real_degrees(double x)
{
    static const double factor = 180.0 / M_PI;

    return x * factor;
}

double real_radians(double x)
{
    static const double factor = M_PI / 180.0;

    return x * factor;
}

bool call_real_function(const struct call *call, struct value *out)
{
    const struct function *const function = call->function;
    double x;

    if (!call_real(call, 0, &x))
        return false;
    const double result = function->real(x);
    const bool invalid = isnan(result) && !isnan(x);
    const bool too_large = real_is_infinite(result) && isfinite(x);
    if (!invalid && !too_large)
        return real_store(call->calc, result, call->place, out);
    if (function->domain != NULL)
        return call_outside(call, function->domain);
    /* CPython lets these two be infinite. */
    if (function->real == real_degrees || function->real == real_radians)
        return real_store(call->calc, result, call->place, out);
    return calc_fail(call->calc, CALC_VALUE, call->place.position,
                     "the result of %s is too large for a float", function->name);
}

/* ceil, floor, int, trunc */
bool call_to_integer(const struct call *call, struct value *out)
{
    const struct value *const x = &call->arguments[0];

    if (is_integer(x))
        return integer_unary(call->calc, OP_PLUS, x, call->place, out);
    if (x->kind != VALUE_FLOAT)
        return call_refuse(call, "real numbers", x);
    return real_to_integer(call->calc, call->function->real(x->number), call->place, out);
}

/* --- of two numbers -----------------------------------------------------------------------------
 */

static bool binary(const struct call *call, double (*function)(double, double), const char *domain,
                   struct value *out)
{
    double x, y;

    if (!call_real(call, 0, &x) || !call_real(call, 1, &y))
        return false;
    const double result = function(x, y);
    if (isnan(result) && !isnan(x) && !isnan(y))
        return call_outside(call, domain);
    return real_store(call->calc, result, call->place, out);
}

/* What is no number has no sign here, other than in C. */
static double angle(double y, double x)
{
    return isnan(y) || isnan(x) ? (double)NAN : atan2(y, x);
}

bool call_atan2(const struct call *call, struct value *out)
{
    return binary(call, angle, "real numbers", out);
}

bool call_copysign(const struct call *call, struct value *out)
{
    return binary(call, copysign, "real numbers", out);
}

static const char divisible[] = "a finite number and a divisor other than 0";

bool call_fmod(const struct call *call, struct value *out)
{
    return binary(call, fmod, divisible, out);
}

/* IEEE 754's, exact. The C library's own gives 0 the wrong sign for some subnormal divisors. */
static double nearest_remainder(double x, double y)
{
    if (isnan(x) || isnan(y))
        return isnan(x) ? x : y;
    if (!isfinite(x) || y == 0.0 || !isfinite(y))
        return remainder(x, y);
    const double divisor = fabs(y);
    const double below = fmod(fabs(x), divisor);
    const double above = divisor - below;
    double rest = below < above ? below : -above;
    /* Halfway, the quotient is to be even. */
    if (below == above)
        rest = below - 2.0 * fmod(0.5 * (fabs(x) - below), divisor);
    return copysign(1.0, x) * rest;
}

bool call_remainder(const struct call *call, struct value *out)
{
    return binary(call, nearest_remainder, divisible, out);
}

/* --- logarithms ---------------------------------------------------------------------------------
 */

/* Of an integer of any size. */
static double logarithm_of_integer(mpz_srcptr n, double (*function)(double))
{
    long exponent;
    const double x = integer_to_double(n);

    if (!real_is_infinite(x))
        return function(x);
    const double fraction = integer_frexp(n, &exponent);
    return function(fraction) + function(2.0) * (double)exponent;
}

static bool logarithm(const struct call *call, size_t index, double *result)
{
    const struct value *const argument = &call->arguments[index];
    const struct function *const function = call->function;
    mpz_t view;

    if (argument->kind > VALUE_FLOAT)
        return call_refuse(call, "real numbers", argument);
    if (argument->kind == VALUE_FLOAT) {
        if (argument->number <= 0.0)
            return call_outside(call, function->domain);
        *result = function->real(argument->number);
        return true;
    }
    const mpz_srcptr n = integer_view(view, argument);
    if (mpz_sgn(n) <= 0)
        return call_outside(call, function->domain);
    *result = logarithm_of_integer(n, function->real);
    return true;
}

bool call_logarithm(const struct call *call, struct value *out)
{
    double result = 0.0;

    return logarithm(call, 0, &result) && real_store(call->calc, result, call->place, out);
}

bool call_log(const struct call *call, struct value *out)
{
    double result = 0.0, scale = 0.0;

    if (call->count == 1)
        return call_logarithm(call, out);
    if (!logarithm(call, 0, &result) || !logarithm(call, 1, &scale))
        return false;
    if (scale == 0.0)
        return call_outside(call, "a base other than 1");
    return real_store(call->calc, result / scale, call->place, out);
}
