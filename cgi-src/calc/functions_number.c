/* Python's built-in functions on numbers. */
#include "complex.h"
#include "functions.h"
#include "integer.h"
#include "number_order.h"
#include "real.h"

#include <string.h>

bool call_abs(const struct call *call, struct value *out)
{
    const struct value *const x = &call->arguments[0];
    mpz_t view, magnitude;

    if (!is_number(x))
        return call_refuse(call, "numbers", x);
    if (x->kind == VALUE_FLOAT)
        return real_store(call->calc, fabs(x->number), call->place, out);
    if (x->kind == VALUE_COMPLEX) {
        const struct complex_number z = { .real = x->complex.real,
                                          .imaginary = x->complex.imaginary };
        return complex_magnitude(call->calc, z, call->place, out);
    }
    const mpz_srcptr n = integer_view(view, x);
    const mp_size_t size = (mp_size_t)mpz_size(n);
    return integer_store(call->calc, mpz_roinit_n(magnitude, mpz_limbs_read(n), size), call->place,
                         out);
}

/* --- divmod -------------------------------------------------------------------------------------
 */

/* The pair at the mark, and behind it what its items need. */
static struct value *pair_begin(const struct call *call, struct place *behind, struct value *out)
{
    calc_release(call->calc, call->place.mark);
    struct value *const items =
        calc_alloc(call->calc, 2 * sizeof(struct value), call->place.position);
    *behind = (struct place){ .position = call->place.position, .mark = calc_mark(call->calc) };
    *out = (struct value){ .kind = VALUE_TUPLE, .sequence = { .items = items, .count = 2 } };
    return items;
}

static bool pair_of_integers(const struct call *call, mpz_srcptr quotient, mpz_srcptr remainder,
                             struct value *out)
{
    struct place place;
    struct value *const items = pair_begin(call, &place, out);

    if (items == NULL || !integer_store(call->calc, quotient, place, &items[0]))
        return false;
    place.mark = calc_mark(call->calc);
    return integer_store(call->calc, remainder, place, &items[1]);
}

static bool divmod_integer(const struct call *call, struct value *out)
{
    mpz_t left, right, quotient, remainder;
    const mpz_srcptr a = integer_view(left, &call->arguments[0]);
    const mpz_srcptr b = integer_view(right, &call->arguments[1]);

    mpz_inits(quotient, remainder, NULL);
    const bool done =
        integer_divide_floor(call->calc, quotient, remainder, a, b, call->place.position) &&
        pair_of_integers(call, quotient, remainder, out);
    mpz_clears(quotient, remainder, NULL);
    return done;
}

static bool divmod_real(const struct call *call, struct value *out)
{
    double left, right, remainder;
    struct place place;

    if (!call_real(call, 0, &left) || !call_real(call, 1, &right))
        return false;
    if (right == 0.0)
        return calc_fail(call->calc, CALC_VALUE, call->place.position, "division by zero");
    const double quotient = real_divide_floor(left, right, &remainder);
    struct value *const items = pair_begin(call, &place, out);
    return items != NULL && real_store(call->calc, quotient, place, &items[0]) &&
           real_store(call->calc, remainder, place, &items[1]);
}

bool call_divmod(const struct call *call, struct value *out)
{
    if (is_integer(&call->arguments[0]) && is_integer(&call->arguments[1]))
        return divmod_integer(call, out);
    return divmod_real(call, out);
}

/* --- conversion ---------------------------------------------------------------------------------
 */

bool call_float(const struct call *call, struct value *out)
{
    double x = 0.0;

    if (call->count == 0)
        return real_store(call->calc, x, call->place, out);
    if (call->arguments[0].kind == VALUE_FLOAT)
        return call_return(call, &call->arguments[0], out);
    return call_real(call, 0, &x) && real_store(call->calc, x, call->place, out);
}

bool call_int(const struct call *call, struct value *out)
{
    static const struct value zero = { .kind = VALUE_BOOL };

    if (call->count == 0)
        return integer_unary(call->calc, OP_PLUS, &zero, call->place, out);
    return call_to_integer(call, out);
}

bool call_pow(const struct call *call, struct value *out)
{
    const struct value *const arguments = call->arguments;
    mpz_t views[3], power;
    mpz_srcptr n[3];

    if (call_omits(call, 2))
        return number_binary(call->calc, OP_POWER, &arguments[0], &arguments[1], call->place, out);
    for (size_t i = 0; i < 3; i++) {
        if (!is_integer(&arguments[i]))
            return call_refuse(call, "a modulus with integers only", &arguments[i]);
        n[i] = integer_view(views[i], &arguments[i]);
    }
    mpz_init(power);
    const bool done =
        integer_power_modulo(call->calc, power, n[0], n[1], n[2], call->place.position) &&
        integer_store(call->calc, power, call->place, out);
    mpz_clear(power);
    return done;
}

/* --- round --------------------------------------------------------------------------------------
 */

static bool round_integer(const struct call *call, mpz_srcptr digits, struct value *out)
{
    mpz_t view, magnitude, rounded;
    const mpz_srcptr n = integer_view(view, &call->arguments[0]);

    if (mpz_sgn(digits) >= 0)
        return integer_store(call->calc, n, call->place, out);
    mpz_roinit_n(magnitude, mpz_limbs_read(digits), (mp_size_t)mpz_size(digits));
    mpz_init(rounded);
    const bool done = integer_round(call->calc, rounded, n, magnitude, call->place.position) &&
                      integer_store(call->calc, rounded, call->place, out);
    mpz_clear(rounded);
    return done;
}

static bool round_real(const struct call *call, mpz_srcptr digits, struct value *out)
{
    enum { NANOSECONDS = 10 * 1000, FAR = 1000 };
    const double x = call->arguments[0].number;
    const long far = mpz_sgn(digits) * FAR;
    const double rounded = real_round(x, mpz_cmpabs_ui(digits, FAR) > 0 ? far : mpz_get_si(digits));

    if (!calc_work(call->calc, NANOSECONDS, call->place.position))
        return false;
    if (real_is_infinite(rounded) && !real_is_infinite(x))
        return calc_fail(call->calc, CALC_VALUE, call->place.position,
                         "the rounded value is too large for a float");
    return real_store(call->calc, rounded, call->place, out);
}

bool call_round(const struct call *call, struct value *out)
{
    const struct value *const x = &call->arguments[0];
    mpz_t view;
    mpz_srcptr digits;

    if (x->kind > VALUE_FLOAT)
        return call_refuse(call, "real numbers", x);
    if (call_omits(call, 1)) {
        if (is_integer(x))
            return integer_unary(call->calc, OP_PLUS, x, call->place, out);
        return real_to_integer(call->calc, rint(x->number), call->place, out);
    }
    if (!is_integer(&call->arguments[1]))
        return call_refuse(call, "a whole number of digits", &call->arguments[1]);
    digits = integer_view(view, &call->arguments[1]);
    return is_integer(x) ? round_integer(call, digits, out) : round_real(call, digits, out);
}

/* --- of many numbers ----------------------------------------------------------------------------
 */

static bool is_sequence(const struct value *value)
{
    return value->kind == VALUE_TUPLE || value->kind == VALUE_LIST;
}

/* The first of those that none exceeds. */
static bool choose(const struct call *call, enum op op, struct value *out)
{
    const struct value *items = call->arguments;
    size_t count = call->count;

    if (count == 1) {
        if (!is_sequence(items))
            return call_refuse(call, "several numbers, or one list or tuple", items);
        count = items->sequence.count;
        items = items->sequence.items;
    }
    if (count == 0)
        return call_outside(call, "at least one number");
    const struct value *best = &items[0];
    for (size_t i = 0; i < count; i++) {
        if (!is_number(&items[i]))
            return call_refuse(call, "numbers", &items[i]);
        if (count > 1 && items[i].kind == VALUE_COMPLEX)
            return call_refuse(call, "real numbers", &items[i]);
        if (!calc_work(call->calc, 100, call->place.position))
            return false;
        if (i > 0 && number_compare(op, &items[i], best))
            best = &items[i];
    }
    return call_return(call, best, out);
}

bool call_max(const struct call *call, struct value *out)
{
    return choose(call, OP_GREATER, out);
}

bool call_min(const struct call *call, struct value *out)
{
    return choose(call, OP_LESS, out);
}

bool call_sum(const struct call *call, struct value *out)
{
    const struct value *const numbers = &call->arguments[0];
    struct value total = { .kind = VALUE_INT };

    if (!is_sequence(numbers))
        return call_refuse(call, "one list or tuple", numbers);
    if (call->count == 2) {
        total = call->arguments[1];
        if (!is_number(&total))
            return call_refuse(call, "numbers", &total);
    }
    /* Above the arguments, which are still needed. */
    const struct place place = { .position = call->place.position, .mark = calc_mark(call->calc) };
    for (size_t i = 0; i < numbers->sequence.count; i++) {
        const struct value *const number = &numbers->sequence.items[i];
        if (!is_number(number))
            return call_refuse(call, "numbers", number);
        if (!calc_work(call->calc, 100, call->place.position) ||
            !number_binary(call->calc, OP_ADD, &total, number, place, &total))
            return false;
    }
    return call_return(call, &total, out);
}
