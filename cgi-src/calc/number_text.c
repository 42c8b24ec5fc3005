/* Numbers from text. The form was checked by the lexer. */
#include "integer.h"
#include "real.h"

#include <ctype.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* Beyond it every float is 0 or infinite, whatever the digits of an expression. */
    EXPONENT_LIMIT = 100 * 1000,
    /* A power of ten up to here is a float without rounding, and so is an integer of DBL_DIG
     * digits: one product or quotient of the two is rounded once. */
    EXACT_POWER = 22,
    /* Of digits; the conversion is quadratic where there are few. */
    NANOSECONDS_A_DIGIT = 20,
};

static int base_of(const char *text, size_t length)
{
    if (length < 2 || text[0] != '0')
        return 10;
    switch (text[1]) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 10;
    }
}

static bool too_long(struct calc *calc, size_t length, size_t position)
{
    if (length > CALC_MAX_BYTES)
        return !calc_fail(calc, CALC_LIMIT, position, "a number of more than %d characters",
                          CALC_MAX_BYTES);
    return !calc_work(calc, 100 + NANOSECONDS_A_DIGIT * length, position);
}

bool number_parse_integer(struct calc *calc, const char *text, size_t length, size_t position,
                          struct value *out)
{
    char digits[CALC_MAX_BYTES + 1];
    size_t count = 0;
    mpz_t n;

    if (too_long(calc, length, position))
        return false;
    const int base = base_of(text, length);
    for (size_t i = base == 10 ? 0 : 2; i < length; i++)
        if (text[i] != '_')
            digits[count++] = text[i];
    digits[count] = '\0';
    const bool valid = mpz_init_set_str(n, digits, base) == 0;
    const struct place place = { .position = position, .mark = calc_mark(calc) };
    const bool stored = valid ? integer_store(calc, n, place, out)
                              : calc_fail(calc, CALC_SYNTAX, position, "not a number");
    mpz_clear(n);
    return stored;
}

/* --- floats -------------------------------------------------------------------------------------
 */

struct decimal {
    char digits[CALC_MAX_BYTES + 32]; /* room for the exponent, too */
    size_t count;
    long exponent;
};

/* The digits before and after the point, and how many there are after it. Returns what follows. */
static size_t read_digits(const char *text, size_t length, struct decimal *decimal)
{
    bool point = false;
    size_t at;

    for (at = 0; at < length; at++) {
        if (text[at] == '.')
            point = true;
        else if (isdigit((unsigned char)text[at])) {
            decimal->digits[decimal->count++] = text[at];
            decimal->exponent -= point;
        } else if (text[at] != '_')
            break;
    }
    return at;
}

static long read_exponent(const char *text, size_t length)
{
    long exponent = 0;
    bool negative = false;

    if (length == 0 || (text[0] != 'e' && text[0] != 'E'))
        return 0;
    for (size_t at = 1; at < length; at++) {
        if (text[at] == '-')
            negative = true;
        else if (isdigit((unsigned char)text[at]) && exponent < EXPONENT_LIMIT)
            exponent = 10 * exponent + (text[at] - '0');
    }
    return negative ? -exponent : exponent;
}

/* Correctly rounded. */
static double convert(struct decimal *decimal)
{
    static const double powers[EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    double whole = 0.0;

    if (decimal->count > DBL_DIG || labs(decimal->exponent) > EXACT_POWER) {
        /* Without a point there is nothing in it that depends on the locale. */
        snprintf(decimal->digits + decimal->count, sizeof(decimal->digits) - decimal->count, "e%ld",
                 decimal->exponent);
        return strtod(decimal->digits, NULL);
    }
    for (size_t i = 0; i < decimal->count; i++)
        whole = 10.0 * whole + (decimal->digits[i] - '0');
    return decimal->exponent < 0 ? whole / powers[-decimal->exponent]
                                 : whole * powers[decimal->exponent];
}

bool number_parse_float(struct calc *calc, const char *text, size_t length, bool imaginary,
                        size_t position, struct value *out)
{
    struct decimal decimal;

    if (too_long(calc, length, position))
        return false;
    decimal.count = 0;
    decimal.exponent = 0;
    const size_t end = read_digits(text, length, &decimal);
    decimal.exponent += read_exponent(text + end, length - end);
    const double x = convert(&decimal);
    *out = imaginary ? (struct value){ .kind = VALUE_COMPLEX, .complex = { .imaginary = x } }
                     : (struct value){ .kind = VALUE_FLOAT, .number = x };
    return true;
}
