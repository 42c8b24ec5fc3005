/* Integers: from and to values, and the operators on them. */
#include "integer.h"

#include "real.h"

#include <string.h>

mpz_srcptr integer_view(mpz_t view, const struct value *value)
{
    static const mp_limb_t one = 1;

    if (value->kind == VALUE_BOOL)
        return mpz_roinit_n(view, &one, value->truth);
    /* GMP reads the lowest limb of 0, too. */
    if (value->integer.size == 0)
        return mpz_roinit_n(view, &one, 0);
    return mpz_roinit_n(view, value->integer.limbs, value->integer.size);
}

size_t integer_bits(mpz_srcptr n)
{
    return mpz_sgn(n) == 0 ? 0 : mpz_sizeinbase(n, 2);
}

bool integer_too_large(struct calc *calc, size_t position)
{
    return calc_fail(calc, CALC_LIMIT, position, "an integer of more than %d bits", CALC_MAX_BITS);
}

bool integer_store(struct calc *calc, mpz_srcptr n, struct place place, struct value *out)
{
    const size_t bytes = mpz_size(n) * sizeof(mp_limb_t);

    if (integer_bits(n) > CALC_MAX_BITS)
        return integer_too_large(calc, place.position);
    calc_release(calc, place.mark);
    mp_limb_t *const limbs = calc_alloc(calc, bytes, place.position);
    if (limbs == NULL)
        return false;
    /* n may be a view of an operand, which begins here or behind. */
    if (bytes != 0)
        memmove(limbs, mpz_limbs_read(n), bytes);
    *out = (struct value){
        .kind = VALUE_INT,
        .integer = { .limbs = limbs, .size = mpz_sgn(n) * (int)mpz_size(n) },
    };
    return true;
}

/* --- the operators, each to an mpz_t ------------------------------------------------------------
 */

static bool multiply(struct calc *calc, mpz_ptr result, mpz_srcptr left, mpz_srcptr right,
                     size_t position)
{
    const size_t left_bits = integer_bits(left), right_bits = integer_bits(right);

    if (left_bits != 0 && right_bits != 0 && left_bits + right_bits - 1 > CALC_MAX_BITS)
        return integer_too_large(calc, position);
    if (!calc_work(calc, cost_multiply(left_bits, right_bits), position))
        return false;
    mpz_mul(result, left, right);
    return true;
}

/* What holds of every division: no zero below, and time for it. */
static bool may_divide(struct calc *calc, mpz_srcptr left, mpz_srcptr right, size_t position)
{
    if (mpz_sgn(right) == 0)
        return calc_fail(calc, CALC_VALUE, position, "division by zero");
    return calc_work(calc, cost_divide(integer_bits(left), integer_bits(right)), position);
}

bool integer_divide_floor(struct calc *calc, mpz_ptr quotient, mpz_ptr remainder, mpz_srcptr left,
                          mpz_srcptr right, size_t position)
{
    if (!may_divide(calc, left, right, position))
        return false;
    mpz_fdiv_qr(quotient, remainder, left, right);
    return true;
}

static bool floor_divide(struct calc *calc, mpz_ptr result, mpz_srcptr left, mpz_srcptr right,
                         size_t position)
{
    if (!may_divide(calc, left, right, position))
        return false;
    mpz_fdiv_q(result, left, right);
    return true;
}

static bool modulo(struct calc *calc, mpz_ptr result, mpz_srcptr left, mpz_srcptr right,
                   size_t position)
{
    if (!may_divide(calc, left, right, position))
        return false;
    mpz_fdiv_r(result, left, right);
    return true;
}

static bool shift_left(struct calc *calc, mpz_ptr result, mpz_srcptr left, mpz_srcptr right,
                       size_t position)
{
    if (mpz_sgn(right) < 0)
        return calc_fail(calc, CALC_VALUE, position, "negative shift count");
    if (mpz_sgn(left) == 0)
        return true;
    if (mpz_cmp_ui(right, CALC_MAX_BITS) > 0)
        return integer_too_large(calc, position);
    if (integer_bits(left) + mpz_get_ui(right) > CALC_MAX_BITS)
        return integer_too_large(calc, position);
    mpz_mul_2exp(result, left, mpz_get_ui(right));
    return true;
}

static bool shift_right(struct calc *calc, mpz_ptr result, mpz_srcptr left, mpz_srcptr right,
                        size_t position)
{
    if (mpz_sgn(right) < 0)
        return calc_fail(calc, CALC_VALUE, position, "negative shift count");
    const bool all = mpz_cmp_ui(right, CALC_MAX_BITS) > 0;
    mpz_fdiv_q_2exp(result, left, all ? CALC_MAX_BITS : mpz_get_ui(right));
    return true;
}

/* GMP's own where nothing can go wrong, and linear time. */
static const struct {
    void (*plain)(mpz_ptr, mpz_srcptr, mpz_srcptr);
    bool (*checked)(struct calc *, mpz_ptr, mpz_srcptr, mpz_srcptr, size_t position);
} operations[] = {
    [OP_ADD] = { .plain = mpz_add },
    [OP_SUBTRACT] = { .plain = mpz_sub },
    [OP_MULTIPLY] = { .checked = multiply },
    [OP_FLOOR_DIVIDE] = { .checked = floor_divide },
    [OP_MODULO] = { .checked = modulo },
    [OP_POWER] = { .checked = integer_power },
    [OP_AND] = { .plain = mpz_and },
    [OP_OR] = { .plain = mpz_ior },
    [OP_XOR] = { .plain = mpz_xor },
    [OP_SHIFT_LEFT] = { .checked = shift_left },
    [OP_SHIFT_RIGHT] = { .checked = shift_right },
};

static bool operate(struct calc *calc, enum op op, mpz_ptr result, mpz_srcptr left,
                    mpz_srcptr right, size_t position)
{
    if (operations[op].checked != NULL)
        return operations[op].checked(calc, result, left, right, position);
    operations[op].plain(result, left, right);
    return true;
}

/* --- the operators on values --------------------------------------------------------------------
 */

/* The common case: both fit a word, and so does the result. False: to be done at length. */
static bool small(enum op op, const struct value *left, const struct value *right, long *result)
{
    mpz_t left_view, right_view;
    const mpz_srcptr a = integer_view(left_view, left), b = integer_view(right_view, right);

    if (op > OP_MULTIPLY || !mpz_fits_slong_p(a) || !mpz_fits_slong_p(b))
        return false;
    const long x = mpz_get_si(a), y = mpz_get_si(b);
    if (op == OP_ADD)
        return !__builtin_add_overflow(x, y, result);
    if (op == OP_SUBTRACT)
        return !__builtin_sub_overflow(x, y, result);
    return !__builtin_mul_overflow(x, y, result);
}

static bool store_small(struct calc *calc, long n, struct place place, struct value *out)
{
    const mp_limb_t magnitude = n < 0 ? 0UL - (mp_limb_t)n : (mp_limb_t)n;
    const int sign = (n > 0) - (n < 0);
    mpz_t view;

    return integer_store(calc, mpz_roinit_n(view, &magnitude, sign), place, out);
}

static bool divide(struct calc *calc, const struct value *left, const struct value *right,
                   struct place place, struct value *out)
{
    mpz_t left_view, right_view;
    const mpz_srcptr a = integer_view(left_view, left), b = integer_view(right_view, right);
    double quotient;

    if (mpz_sgn(b) == 0)
        return calc_fail(calc, CALC_VALUE, place.position, "division by zero");
    if (!integer_quotient(calc, a, b, place.position, &quotient))
        return false;
    if (real_is_infinite(quotient))
        return calc_fail(calc, CALC_VALUE, place.position,
                         "integer division result too large for a float");
    return real_store(calc, quotient, place, out);
}

/* Two truths stay a truth under & | and ^. */
static bool combine(enum op op, bool left, bool right, struct value *out)
{
    const bool truth = op == OP_AND ? left && right : op == OP_OR ? left || right : left != right;

    *out = (struct value){ .kind = VALUE_BOOL, .truth = truth };
    return true;
}

bool integer_binary(struct calc *calc, enum op op, const struct value *left,
                    const struct value *right, struct place place, struct value *out)
{
    mpz_t left_view, right_view, result;
    const mpz_srcptr a = integer_view(left_view, left), b = integer_view(right_view, right);
    long word;

    if (small(op, left, right, &word))
        return store_small(calc, word, place, out);
    if (op == OP_DIVIDE)
        return divide(calc, left, right, place, out);
    if (op == OP_POWER && mpz_sgn(b) < 0)
        return real_of_integers(calc, op, a, b, place, out);
    if (op >= OP_AND && op <= OP_XOR && left->kind == VALUE_BOOL && right->kind == VALUE_BOOL)
        return combine(op, left->truth, right->truth, out);
    if (!calc_work(calc, 50 + mpz_size(a) + mpz_size(b), place.position))
        return false;
    mpz_init(result);
    const bool done =
        operate(calc, op, result, a, b, place.position) && integer_store(calc, result, place, out);
    mpz_clear(result);
    return done;
}

bool integer_unary(struct calc *calc, enum op op, const struct value *operand, struct place place,
                   struct value *out)
{
    mpz_t view, result;
    const mpz_srcptr n = integer_view(view, operand);

    if (op == OP_PLUS)
        return integer_store(calc, n, place, out);
    if (!calc_work(calc, 50 + mpz_size(n), place.position))
        return false;
    mpz_init(result);
    if (op == OP_MINUS)
        mpz_neg(result, n);
    else
        mpz_com(result, n);
    const bool done = integer_store(calc, result, place, out);
    mpz_clear(result);
    return done;
}
