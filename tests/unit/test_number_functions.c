/* The functions and constants on numbers. */
#include "number_rows.h"

Test(number_functions, pythons_own)
{
    static const struct row rows[] = {
        { "abs(-5), abs(-0.0), abs(3-4j), abs(True)", "(5, 0.0, 5.0, 1)", "of each kind" },
        { "abs(1.5e308+1.5e308j)", NULL, "too large for a float" },
        { "divmod(-7, 2), divmod(7.5, -2)", "((-4, 1), (-4.0, -0.5))", "a pair" },
        { "divmod(10**30, -7)", "(-142857142857142857142857142858, -6)", "of long integers" },
        { "divmod(1, 0)", NULL, "no quotient" },
        { "float(), float(True), float(10**22)", "(0.0, 1.0, 1e+22)", "of integers" },
        { "float(10**309)", NULL, "too large" },
        { "float(1j)", NULL, "no real number" },
        { "int(), int(-2.9), int(True)", "(0, -2, 1)", "towards 0" },
        { "int(1e22)", "10000000000000000000000", "every float has an exact value" },
        { "int(inf)", NULL, "but this" },
        { "int(nan)", NULL, "and this" },
        { "max(1, 2.0, 2), min(True, 1), max([1, 3])", "(2.0, True, 3)", "the first of equals" },
        { "max(2**53 + 1, 9007199254740992.0)", "9007199254740993", "compared exactly" },
        { "max(nan, 1), max(1, nan)", "(nan, 1)", "nothing exceeds what is not a number" },
        { "max([1j])", "1j", "one needs no order" },
        { "max(1j, 1)", NULL, "two do" },
        { "max([])", NULL, "nothing to choose" },
        { "max(1)", NULL, "one number is no list" },
        { "min('a', 'b')", NULL, "numbers only" },
        { "sum([1, 2.5, True]), sum(()), sum((1, 2), 3)", "(4.5, 0, 6)", "with a start, too" },
        { "sum([0.1] * 1)", NULL, "no operator on lists" },
        { "sum([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])", "0.9999999999999999",
          "added one after the other, as CPython 3.11 does" },
        { "sum((), True), sum([True])", "(True, 1)", "an untouched start keeps its type" },
        { "sum([-0.0]), sum([], -0.0)", "(0.0, -0.0)", "0 + -0.0 is 0.0" },
        { "sum(1, 2)", NULL, "one list or tuple" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, pow_with_a_modulus)
{
    static const struct row rows[] = {
        { "pow(2, 10), pow(2, -1), pow(2, 3, None)", "(1024, 0.5, 8)", "as **" },
        { "pow(3, 10**50, 1000)", "1", "the power itself is never there" },
        { "pow(3, 5, -7)", "-2", "the sign of the modulus" },
        { "pow(38, -1, 97)", "23", "the inverse" },
        { "pow(38, -2, -97)", "-53", "and its powers" },
        { "pow(2, 5, 1), pow(0, -1, 1), pow(0, 0, -1)", "(0, 0, 0)", "modulo 1 there is only 0" },
        { "pow(2, -1, 4)", NULL, "no inverse" },
        { "pow(2, 3, 0)", NULL, "no modulus" },
        { "pow(2.0, 3, 5)", NULL, "integers only" },
        { "pow(2, 3.0, 5)", NULL, "all three" },
        { "pow(3, 1 << 3000, (1 << 65535) + 1) % 10", NULL,
          "more time than an expression may take" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, round_is_half_to_even)
{
    static const struct row rows[] = {
        { "round(0.5), round(1.5), round(-2.5)", "(0, 2, -2)", "to even" },
        { "round(2.5, None), round(7, None)", "(2, 7)", "None is no digits" },
        { "round(2.675, 2)", "2.67", "the float is below the half" },
        { "round(0.125, 2), round(0.375, 2)", "(0.12, 0.38)", "these are halves" },
        { "round(25, -1), round(35, -1), round(-25, -1)", "(20, 40, -20)", "of integers" },
        { "round(10**40 + 5, -1)", "10000000000000000000000000000000000000000", "of long ones" },
        { "round(15, -2), round(-51, -2)", "(0, -100)", "to nothing and to more" },
        { "round(5, -10**100)", "0", "CPython would need the memory for it" },
        { "round(25.0, -1), round(25.5, -1)", "(20.0, 30.0)", "what is behind the point counts" },
        { "round(-4.0, -1), round(0.04, 1)", "(-0.0, 0.0)", "zeros keep the sign" },
        { "round(1.5, 400), round(1.5, -400)", "(1.5, 0.0)", "beyond a float's digits" },
        { "round(1.7976931348623157e308, -308)", NULL, "rounded up, too large" },
        { "round(5e-324, 323), round(nan, 2)", "(0.0, nan)", "the smallest, and none" },
        { "round(nan)", NULL, "no integer" },
        { "round(1.5, 1.0)", NULL, "digits are whole" },
        { "round(1j)", NULL, "complex numbers have no order" },
        { "round(True), round(True, 1)", "(1, 1)", "truths are integers" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, domains)
{
    static const struct row rows[] = {
        { "sqrt(2), sqrt(-0.0), sqrt(inf)", "(1.4142135623730951, -0.0, inf)", "from -0.0 up" },
        { "sqrt(-1)", NULL, "no real root" },
        { "acos(2)", NULL, "outside" },
        { "acosh(0.5)", NULL, "outside" },
        { "atanh(1)", NULL, "infinite" },
        { "sin(inf)", NULL, "no angle" },
        { "sin(nan)", "nan", "not an error of the function" },
        { "exp(1000)", NULL, "too large" },
        { "exp(-1000), exp(-inf), exp(inf)", "(0.0, 0.0, inf)", "underflow is no error" },
        { "cosh(1000)", NULL, "too large" },
        { "log1p(-1)", NULL, "infinite" },
        { "log1p(-0.0)", "-0.0", "a zero keeps its sign" },
        { "degrees(1e308)", "inf", "CPython does not look" },
        { "sin(1j)", NULL, "real numbers" },
        { "sin('1')", NULL, "numbers" },
        { "sin(10**400)", NULL, "no float" },
        { "fmod(-7, 3), remainder(-7, 4), copysign(1, -0.0)", "(-1.0, 1.0, -1.0)",
          "C's rest, IEEE's rest" },
        { "fmod(1, 0)", NULL, "no rest" },
        { "fmod(inf, 1)", NULL, "no rest, either" },
        { "remainder(1, inf)", "1.0", "all of it is" },
        { "remainder(3, 2), remainder(5, 2), remainder(-6, 4)", "(-1.0, 1.0, 2.0)",
          "halfway to the even quotient" },
        { "remainder(9.734050471159662e-270, 4.243991582e-314)", "0.0", "the C library says -0.0" },
        { "remainder(1, 0)", NULL, "no rest" },
        { "atan2(-0.0, -1), atan2(0, 0)", "(-3.141592653589793, 0.0)", "the sign of zero counts" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, logarithms)
{
    static const struct row rows[] = {
        { "log(10**400), log2(2**5000), log10(10**500)", "(921.0340371976182, 5000.0, 500.0)",
          "of integers too large for a float" },
        { "log(8, 2), log(True), log(2, 10**400)", "(3.0, 0.0, 0.000752574989159953)",
          "to a base" },
        { "log(0)", NULL, "infinite" },
        { "log(-1.0)", NULL, "complex" },
        { "log(-(10**400))", NULL, "of any size" },
        { "log(2, 1)", NULL, "division by log(1)" },
        { "log(2, 0)", NULL, "no base" },
        { "log(2, None)", NULL, "None is no base" },
        { "log(inf), log2(nan)", "(inf, nan)", "special values" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, integers)
{
    static const struct row rows[] = {
        { "ceil(2.1), floor(-2.1), trunc(-2.9), ceil(10**30)",
          "(3, -3, -2, 1000000000000000000000000000000)", "to integers" },
        { "floor(inf)", NULL, "no integer" },
        { "ceil(1j)", NULL, "no order" },
        { "gcd(), gcd(-4), gcd(12, 18, 27), gcd(0, 0)", "(0, 4, 3, 0)", "any number of arguments" },
        { "lcm(), lcm(-4), lcm(4, 6, 9), lcm(3, 0)", "(1, 4, 36, 0)", "a multiple of 0 is 0" },
        { "lcm(0, 0), lcm(0, 5)", "(0, 0)", "no division by a divisor of 0" },
        { "gcd(1.0)", NULL, "integers" },
        { "isqrt(10**30), isqrt(10**30 - 1)", "(1000000000000000, 999999999999999)", "down" },
        { "isqrt(-1)", NULL, "no root" },
        { "factorial(0), factorial(20)", "(1, 2432902008176640000)", "the empty product" },
        { "factorial(5.0)", NULL, "no floats since 3.10" },
        { "factorial(-1)", NULL, "none" },
        { "factorial(10**9)", NULL, "refused before it is computed" },
        { "comb(5, 2), comb(2, 5), comb(10**30, 1)", "(10, 0, 1000000000000000000000000000000)",
          "none of fewer" },
        { "comb(10**18, 10**18 - 2)", "499999999999999999500000000000000000", "the smaller side" },
        { "comb(10**6, 5 * 10**5)", NULL, "too large" },
        { "comb(10**4000, 10**3999)", NULL, "far too large to ask a logarithm" },
        { "comb(-1, 0)", NULL, "none" },
        { "comb(5, None)", NULL, "this None is none" },
        { "perm(5), perm(5, None), perm(5, 2), perm(2, 5)", "(120, 120, 20, 0)", "None is all" },
        { "perm(10**30, 0), perm(0, 0)", "(1, 1)", "nothing is chosen in one way" },
        { "perm(10**6, 10**5)", NULL, "too large" },
        { "lcm(1 << 40000, (1 << 40000) - 1)", NULL, "too large" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, constants)
{
    static const struct row rows[] = {
        { "pi, e, tau", "(3.141592653589793, 2.718281828459045, 6.283185307179586)",
          "to the last bit" },
        { "inf, -inf, nan, -nan", "(inf, -inf, nan, nan)", "and what is no number" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, every_function_counts_its_arguments)
{
    static const struct row rows[] = {
        { "sqrt()", NULL, "none" },
        { "sqrt(1, 2)", NULL, "two" },
        { "atan2(1)", NULL, "one" },
        { "log()", NULL, "none" },
        { "log(1, 2, 3)", NULL, "three" },
        { "pow(1)", NULL, "one" },
        { "int(1, 2)", NULL, "a base is for text" },
        { "max()", NULL, "none" },
        { "sum()", NULL, "none" },
        { "sum([], 1, 2)", NULL, "three" },
        { "round()", NULL, "none" },
    };

    EXPECT_ROWS(rows);
}

Test(number_functions, the_error_says_what_to_change)
{
    static const struct {
        const char *expression, *detail;
    } rows[] = {
        { "1 + sqrt(-1)", "sqrt takes numbers from 0 up at position 4" },
        { "sqrt(1, 2)", "sqrt takes 1 argument, not 2 at position 0" },
        { "log()", "log takes 1 or 2 arguments, not 0 at position 0" },
        { "max()", "max takes at least 1 argument at position 0" },
        { "gcd(1, 2.0)", "gcd takes integers, not float at position 0" },
        { "exp(1000)", "the result of exp is too large for a float at position 0" },
        { "10**400 * 1.0", "int too large to convert to float at position 8" },
        { "1 % 0", "division by zero at position 2" },
        { "1 & 1.0", "& takes integers, not float at position 2" },
        { "1j < 1", "< takes real numbers, not complex at position 3" },
        { "1 << 65536", "an integer of more than 65536 bits at position 2" },
    };
    struct calc *const calc = calc_new();
    struct calc_result result;

    cr_assert_not_null(calc);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        calc_evaluate(calc, rows[i].expression, strlen(rows[i].expression), &result);
        cr_expect_str_eq(result.detail, rows[i].detail, "%s: %s", rows[i].expression,
                         result.detail);
    }
    calc_free(calc);
}
