/* The functions and constants that there are, and calling them. */
#include "functions.h"

#include "integer.h"
#include "real.h"

#include <stdlib.h>
#include <string.h>

static const char angle[] = "finite numbers";
static const char unit[] = "numbers from -1 to 1";
static const char positive[] = "numbers above 0";

/* In the order of strcmp. */
static const struct function functions[] = {
    { "abs", 1, 1, call_abs, NULL, NULL },
    { "acos", 1, 1, call_real_function, acos, unit },
    { "acosh", 1, 1, call_real_function, acosh, "numbers from 1 up" },
    { "asin", 1, 1, call_real_function, asin, unit },
    { "asinh", 1, 1, call_real_function, asinh, NULL },
    { "atan", 1, 1, call_real_function, atan, NULL },
    { "atan2", 2, 2, call_atan2, NULL, NULL },
    { "atanh", 1, 1, call_real_function, atanh, "numbers between -1 and 1" },
    { "ceil", 1, 1, call_to_integer, ceil, NULL },
    { "comb", 2, 2, call_comb, NULL, NULL },
    { "copysign", 2, 2, call_copysign, NULL, NULL },
    { "cos", 1, 1, call_real_function, cos, angle },
    { "cosh", 1, 1, call_real_function, cosh, NULL },
    { "degrees", 1, 1, call_real_function, real_degrees, NULL },
    { "divmod", 2, 2, call_divmod, NULL, NULL },
    { "exp", 1, 1, call_real_function, exp, NULL },
    { "expm1", 1, 1, call_real_function, expm1, NULL },
    { "fabs", 1, 1, call_real_function, fabs, NULL },
    { "factorial", 1, 1, call_factorial, NULL, NULL },
    { "float", 0, 1, call_float, NULL, NULL },
    { "floor", 1, 1, call_to_integer, floor, NULL },
    { "fmod", 2, 2, call_fmod, NULL, NULL },
    { "gcd", 0, ANY_COUNT, call_gcd, NULL, NULL },
    { "int", 0, 1, call_int, trunc, NULL },
    { "isqrt", 1, 1, call_isqrt, NULL, NULL },
    { "lcm", 0, ANY_COUNT, call_lcm, NULL, NULL },
    { "log", 1, 2, call_log, log, positive },
    { "log10", 1, 1, call_logarithm, log10, positive },
    { "log1p", 1, 1, call_real_function, log1p, "numbers above -1" },
    { "log2", 1, 1, call_logarithm, log2, positive },
    { "max", 1, ANY_COUNT, call_max, NULL, NULL },
    { "min", 1, ANY_COUNT, call_min, NULL, NULL },
    { "perm", 1, 2, call_perm, NULL, NULL },
    { "pow", 2, 3, call_pow, NULL, NULL },
    { "radians", 1, 1, call_real_function, real_radians, NULL },
    { "remainder", 2, 2, call_remainder, NULL, NULL },
    { "round", 1, 2, call_round, NULL, NULL },
    { "sin", 1, 1, call_real_function, sin, angle },
    { "sinh", 1, 1, call_real_function, sinh, NULL },
    { "sqrt", 1, 1, call_real_function, sqrt, "numbers from 0 up" },
    { "sum", 1, 2, call_sum, NULL, NULL },
    { "tan", 1, 1, call_real_function, tan, angle },
    { "tanh", 1, 1, call_real_function, tanh, NULL },
    { "trunc", 1, 1, call_to_integer, trunc, NULL },
};

struct name {
    const char *text;
    size_t length;
};

static int compare_name(const void *key, const void *element)
{
    const struct name *const name = key;
    const struct function *const function = element;
    const size_t length = strlen(function->name);
    const size_t shorter = name->length < length ? name->length : length;
    const int order = memcmp(name->text, function->name, shorter);

    return order != 0 ? order : (name->length > length) - (name->length < length);
}

const struct function *function_find(const char *name, size_t length)
{
    const struct name key = { .text = name, .length = length };

    return bsearch(&key, functions, sizeof(functions) / sizeof(functions[0]), sizeof(functions[0]),
                   compare_name);
}

bool constant_find(const char *name, size_t length, struct value *out)
{
    static const struct {
        const char *name;
        double number;
    } constants[] = {
        { "pi", M_PI }, { "e", M_E }, { "tau", 2.0 * M_PI }, { "inf", INFINITY }, { "nan", NAN },
    };

    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        if (strlen(constants[i].name) != length || memcmp(constants[i].name, name, length) != 0)
            continue;
        *out = (struct value){ .kind = VALUE_FLOAT, .number = constants[i].number };
        return true;
    }
    return false;
}

/* --- calling ------------------------------------------------------------------------------------
 */

static bool refuse_count(struct calc *calc, const struct function *function, size_t count,
                         size_t position)
{
    const char *const name = function->name;
    const int least = function->least, most = function->most;

    if (most == ANY_COUNT)
        return calc_fail(calc, CALC_VALUE, position, "%s takes at least %d argument%s", name, least,
                         least == 1 ? "" : "s");
    if (least == most)
        return calc_fail(calc, CALC_VALUE, position, "%s takes %d argument%s, not %zu", name, most,
                         most == 1 ? "" : "s", count);
    return calc_fail(calc, CALC_VALUE, position, "%s takes %d or %d arguments, not %zu", name,
                     least, most, count);
}

bool function_call(struct calc *calc, const struct function *function,
                   const struct value *arguments, size_t count, struct place place,
                   struct value *out)
{
    const struct call call = {
        .calc = calc,
        .function = function,
        .arguments = arguments,
        .count = count,
        .place = place,
    };

    if (count < function->least || (count > function->most && function->most != ANY_COUNT))
        return refuse_count(calc, function, count, place.position);
    return calc_work(calc, 100 + 10 * count, place.position) && function->call(&call, out);
}

/* --- what the functions share -------------------------------------------------------------------
 */

bool call_refuse(const struct call *call, const char *what, const struct value *argument)
{
    return calc_fail(call->calc, CALC_VALUE, call->place.position, "%s takes %s, not %s",
                     call->function->name, what, value_type_name(argument));
}

bool call_outside(const struct call *call, const char *what)
{
    return calc_fail(call->calc, CALC_VALUE, call->place.position, "%s takes %s",
                     call->function->name, what);
}

bool call_omits(const struct call *call, size_t index)
{
    return index >= call->count || call->arguments[index].kind == VALUE_NONE;
}

bool call_integer(const struct call *call, size_t index, mpz_t view, mpz_srcptr *n)
{
    const struct value *const argument = &call->arguments[index];

    if (!is_integer(argument))
        return call_refuse(call, "integers", argument);
    *n = integer_view(view, argument);
    return true;
}

bool call_real(const struct call *call, size_t index, double *x)
{
    const struct value *const argument = &call->arguments[index];

    if (argument->kind > VALUE_FLOAT)
        return call_refuse(call, "real numbers", argument);
    return real_of(call->calc, argument, call->place.position, x);
}

bool call_return(const struct call *call, const struct value *value, struct value *out)
{
    mpz_t view;

    if (value->kind == VALUE_INT)
        return integer_store(call->calc, integer_view(view, value), call->place, out);
    *out = *value;
    calc_release(call->calc, call->place.mark);
    return true;
}
