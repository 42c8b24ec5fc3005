/* Python's repr of numbers. */
#include "integer.h"
#include "real.h"

#include <ctype.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_DIGITS = DBL_DIG,        /* so many always survive the way to a float and back */
    MOST_DIGITS = DBL_DECIMAL_DIG, /* so many always make the way from a float and back */
    LOWEST_POINT = -3,             /* 0.0001 */
    HIGHEST_POINT = 16,            /* 9999999999999998.0 */
    NANOSECONDS_A_FLOAT = 4000,
};

static const double exact_limit = 1e15; /* from here on there are more than EXACT_DIGITS */
/* From here on, EXACT_DIGITS digits end within 22 places; 10**22 is a float without rounding. */
static const double short_lowest = 1e-7;

/* 0.DIGITS * 10**point */
struct decimal {
    char digits[MOST_DIGITS + 1];
    int count;
    int point;
};

/* `text` is where to write next, and the new place is returned. */
static char *put(char *text, const char *what, size_t length)
{
    memcpy(text, what, length);
    return text + length;
}

static char *put_zeros(char *text, int count)
{
    memset(text, '0', (size_t)count);
    return text + count;
}

/* --- the shortest digits ------------------------------------------------------------------------
 */

/* The `count` digits nearest to x, from the one notation whatever the locale's point is. */
static void nearest(double x, int count, struct decimal *decimal)
{
    char text[MOST_DIGITS + 32];
    const char *at = text;

    snprintf(text, sizeof(text), "%.*e", count - 1, x);
    decimal->count = 0;
    for (; *at != 'e'; at++)
        if (isdigit((unsigned char)*at))
            decimal->digits[decimal->count++] = *at;
    decimal->digits[decimal->count] = '\0';
    int exponent = 0;
    for (const char *digit = at + 2; *digit != '\0'; digit++)
        exponent = 10 * exponent + (*digit - '0');
    decimal->point = (at[1] == '-' ? -exponent : exponent) + 1;
}

/* One more in the last digit. */
static void increment(struct decimal *decimal)
{
    int at = decimal->count - 1;

    for (; at >= 0 && decimal->digits[at] == '9'; at--)
        decimal->digits[at] = '0';
    if (at >= 0) {
        decimal->digits[at]++;
        return;
    }
    decimal->digits[0] = '1';
    decimal->point++;
}

static bool reads_back(const struct decimal *decimal, double x)
{
    char text[MOST_DIGITS + 32];

    snprintf(text, sizeof(text), "%se%d", decimal->digits, decimal->point - decimal->count);
    return strtod(text, NULL) == x;
}

/*
 * The usual numbers: x is n / 10**k for the smallest possible k, with n of at most EXACT_DIGITS
 * digits. Both are floats without rounding, so that the quotient is what n's digits read as.
 */
static bool short_decimal(double x, struct decimal *decimal)
{
    double power = 1.0, whole = rint(x);
    int places = 0;

    for (; whole < exact_limit && whole / power != x; places++) {
        power *= 10.0;
        whole = rint(x * power);
    }
    if (whole >= exact_limit)
        return false;
    decimal->count = snprintf(decimal->digits, sizeof(decimal->digits), "%ld", (long)whole);
    decimal->point = decimal->count - places;
    return true;
}

/*
 * The fewest digits that read back, and of those the nearest. Above a power of two floats are
 * twice as far apart as below: there the digits next above x may read back where the nearest,
 * below it, don't.
 */
static void shortest(double x, struct decimal *decimal)
{
    int exponent;
    const bool power_of_two = frexp(x, &exponent) == 0.5;
    int count = x < DBL_MIN ? 1 : EXACT_DIGITS;

    if (x >= short_lowest && x < exact_limit) {
        if (short_decimal(x, decimal))
            return;
        count = EXACT_DIGITS + 1;
    }
    for (;; count++) {
        nearest(x, count, decimal);
        if (count == MOST_DIGITS || reads_back(decimal, x))
            break;
        if (!power_of_two)
            continue;
        increment(decimal);
        if (reads_back(decimal, x))
            break;
    }
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
}

/* --- layout -------------------------------------------------------------------------------------
 */

static char *put_scientific(char *text, const struct decimal *decimal)
{
    char exponent[16];

    *text++ = decimal->digits[0];
    if (decimal->count > 1) {
        *text++ = '.';
        text = put(text, decimal->digits + 1, (size_t)decimal->count - 1);
    }
    const int length = snprintf(exponent, sizeof(exponent), "e%+03d", decimal->point - 1);
    return put(text, exponent, (size_t)length);
}

static char *put_positional(char *text, const struct decimal *decimal)
{
    const int whole = decimal->point < decimal->count ? decimal->point : decimal->count;

    if (decimal->point <= 0) {
        text = put(text, "0.", 2);
        text = put_zeros(text, -decimal->point);
        return put(text, decimal->digits, (size_t)decimal->count);
    }
    text = put(text, decimal->digits, (size_t)whole);
    text = put_zeros(text, decimal->point - whole);
    if (whole == decimal->count)
        return text;
    *text++ = '.';
    return put(text, decimal->digits + whole, (size_t)(decimal->count - whole));
}

/* A float that is whole gets its ".0" only when it stands alone, not in a complex number. */
static char *put_real(char *text, double x, bool alone)
{
    struct decimal decimal = { .digits = "0", .count = 1, .point = 1 };

    if (isnan(x))
        return put(text, "nan", 3);
    if (signbit(x))
        *text++ = '-';
    if (real_is_infinite(x))
        return put(text, "inf", 3);
    if (x != 0.0)
        shortest(fabs(x), &decimal);
    if (decimal.point < LOWEST_POINT || decimal.point > HIGHEST_POINT)
        return put_scientific(text, &decimal);
    text = put_positional(text, &decimal);
    return alone && decimal.count <= decimal.point ? put(text, ".0", 2) : text;
}

static char *put_complex(char *text, double real, double imaginary)
{
    const bool both = real != 0.0 || signbit(real);

    if (both) {
        *text++ = '(';
        text = put_real(text, real, false);
        if (isnan(imaginary) || !signbit(imaginary))
            *text++ = '+';
    }
    text = put_real(text, imaginary, false);
    *text++ = 'j';
    if (both)
        *text++ = ')';
    return text;
}

/* One of a word, without GMP's preparations for more. Returns the length. */
static size_t put_word(mpz_srcptr n, char *out)
{
    char digits[sizeof("-18446744073709551615")];
    size_t at = sizeof(digits);
    mp_limb_t word = mpz_getlimbn(n, 0);

    digits[--at] = '\0';
    do
        digits[--at] = (char)('0' + word % 10);
    while ((word /= 10) > 0);
    if (mpz_sgn(n) < 0)
        digits[--at] = '-';
    memcpy(out, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at - 1;
}

static bool put_integer(struct calc *calc, mpz_srcptr n, size_t position, char *out, size_t *length)
{
    /* mpz_sizeinbase may be one too many */
    const bool is_long = mpz_size(n) > 1 && mpz_sizeinbase(n, 10) > CALC_MAX_DIGITS + (size_t)1;

    if (!is_long && !calc_work(calc, cost_decimal(integer_bits(n)), position))
        return false;
    if (mpz_size(n) <= 1) {
        *length = put_word(n, out);
        return true;
    }
    if (!is_long) {
        mpz_get_str(out, 10, n);
        *length = strlen(out);
    }
    if (is_long || *length - (mpz_sgn(n) < 0) > CALC_MAX_DIGITS)
        return calc_fail(calc, CALC_LIMIT, position, "an integer of more than %d digits",
                         CALC_MAX_DIGITS);
    return true;
}

bool number_format(struct calc *calc, const struct value *value, size_t position, char *out,
                   size_t *length)
{
    mpz_t view;

    if (value->kind == VALUE_INT)
        return put_integer(calc, integer_view(view, value), position, out, length);
    if (value->kind == VALUE_BOOL) {
        *length = (size_t)(put(out, value->truth ? "True" : "False", 5 - value->truth) - out);
        return true;
    }
    if (!calc_work(calc, NANOSECONDS_A_FLOAT, position))
        return false;
    const char *const end = value->kind == VALUE_FLOAT
                                ? put_real(out, value->number, true)
                                : put_complex(out, value->complex.real, value->complex.imaginary);
    *length = (size_t)(end - out);
    return true;
}
