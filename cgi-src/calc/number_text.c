/* Numbers from text. The form was checked by the lexer. */
#include "integer.h"
#include "real.h"

#include <ctype.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* So many digits of any base fit a word. */
    WORD_DIGITS = 15,
    SHORT_LENGTH = 128,
    /* Beyond it every float is 0 or infinite, whatever the digits of an expression. */
    EXPONENT_LIMIT = 100 * 1000,
    /* A power of ten up to here is a float without rounding, and so is an integer of DBL_DIG
     * digits: one product or quotient of the two is rounded once. */
    EXACT_POWER = 22,
    /* Of digits; the conversion is quadratic where there are few. */
    NANOSECONDS_A_DIGIT = 20,
};

static bool affords(struct calc *calc, size_t length, size_t position)
{
    if (length > CALC_MAX_BYTES)
        return calc_fail(calc, CALC_LIMIT, position, "a number of more than %d characters",
                         CALC_MAX_BYTES);
    return calc_work(calc, 100 + NANOSECONDS_A_DIGIT * length, position);
}

/* --- integers -----------------------------------------------------------------------------------
 */

/* Of what stands behind the 0; decimal where nothing does. */
static int base_of(const char *text, size_t length)
{
    static const char marks[][3] = { "xX", "oO", "bB" };
    static const int bases[] = { 16, 8, 2 };

    for (size_t i = 0; length > 1 && text[0] == '0' && i < sizeof(bases) / sizeof(bases[0]); i++)
        if (text[1] == marks[i][0] || text[1] == marks[i][1])
            return bases[i];
    return 10;
}

/* Of ASCII, as the lexer has found it. */
static unsigned digit_of(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)((digit | 0x20) - 'a') + 10;
}

/* As at school, but by words: for a short number that is less work than GMP's way. */
static bool parse_short(struct calc *calc, const char *text, size_t length, int base,
                        struct place place, struct value *out)
{
    mp_limb_t words[SHORT_LENGTH / WORD_DIGITS + 1];
    mp_size_t count = 0;
    mpz_t view;

    for (const char *at = text, *const end = text + length; at < end;) {
        mp_limb_t word = 0, power = 1, carry = 0;
        for (int digits = 0; at < end && digits < WORD_DIGITS; at++) {
            if (*at == '_')
                continue;
            word = word * (mp_limb_t)base + digit_of(*at);
            power *= (mp_limb_t)base;
            digits++;
        }
        if (count > 0) {
            carry = mpn_mul_1(words, words, count, power);
            carry += mpn_add_1(words, words, count, word);
        } else {
            carry = word;
        }
        if (carry > 0)
            words[count++] = carry;
    }
    return integer_store(calc, mpz_roinit_n(view, words, count), place, out);
}

static bool parse_long(struct calc *calc, const char *text, size_t length, int base,
                       struct place place, struct value *out)
{
    char digits[CALC_MAX_BYTES + 1];
    size_t count = 0;
    mpz_t n;

    for (const char *part = text, *const end = text + length; part < end; part++) {
        const char *const next = memchr(part, '_', (size_t)(end - part));
        const size_t bytes = (size_t)((next != NULL ? next : end) - part);
        memcpy(digits + count, part, bytes);
        count += bytes;
        part += bytes; /* to the underscore */
    }
    digits[count] = '\0';
    const bool valid = mpz_init_set_str(n, digits, base) == 0;
    const bool stored = valid ? integer_store(calc, n, place, out)
                              : calc_fail(calc, CALC_SYNTAX, place.position, "not a number");
    mpz_clear(n);
    return stored;
}

bool number_parse_integer(struct calc *calc, const char *text, size_t length, size_t position,
                          struct value *out)
{
    const int base = base_of(text, length);
    const size_t prefix = base == 10 ? 0 : 2;
    const struct place place = { .position = position, .mark = calc_mark(calc) };

    if (!affords(calc, length, position))
        return false;
    return (length - prefix <= SHORT_LENGTH ? parse_short : parse_long)(
        calc, text + prefix, length - prefix, base, place, out);
}

/* --- floats -------------------------------------------------------------------------------------
 */

/* whole * 10**exponent */
struct decimal {
    uint64_t whole; /* of the first digits that count, DBL_DIG of them at most */
    int count;      /* of all digits that count: without zeros in front */
    long exponent;
};

/* The digits before and after the point. Returns where they end. */
static size_t read_digits(const char *text, size_t length, struct decimal *decimal)
{
    bool point = false;
    size_t at;

    for (at = 0; at < length; at++) {
        if (text[at] == '.')
            point = true;
        else if (isdigit((unsigned char)text[at])) {
            decimal->count += decimal->count != 0 || text[at] != '0';
            if (decimal->count <= DBL_DIG)
                decimal->whole = 10 * decimal->whole + (uint64_t)(text[at] - '0');
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

static double convert_short(const struct decimal *decimal)
{
    static const double powers[EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    const double whole = (double)decimal->whole;

    return decimal->exponent < 0 ? whole / powers[-decimal->exponent]
                                 : whole * powers[decimal->exponent];
}

/* By the C library, without a point: so there is nothing that depends on the locale. */
static double convert_long(const char *digits, size_t length, long exponent)
{
    char text[CALC_MAX_BYTES + 32];
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        if (isdigit((unsigned char)digits[i]))
            text[count++] = digits[i];
    snprintf(text + count, sizeof(text) - count, "e%ld", exponent);
    return strtod(text, NULL);
}

bool number_parse_float(struct calc *calc, const char *text, size_t length, bool imaginary,
                        size_t position, struct value *out)
{
    struct decimal decimal = { .count = 0 };

    if (!affords(calc, length, position))
        return false;
    const size_t end = read_digits(text, length, &decimal);
    decimal.exponent += read_exponent(text + end, length - end);
    const bool is_short = decimal.count <= DBL_DIG && labs(decimal.exponent) <= EXACT_POWER;
    const double x = is_short ? convert_short(&decimal) : convert_long(text, end, decimal.exponent);
    *out = imaginary ? (struct value){ .kind = VALUE_COMPLEX, .complex = { .imaginary = x } }
                     : (struct value){ .kind = VALUE_FLOAT, .number = x };
    return true;
}
