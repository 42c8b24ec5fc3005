/* Functions of Python's math module on integers. */
#include "functions.h"

#include "integer.h"
#include "real.h"

/* Takes what was computed, and the mpz_t with it. */
static bool finish(const struct call *call, bool done, mpz_t result, struct value *out)
{
    done = done && integer_store(call->calc, result, call->place, out);
    mpz_clear(result);
    return done;
}

/* --- products: estimated first ------------------------------------------------------------------
 */

enum {
    /* Above, logarithms of gamma functions cancel each other out to less than a bit; but there n
     * is so large that the factors of a product that is not too large are all alike. */
    LOG_GAMMA_BITS = 40,
    /* Estimates may be so far off; what was computed is measured again. */
    TOLERANCE = 8,
};

static double log2_factorial(double n)
{
    int sign;

    return lgamma_r(n + 1.0, &sign) / M_LN2;
}

/* The logarithm of n * (n - 1) * ..., k factors, for 0 <= k <= n. */
static double log2_falling(mpz_srcptr n, mpz_srcptr k)
{
    long scale;

    if (integer_bits(n) <= LOG_GAMMA_BITS)
        return log2_factorial(mpz_get_d(n)) - log2_factorial(mpz_get_d(n) - mpz_get_d(k));
    const double fraction = mpz_get_d_2exp(&scale, n);
    return mpz_get_d(k) * (log2(fraction) + (double)scale);
}

/*
 * Whether what has so many bits may be computed, by way of a product of so many factors with
 * product_bits. One of many factors is over 2**factors: for them the estimate need not be right.
 */
static bool fits(const struct call *call, double bits, double product_bits, mpz_srcptr factors)
{
    if (mpz_cmp_ui(factors, CALC_MAX_BITS) > 0 || bits > CALC_MAX_BITS + TOLERANCE)
        return integer_too_large(call->calc, call->place.position);
    return calc_work(call->calc, cost_product((size_t)fabs(product_bits), mpz_get_ui(factors)),
                     call->place.position);
}

static bool factorial(const struct call *call, mpz_srcptr n, struct value *out)
{
    const double bits = log2_falling(n, n);
    mpz_t result;

    if (!fits(call, bits, bits, n))
        return false;
    mpz_init(result);
    mpz_fac_ui(result, mpz_get_ui(n));
    return finish(call, true, result, out);
}

bool call_factorial(const struct call *call, struct value *out)
{
    mpz_t view;
    mpz_srcptr n;

    if (!call_integer(call, 0, view, &n))
        return false;
    return mpz_sgn(n) < 0 ? call_outside(call, "integers from 0 up") : factorial(call, n, out);
}

/* (n - first) * (n - first - 1) * ..., in halves so that the large products are few. */
static void falling(mpz_ptr result, mpz_srcptr n, unsigned long first, unsigned long count)
{
    mpz_t half;

    if (count == 1) {
        mpz_sub_ui(result, n, first);
        return;
    }
    mpz_init(half);
    falling(result, n, first, count / 2);
    falling(half, n, first + count / 2, count - count / 2);
    mpz_mul(result, result, half);
    mpz_clear(half);
}

static bool chosen(const struct call *call, mpz_t views[2], mpz_srcptr *n, mpz_srcptr *k)
{
    if (!call_integer(call, 0, views[0], n) || !call_integer(call, 1, views[1], k))
        return false;
    return (mpz_sgn(*n) >= 0 && mpz_sgn(*k) >= 0) || call_outside(call, "integers from 0 up");
}

bool call_perm(const struct call *call, struct value *out)
{
    mpz_t views[2], result;
    mpz_srcptr n = NULL, k = NULL;

    if (call_omits(call, 1))
        return call_factorial(call, out);
    if (!chosen(call, views, &n, &k))
        return false;
    mpz_init_set_ui(result, mpz_sgn(k) == 0);
    if (mpz_cmp(k, n) > 0 || mpz_sgn(k) == 0)
        return finish(call, true, result, out);
    const double bits = log2_falling(n, k);
    const bool done = fits(call, bits, bits, k);
    if (done)
        falling(result, n, 0, mpz_get_ui(k));
    return finish(call, done, result, out);
}

/*
 * For k up to n / 2. GMP's own takes primes where k is a good part of n, and is quadratic where it
 * is not.
 */
static bool binomial(const struct call *call, mpz_ptr result, mpz_srcptr n, mpz_srcptr k)
{
    const double product_bits = log2_falling(n, k);
    const double bits = product_bits - log2_factorial(mpz_get_d(k));
    const unsigned long count = mpz_get_ui(k);
    const bool by_primes = mpz_fits_ulong_p(n) && mpz_get_ui(n) / 16 < count;
    mpz_t orders;

    if (!fits(call, bits, by_primes ? bits : product_bits, k))
        return false;
    if (by_primes || count == 0) {
        mpz_bin_uiui(result, mpz_get_ui(n), count);
        return true;
    }
    mpz_init(orders);
    mpz_fac_ui(orders, count);
    falling(result, n, 0, count);
    mpz_divexact(result, result, orders);
    mpz_clear(orders);
    return true;
}

bool call_comb(const struct call *call, struct value *out)
{
    mpz_t views[2], result, other;
    mpz_srcptr n = NULL, k = NULL;

    if (!chosen(call, views, &n, &k))
        return false;
    mpz_inits(result, other, NULL);
    mpz_sub(other, n, k);
    const bool done =
        mpz_sgn(other) < 0 || binomial(call, result, n, mpz_cmp(other, k) < 0 ? other : k);
    mpz_clear(other);
    return finish(call, done, result, out);
}

/* --- divisors and roots -------------------------------------------------------------------------
 */

bool call_isqrt(const struct call *call, struct value *out)
{
    mpz_t view, result;
    mpz_srcptr n;

    if (!call_integer(call, 0, view, &n))
        return false;
    if (mpz_sgn(n) < 0)
        return call_outside(call, "integers from 0 up");
    if (!calc_work(call->calc, cost_root(integer_bits(n)), call->place.position))
        return false;
    mpz_init(result);
    mpz_sqrt(result, n);
    return finish(call, true, result, out);
}

static bool gcd(const struct call *call, mpz_ptr result, mpz_srcptr n)
{
    if (!calc_work(call->calc, cost_gcd(integer_bits(result), integer_bits(n)),
                   call->place.position))
        return false;
    mpz_gcd(result, result, n);
    return true;
}

static bool lcm(const struct call *call, mpz_ptr result, mpz_srcptr n)
{
    const size_t position = call->place.position;
    const size_t bits = integer_bits(n);
    mpz_t divisor;

    if (mpz_sgn(result) == 0 || bits == 0) {
        mpz_set_ui(result, 0);
        return true;
    }
    mpz_init_set(divisor, result);
    bool done = gcd(call, divisor, n) &&
                calc_work(call->calc, 2 * cost_multiply(integer_bits(result), bits), position);
    if (done) {
        mpz_divexact(result, result, divisor);
        done = integer_bits(result) + bits - 1 <= CALC_MAX_BITS ||
               integer_too_large(call->calc, position);
    }
    if (done) {
        mpz_mul(result, result, n);
        mpz_abs(result, result);
    }
    mpz_clear(divisor);
    return done;
}

/* Over all arguments. */
static bool fold(const struct call *call, bool (*step)(const struct call *, mpz_ptr, mpz_srcptr),
                 unsigned long start, struct value *out)
{
    mpz_t view, result;
    mpz_srcptr n;
    bool done = true;

    mpz_init_set_ui(result, start);
    for (size_t i = 0; done && i < call->count; i++)
        done = call_integer(call, i, view, &n) && step(call, result, n);
    return finish(call, done, result, out);
}

bool call_gcd(const struct call *call, struct value *out)
{
    return fold(call, gcd, 0, out);
}

bool call_lcm(const struct call *call, struct value *out)
{
    return fold(call, lcm, 1, out);
}
