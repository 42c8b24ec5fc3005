/* The operators on numbers. */
#include "number_rows.h"

Test(number, integers_have_any_size)
{
    static const struct row rows[] = {
        { "9223372036854775807 + 1", "9223372036854775808", "out of one word" },
        { "-9223372036854775808 - 1", "-9223372036854775809", "the other way" },
        { "18446744073709551616 - 18446744073709551615", "1", "back into one word" },
        { "-9223372036854775808 * -1", "9223372036854775808", "no negation of the smallest" },
        { "4294967296 * 4294967296", "18446744073709551616", "a product out of one word" },
        { "3 ** 50", "717897987691852588770249", "a power" },
        { "0 ** 0", "1", "by definition" },
        { "(-1) ** (10 ** 100)", "1", "a power of a unit may have any exponent" },
        { "(-1) ** (10 ** 100 + 1)", "-1", "an odd one, too" },
        { "True + True", "2", "truths are integers" },
        { "-True", "-1", "here, too" },
        { "~5", "-6", "two's complement of any width" },
    };

    EXPECT_ROWS(rows);
}

Test(number, division_rounds_down_and_the_rest_has_the_divisors_sign)
{
    static const struct row rows[] = {
        { "7 // 2, 7 % 2", "(3, 1)", "both positive" },
        { "-7 // 2, -7 % 2", "(-4, 1)", "down, not towards 0" },
        { "7 // -2, 7 % -2", "(-4, -1)", "the sign of the divisor" },
        { "-7 // -2, -7 % -2", "(3, -1)", "both negative" },
        { "-(10**30) // 7", "-142857142857142857142857142858", "more than one word" },
        { "3 // 10**30, -3 // 10**30", "(0, -1)", "a divisor longer than the dividend" },
        { "-7.5 // 2, -7.5 % 2", "(-4.0, 0.5)", "floats alike" },
        { "5.0 % -3", "-1.0", "a float and an integer" },
        { "1 // 0.1, 1 % 0.1", "(9.0, 0.09999999999999995)", "0.1 is more than a tenth" },
        { "2.1 // 0.7", "3.0", "a whole quotient that the division missed" },
        { "-0.0 // 1, 0.0 // -1", "(-0.0, -0.0)", "a zero keeps its sign" },
        { "-1.0 % 1, 1.0 % -1", "(0.0, -0.0)", "a zero rest has the divisor's sign" },
        { "-1e-20 % 1", "1.0", "rounded up to the divisor" },
        { "1 // inf, -1 // inf, -1 % inf", "(0.0, -1.0, inf)", "an infinite divisor" },
        { "inf // 1, inf % 1", "(nan, nan)", "an infinite dividend" },
    };

    EXPECT_ROWS(rows);
}

Test(number, quotients_are_rounded_once)
{
    static const struct row rows[] = {
        { "6 / 3", "2.0", "a float even when whole" },
        { "0 / -5", "-0.0", "the sign is that of the quotient" },
        { "(2**53 + 1) / 1", "9007199254740992.0", "a tie to even, down" },
        { "(2**53 + 3) / 1", "9007199254740996.0", "a tie to even, up" },
        { "(2**54 + 2) / 2**1100", "1.32624737e-315", "subnormal" },
        { "3 / 2**1075", "1e-323", "a tie of the smallest ones" },
        { "1 / 2**1075", "0.0", "half of the smallest is a tie, and 0 is even" },
        { "(2**70 + 1) / 2**1145", "5e-324", "a trifle more is not" },
        { "(2**120 + 2**67) / 1, (2**120 + 2**67 + 1) / 1",
          "(1.329227995784916e+36, 1.3292279957849162e+36)", "a tie, and a bit far behind it" },
        { "float(2**120 + 2**67 + 1)", "1.3292279957849162e+36", "the same when it is converted" },
        { "2**20000 / 2**19999", "2.0", "neither is a float" },
        { "1 / 10**5000", "0.0", "too small" },
        { "10**400 / 10**92", "1e+308", "both too large for floats" },
        { "(2**1024 - 2**970 - 1) / 1", "1.7976931348623157e+308", "just not too large" },
        { "(2**1024 - 2**970) / 1", NULL, "rounded, it is" },
        { "1 / 0", NULL, "integers" },
        { "1.0 / 0", NULL, "a float by an integer" },
        { "1 / 0.0", NULL, "an integer by a float" },
    };

    EXPECT_ROWS(rows);
}

Test(number, powers_of_floats)
{
    static const struct row rows[] = {
        { "2 ** -1", "0.5", "a negative exponent leaves the integers" },
        { "2 ** 0.5", "1.4142135623730951", "a root" },
        { "(-8) ** (1/3)", "(1.0000000000000002+1.7320508075688772j)", "complex" },
        { "(-2.0) ** 3.0", "-8.0", "whole exponents stay real" },
        { "nan ** 0, 1 ** nan", "(1.0, 1.0)", "C99's special cases" },
        { "0.0 ** -inf", "inf", "no division by zero to CPython" },
        { "0.0 ** -1", NULL, "this is one" },
        { "0 ** -1", NULL, "and this" },
        { "10.0 ** 309", NULL, "too large" },
        { "(-10.0) ** 309", NULL, "on the other side" },
        { "(10 ** 400) ** -1", NULL, "the base is no float" },
        { "inf ** 2, 2 ** inf, 0.5 ** inf", "(inf, inf, 0.0)", "infinite is not too large" },
        { "1e-200 ** 2", "0.0", "underflow is no error" },
    };

    EXPECT_ROWS(rows);
}

Test(number, complex_arithmetic_is_cpythons)
{
    static const struct row rows[] = {
        { "(1+2j) * (3-4j)", "(11+2j)", "a product" },
        { "(1+2j) / (3-4j)", "(-0.2+0.4j)", "Smith's algorithm" },
        { "1e307j / (1e307+1e307j)", "(0.5+0.5j)", "no overflow inside" },
        { "-0.0 + 0j", "0j", "the real operand gets an imaginary part of 0.0" },
        { "-(0j)", "(-0-0j)", "both signs change" },
        { "inf * 1j", "(nan+infj)", "inf * 0.0 is not a number" },
        { "(1+2j) ** 2", "(-3+4j)", "a whole exponent: products" },
        { "(1+2j) ** -2", "(-0.12-0.16j)", "and a quotient" },
        { "(1+2j) ** 101", "(5.783317924538885e+34-1.8999570689734468e+35j)",
          "over polar coordinates from 101 on" },
        { "(-4-4j) ** (-2-3j)", "(2.3523855484693147e-05-1.2433202464559142e-05j)",
          "divided by an exponential, not multiplied" },
        { "1j ** 1j", "(0.20787957635076193+0j)", "the famous one" },
        { "0j ** 0", "(1+0j)", "nothing to any power 0" },
        { "0j ** -1", NULL, "1 / 0" },
        { "0j ** 1j", NULL, "no angle to turn" },
        { "1j ** inf", NULL, "no angle" },
        { "(1e200+0j) ** 2", NULL, "too large" },
        { "1j / 0", NULL, "by nothing" },
        { "1j // 1", NULL, "no floor of a complex number" },
        { "1j % 1", NULL, "nor a rest of it" },
        { "1j < 2", NULL, "no order" },
        { "1j + 10**400", NULL, "no float" },
    };

    EXPECT_ROWS(rows);
}

Test(number, bits)
{
    static const struct row rows[] = {
        { "-1 & 255, -256 | 1, 5 ^ -1", "(255, -255, -6)", "two's complement of any width" },
        { "True & True, True ^ True, False | True", "(True, False, True)", "truths stay truths" },
        { "True & 3", "1", "but not beside integers" },
        { "True << True", "2", "nor shifted" },
        { "-5 >> 1, 5 >> 1", "(-3, 2)", "down" },
        { "-5 >> 10**30, 5 >> 10**30", "(-1, 0)", "as far as one likes" },
        { "0 << 10**30", "0", "0 stays 0" },
        { "1 << -1", NULL, "a negative count" },
        { "0 >> -1", NULL, "of 0, too" },
        { "1.0 & 1", NULL, "floats have no bits" },
        { "1 << 1.0", NULL, "and don't count" },
        { "~1.0", NULL, "none to turn, either" },
    };

    EXPECT_ROWS(rows);
}

Test(number, comparison_is_exact)
{
    static const struct row rows[] = {
        { "2**53 + 1 == float(2**53 + 1)", "False", "the float is 2**53" },
        { "2**53 + 1 > 9007199254740992.0", "True", "and so it is less" },
        { "9007199254740992.0 < 2**53 + 1", "True", "in the other order" },
        { "10**400 > 1e308, 10**400 < inf, -(10**400) > -inf", "(True, True, True)",
          "an integer too large for a float" },
        { "nan == nan, nan != nan, nan < 1, 1 >= nan", "(False, True, False, False)",
          "not a number has no order" },
        { "1 == 1.0 == True == 1+0j", "True", "across kinds" },
        { "2**53 + 1 == 9007199254740992+0j", "False", "exact beside complex, too" },
        { "1j == 0, 0 == -0.0", "(False, True)", "parts count, the sign of a zero does not" },
    };

    EXPECT_ROWS(rows);
}

Test(number, limits_are_seen_before_the_work)
{
    static const struct row rows[] = {
        { "(1 << 65535) > 0", "True", "65,536 bits" },
        { "1 << 65536", NULL, "one more" },
        { "(1 << 65535) + (1 << 65535)", NULL, "by a sum" },
        { "(1 << 40000) * (1 << 40000)", NULL, "by a product" },
        { "~(1 << 65535) < 0", "True", "no more bits than before" },
        { "1 << 10**10", NULL, "memory for a gigabyte" },
        { "1 << 10**100", NULL, "a count of more than a word" },
        { "9 ** 9 ** 9", NULL, "a third of a billion digits" },
        { "2 ** 65535 > 0", "True", "65,536 bits as a power" },
        { "2 ** 65536", NULL, "one more" },
        { "2 ** 10**100", NULL, "an exponent of more than a word" },
        { "10 ** 4299 - 10 ** 4299 + 1", "1", "4,300 digits" },
        { "10 ** 4300", NULL, "4,301 digits" },
        { "-(10 ** 4300)", NULL, "the sign does not count, the digits do" },
        { "10 ** 4300 > 1", "True", "which is about text only" },
    };

    EXPECT_ROWS(rows);
}
