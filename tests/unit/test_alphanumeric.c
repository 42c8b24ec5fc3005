/* hello's predicate; every single code point is compared with CPython in tests/http/test_hello.py.
 */
#include "alphanumeric.h"

#include <criterion/criterion.h>
#include <string.h>

Test(alphanumeric, table)
{
    static const struct {
        const char *text;
        bool accepted;
        const char *reason;
    } rows[] = {
        { "Bob", true, "letters" },
        { "7", true, "a digit" },
        { "\xc3\xb6", true, "Ll of two bytes" },
        { "\xe2\x85\xa7", true, "Nl: a Roman numeral" },
        { "\xc2\xbd", true, "No: a half" },
        { "\xf0\x9f\x84\x82", true, "No of four bytes" },
        { "\xe6\xbc\xa2", true, "Lo: a Han character" },
        { "\xca\xb0", true, "Lm: a modifier letter" },
        { "\xc7\x85", true, "Lt: a title-case letter" },
        { "", false, "nothing" },
        { "a b", false, "a space" },
        { "a_b", false, "an underscore" },
        { "e\xcc\x81", false, "Mn: a combining accent" },
        { "\xe2\x80\x8d", false, "Cf: a zero-width joiner" },
        { "\xf0\x9f\x98\x80", false, "So: an emoji" },
        { "\xcd\xb8", false, "Cn: not assigned" },
        { "<b>", false, "markup" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(is_alphanumeric(rows[i].text, strlen(rows[i].text)), rows[i].accepted, "%s",
                     rows[i].reason);
}

Test(alphanumeric, at_most_256_code_points_however_long_they_are)
{
    char text[4 * (ALPHANUMERIC_MAX_CODE_POINTS + 1)];

    for (size_t i = 0; i <= ALPHANUMERIC_MAX_CODE_POINTS; i++)
        memcpy(text + 4 * i, "\xf0\x9f\x84\x82", 4);
    cr_expect(is_alphanumeric(text, sizeof(text) - 4));
    cr_expect_not(is_alphanumeric(text, sizeof(text)));
}
