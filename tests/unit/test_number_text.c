/* Numbers from text and to text. */
#include "number_rows.h"

Test(number_text, floats_print_the_fewest_digits_that_read_back)
{
    static const struct row rows[] = {
        { "0.1, 0.1 + 0.2", "(0.1, 0.30000000000000004)", "1 and 17 digits" },
        { "1e15, 1e16, 123456789012345680.0", "(1000000000000000.0, 1e+16, 1.2345678901234568e+17)",
          "16 places before the point, then an exponent" },
        { "0.0001, 0.00001, 1.5e-7", "(0.0001, 1e-05, 1.5e-07)", "3 zeros behind it" },
        { "9007199254740993.0", "9007199254740992.0", "a tie, to even" },
        { "9007199254740994.0", "9007199254740994.0", "16 digits of a whole number" },
        { "5e-324, 2.2250738585072014e-308", "(5e-324, 2.2250738585072014e-308)",
          "the smallest, and the smallest normal one" },
        { "1.7976931348623157e308, 1e999", "(1.7976931348623157e+308, inf)", "the largest" },
        { "2.0**-44", "5.684341886080802e-14", "nearest below a power of two would not do" },
        { "2.0**-1019", "1.7800590868057611e-307", "there the digits end nearer to it" },
        { "9.5367431640625e-07", "9.5367431640625e-07", "a power of two" },
        { "-0.0, 1e22, 1e23", "(-0.0, 1e+22, 1e+23)", "signs, and powers of ten" },
        { "100.0, 1200000.0", "(100.0, 1200000.0)", "zeros before the point stay" },
        { "1e-7, 9.99999999999999e-8", "(1e-07, 9.99999999999999e-08)",
          "the edge of the quick way" },
        { "999999999999999.9, 999999999999999.0", "(999999999999999.9, 999999999999999.0)",
          "its other edge" },
    };

    EXPECT_ROWS(rows);
}

Test(number_text, complex_numbers)
{
    static const struct row rows[] = {
        { "2j, 0j, -2j, 1+2j, 1-2j", "(2j, 0j, (-0-2j), (1+2j), (1-2j))", "a real part of 0.0" },
        { "1e16+1j, 1.5j, 1e-5j", "((1e+16+1j), 1.5j, 1e-05j)", "no .0 inside" },
        { "nan*1j, inf+1j, 1-inf*1j", "((nan+nanj), (inf+1j), (nan-infj))", "special parts" },
        { "(inf-inf)*1j", "(nan+nanj)", "this nan has a sign, which does not show" },
        { "0777j, 1_0.5e1_0j", "(777j, 105000000000j)", "as floats" },
    };

    EXPECT_ROWS(rows);
}

Test(number_text, integers)
{
    static const struct row rows[] = {
        { "0xFf, 0B1_01, 0o17, 1_000", "(255, 5, 15, 1000)", "bases and underscores" },
        { "00, 0_0, 0x_ff", "(0, 0, 255)", "zeros, and one after the base" },
        { "123456789012345678901234567890", "123456789012345678901234567890", "any size" },
        { "-18446744073709551616", "-18446744073709551616", "a limb of zeros" },
        { "True, False", "(True, False)", "truths" },
    };

    EXPECT_ROWS(rows);
}

Test(number_text, floats_are_read_correctly_rounded)
{
    static const struct row rows[] = {
        { "1_0.5_0e-0_1", "1.05", "underscores everywhere" },
        { ".5, 5., 5.e1, 09.5, 00e1", "(0.5, 5.0, 50.0, 9.5, 0.0)", "all forms" },
        { "9007199254740992.99999999999999999999999", "9007199254740992.0",
          "a hair below the half" },
        { "9007199254740993.00000000000000000000001", "9007199254740994.0",
          "a hair above it, 17 digits on" },
        { "1e-400, 1e400, 0e999999999999999999999", "(0.0, inf, 0.0)", "exponents of any size" },
        { "0.000000000000000000000000000000000000000000000000001e51", "1.0",
          "the exponent makes up for the zeros" },
        { "2.4703282292062327e-324, 2.4703282292062328e-324", "(0.0, 5e-324)",
          "around half of the smallest" },
        { "123456789012345e22, 123456789012345e-22, 1e23",
          "(1.23456789012345e+36, "
          "1.23456789012345e-08, 1e+23)",
          "the quick way's edges" },
    };

    EXPECT_ROWS(rows);
}
