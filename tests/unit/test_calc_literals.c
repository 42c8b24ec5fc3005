/* Literals and what separates them, row by row: the rules of CPython's tokenizer. */
#include "calc_suite.h"

TestSuite(calc_literals, .init = set_up, .fini = tear_down);

struct row {
    const char *source, *text; /* NULL: no expression */
    const char *reason;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct calc_result result = evaluate(rows[i].source);
        cr_expect_eq(result.status, rows[i].text != NULL ? CALC_OK : CALC_SYNTAX, "%s: %s: %s",
                     rows[i].source, rows[i].reason, result.detail);
        if (rows[i].text != NULL && result.status == CALC_OK)
            cr_expect_str_eq(result.text, rows[i].text, "%s: %s", rows[i].source, rows[i].reason);
    }
}

#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))

Test(calc_literals, numbers)
{
    static const struct row rows[] = {
        { "1_000", "1000", "an underscore between digits" },
        { "1__0", NULL, "one, not two" },
        { "1_", NULL, "between" },
        { "_1", NULL, "a name" },
        { "0xFf", "255", "hexadecimal" },
        { "0x_f", "15", "an underscore behind the prefix" },
        { "0x", NULL, "no digit" },
        { "0xg", NULL, "none either" },
        { "0b12", NULL, "not two numbers" },
        { "0o18", NULL, "nor here" },
        { "00", "0", "zeros are zero" },
        { "0_0", "0", "in groups too" },
        { "0777", NULL, "an octal number of Python 2" },
        { "0777.5", "777.5", "no integer" },
        { "09j", "9j", "nor this" },
        { "09e1", "90.0", "nor this" },
        { "1.", "1.0", "nothing behind the point" },
        { ".5", "0.5", "nothing before it" },
        { ".", NULL, "but not nothing at all" },
        { "1._5", NULL, "an underscore is no digit" },
        { "1_.5", NULL, "nor here" },
        { "1e5", "100000.0", "an exponent makes a float" },
        { "1E-7", "1e-07", "in either case" },
        { "1e", NULL, "without digits" },
        { "1e+", NULL, "without digits" },
        { "1e_5", NULL, "no digit" },
        { "1J", "1j", "imaginary" },
        { "1jj", NULL, "once" },
        { "0x1j", NULL, "decimal only" },
        { "1or 2", "1", "Python lets a keyword follow" },
        { "1and 2", "2", "this one too" },
        { "0or 1", NULL, "an octal number without digits" },
        { "1a", NULL, "but nothing else" },
        { "1...", NULL, "a float, and two points" },
    };
    EXPECT_ROWS(rows);
}

Test(calc_literals, strings)
{
    static const struct row rows[] = {
        { "['a\\tb\\n']", "['a\\tb\\n']", "the short escapes" },
        { "'\\a\\b\\f\\v\\\\\\'\\\"'", "\a\b\f\v\\'\"", "the others" },
        { "'\\101\\x41\\u0041\\U00000041'", "AAAA", "by number" },
        { "['\\1234']", "['S4']", "three octal digits at most" },
        { "'\\777'", "\xc7\xbf", "over a byte" },
        { "b'\\777'", "b'\\xff'", "which bytes cut" },
        { "'\\8'", "\\8", "no octal digit: unknown, and kept" },
        { "'\\q'", "\\q", "unknown, and kept" },
        { "b'\\u0041'", "b'\\\\u0041'", "unknown to bytes" },
        { "'\\x4'", NULL, "a digit is missing" },
        { "'\\x4'  '1'", NULL, "also where a string follows" },
        { "b'\\x4'", NULL, "of bytes" },
        { "'\\u004'", NULL, "likewise" },
        { "'\\U00110000'", NULL, "beyond Unicode" },
        { "'\\N{DASH}'", NULL, "the one escape that is not taken" },
        { "r'\\n'", "\\n", "raw" },
        { "r'\\''", "\\'", "which keeps the backslash and the quote" },
        { "r'\\'", NULL, "and so does not end" },
        { "Rb'\\x'", "b'\\\\x'", "raw bytes" },
        { "bR'a' Br'b'", "b'ab'", "in any case and order" },
        { "u'a'", "a", "as Python 2 wrote it" },
        { "ur'a'", NULL, "which Python 3 dropped" },
        { "ub'a'", NULL, "and never had" },
        { "f'a'", NULL, "of no use here" },
        { "b'\xc3\xa9'", NULL, "bytes are ASCII" },
        { "'a' \"b\" '''c'''", "abc", "adjacent ones are one" },
        { "'a' b'b'", NULL, "of one kind" },
        { "'a\nb'", NULL, "a line's end" },
        { "'''a\nb'''", "a\nb", "between three quotes" },
        { "'''a\r\nb\rc'''", "a\nb\nc", "which is \\n however it was written" },
        { "'a\\\nb'", "ab", "a line goes on" },
        { "'a\\\r\nb'", "ab", "however it ended" },
        { "''''a'''", "'a", "the first three quotes" },
        { "'''a''''", NULL, "the first three again" },
        { "'a", NULL, "without an end" },
        { "'''a''", NULL, "without an end" },
        { "'a\\", NULL, "without an end" },
    };
    EXPECT_ROWS(rows);
}

Test(calc_literals, repr)
{
    static const struct row rows[] = {
        { "['\\'']", "[\"'\"]", "double quotes save a backslash" },
        { "['\"']", "['\"']", "single ones else" },
        { "['\\'\"']", "['\\'\"']", "nothing saves it" },
        { "[b'\\'']", "[b\"'\"]", "bytes likewise" },
        { "['\\x00\\x1f\\x7f\\x80\\xa0\\xad']", "['\\x00\\x1f\\x7f\\x80\\xa0\\xad']",
          "two digits" },
        { "['\\u200b\\u2028\\ud800\\ufeff']", "['\\u200b\\u2028\\ud800\\ufeff']", "four digits" },
        { "['\\U000e0001\\U0010ffff']", "['\\U000e0001\\U0010ffff']", "eight digits" },
        { "['\\xe9\\u20ac\\U0001f600']", "['\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80']", "as it is" },
        { "b'\\x00 ~\\x7f\\xff\\t'", "b'\\x00 ~\\x7f\\xff\\t'", "bytes show ASCII" },
    };
    EXPECT_ROWS(rows);
}

Test(calc_literals, space)
{
    static const struct row rows[] = {
        { " \t1", "1", "literal_eval takes leading spaces away" },
        { "1 \t\f", "1", "trailing ones never mattered" },
        { "1\n", "1", "nor did a line's end" },
        { "1\r\n\r\n", "1", "however often" },
        { "\n1", "1", "or before" },
        { "\n 1", NULL, "but a line is not indented" },
        { "\n \f1", "1", "a form feed goes back to the margin" },
        { "1\n ", NULL, "not even one with nothing on it" },
        { "1\n  # x", "1", "save for a comment" },
        { "1 # x", "1", "a comment" },
        { "# x\n1", "1", "before it" },
        { "# x", NULL, "alone it is nothing" },
        { "1\n2", NULL, "one line" },
        { "1\n+2", NULL, "one line" },
        { "(1\n+ # x\n2)", "3", "more inside brackets" },
        { "1 \\\n+ 2", "3", "or joined" },
        { "1 \\ \n+ 2", NULL, "by the last character of the line" },
        { "1 \\\n", NULL, "to one that is there" },
        { "1\v", NULL, "no space of Python's" },
        { "1\xc2\xa0", NULL, "nor is this" },
        { "\xef\xbb\xbf"
          "1",
          NULL, "nor a byte order mark" },
        { "\xff", NULL, "no UTF-8" },
        { "1 # \xed\xa0\x80", NULL, "not even in a comment" },
    };
    EXPECT_ROWS(rows);
}

Test(calc_literals, names)
{
    static const struct row rows[] = {
        { "True", "True", "a keyword" },
        { "true", NULL, "in its own case" },
        { "\xef\xbd\x90\xef\xbd\x89", "3.141592653589793", "wide letters: names are normalised" },
        { "\xef\xac\x82oor(2.5)", "2", "a ligature" },
        { "\xef\xbc\xb4rue", NULL, "keywords are not" },
        { "\xe2\x93\x9fi", NULL, "a circled letter is no letter" },
        { "p\xc3\xad", NULL, "nor is an accent nothing" },
        { "factorialfactorial", NULL, "longer than any" },
        { "set", NULL, "is called" },
        { "set([])", NULL, "with nothing" },
        { "abs(x=1)", NULL, "no keyword arguments" },
        { "abs(*[1])", NULL, "no starred ones" },
        { "max(1, 2,)", "2", "a comma may trail" },
        { "max(,)", NULL, "not alone" },
        { "'a'.upper()", NULL, "no attributes" },
        { "[1][0]", NULL, "no indexing" },
        { "1 if 1 else 2", NULL, "no conditions" },
        { "lambda: 1", NULL, "no lambdas" },
        { "[1 for x in []]", NULL, "no comprehensions" },
        { "1 in [1]", NULL, "no membership" },
        { "1 is 1", NULL, "no identity" },
        { "x := 1", NULL, "no assignment" },
        { "{**{}}", NULL, "no unpacking" },
        { "1 <> 2", NULL, "no barry_as_FLUFL" },
        { "{1: 2, 3}", NULL, "one kind of braces" },
        { "1 == not 2", NULL, "not is no operand of a comparison" },
    };
    EXPECT_ROWS(rows);
}
