/* The calculator as its callers see it: answers, errors, limits, and that it can be used again. */
#include "calc_suite.h"

#include <stdio.h>

TestSuite(calc, .init = set_up, .fini = tear_down);

static void expect(const char *source, const char *type, const char *text, const char *reason)
{
    const struct calc_result result = evaluate(source);

    cr_expect_eq(result.status, CALC_OK, "%s: %s: %s", source, reason, result.detail);
    if (result.status != CALC_OK)
        return;
    cr_expect_str_eq(result.type, type, "%s: %s", source, reason);
    cr_expect_str_eq(result.text, text, "%s: %s: %s", source, reason, result.text);
    cr_expect_eq(result.length, strlen(text), "%s: %s", source, reason);
}

Test(calc, containers)
{
    static const struct {
        const char *source, *type, *text, *reason;
    } rows[] = {
        { "()", "tuple", "()", "the empty tuple" },
        { "(1)", "int", "1", "a parenthesis alone makes none" },
        { "1,", "tuple", "(1,)", "the comma does" },
        { "1, 2", "tuple", "(1, 2)", "without parentheses, outermost" },
        { "[1, [], ]", "list", "[1, []]", "a comma may trail" },
        { "{}", "dict", "{}", "braces alone are a dict" },
        { "set()", "set", "set()", "so the empty set is written" },
        { "{3, 1, 2}", "set", "{3, 1, 2}", "in the order in which they were written" },
        { "{1, 1.0, True, 1+0j}", "set", "{1}", "equal members: the first stays" },
        { "{1: 'a', True: 'b'}", "dict", "{1: 'b'}", "equal keys: first key, last value" },
        { "{'a': 1, b'a': 2}", "dict", "{'a': 1, b'a': 2}", "a str is never bytes" },
        { "{0.0, -0.0}", "set", "{0.0}", "zeros are equal" },
        { "{nan, nan}", "set", "{nan}", "one object is itself, equal or not" },
        { "{inf - inf, inf - inf}", "set", "{nan, nan}", "two objects that are not equal" },
        { "{(nan, 1), (nan, 1)}", "set", "{(nan, 1)}", "and inside tuples" },
        { "{(1, 2.0), (True, 2)}", "set", "{(1, 2.0)}", "tuples are equal by their items" },
        { "{(), ((),), '', b'', 0, None, ...}", "set", "{(), ((),), '', b'', 0, None, Ellipsis}",
          "nothing of different kinds is equal" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(rows[i].source, rows[i].type, rows[i].text, rows[i].reason);
}

Test(calc, order_of_evaluation)
{
    static const struct {
        const char *source, *type, *text, *reason;
    } rows[] = {
        { "-2 ** 2", "int", "-4", "a power binds tighter than a sign before it" },
        { "2 ** -1", "float", "0.5", "and looser than one behind it" },
        { "2 ** 3 ** 2", "int", "512", "from the right" },
        { "2 - 3 - 4", "int", "-5", "from the left" },
        { "7 // 2 * 2", "int", "6", "of one rank" },
        { "1 | 2 ^ 3 & 4 << 1 + 1", "int", "3", "each of its rank" },
        { "not 1 == 2", "bool", "True", "not is looser than a comparison" },
        { "1 < 3 > 2", "bool", "True", "a chain is both" },
        { "3 > 2 == 1", "bool", "False", "and not a comparison of a bool" },
        { "1 > 2 < 1 / 0", "bool", "False", "what is decided is not gone on with" },
        { "0 and 1 / 0", "int", "0", "and gives what decides" },
        { "0.0 or 5", "int", "5", "or the last" },
        { "1 or 0 and 1 / 0", "int", "1", "and is tighter than or" },
        { "0 and 1 or 2", "int", "2", "a jump out of `and` lands before the `or`" },
        { "(abs)(-1)", "int", "1", "a name in parentheses is that name" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(rows[i].source, rows[i].type, rows[i].text, rows[i].reason);
}

Test(calc, errors_say_what_and_where)
{
    static const struct {
        const char *source;
        enum calc_status status;
        const char *detail;
    } rows[] = {
        { "", CALC_SYNTAX, "a value is wanted where the expression ends at position 0" },
        { "1 2", CALC_SYNTAX,
          "an operator, or the end, is wanted where a number begins at position 2" },
        { "(1]", CALC_SYNTAX, ") is wanted where ] is at position 2" },
        { "1 + x", CALC_SYNTAX,
          "a name that is no function or constant of this language is at position 4" },
        { "1 or x", CALC_SYNTAX,
          "a name that is no function or constant of this language is at position 5" },
        { "abs", CALC_SYNTAX,
          "call it, as in abs(-1): a function without its parentheses is at position 0" },
        { "pi()", CALC_SYNTAX,
          "only functions can be called, and this is none: a parenthesis is at position 2" },
        { "1 == 'a'", CALC_VALUE, NULL },
        { "not 'a'", CALC_VALUE, "not takes numbers, not str at position 0" },
        { "[] or 1", CALC_VALUE, "or takes numbers, not list at position 3" },
        { "1 and ()", CALC_VALUE, "and takes numbers, not tuple at position 2" },
        { "1/0", CALC_VALUE, "division by zero at position 1" },
        { "{[]}", CALC_VALUE, "unhashable type: 'list' at position 0" },
        { "{1: 2, (1, {}): 3}", CALC_VALUE, "unhashable type: 'dict' at position 0" },
        { "'\\ud800'", CALC_VALUE, "UTF-8 can't encode the surrogate \\ud800 of this string" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct calc_result result = evaluate(rows[i].source);
        cr_expect_eq(result.status, rows[i].status, "%s", rows[i].source);
        if (rows[i].detail != NULL)
            cr_expect_str_eq(result.detail, rows[i].detail, "%s", rows[i].source);
        cr_expect_null(result.text);
    }
}

/* `count` times `piece`, between two texts; good until the next call. */
static const char *repeat(const char *before, const char *piece, int count, const char *behind)
{
    static char text[3 * CALC_MAX_BYTES];
    int length = snprintf(text, sizeof(text), "%s", before);

    for (int i = 0; i < count; i++)
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%s", piece);
    snprintf(text + length, sizeof(text) - (size_t)length, "%s", behind);
    return text;
}

Test(calc, depth)
{
    static const struct {
        const char *piece, *reason;
    } rows[] = {
        { "(", "parentheses" }, { "[", "lists" },    { "{1:", "dicts" },  { "-", "signs" },
        { "not ", "not" },      { "1**", "powers" }, { "abs(", "calls" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct calc_result result = evaluate(repeat("", rows[i].piece, CALC_MAX_DEPTH + 1, "1"));
        cr_expect_eq(result.status, CALC_LIMIT, "%s", rows[i].reason);
        cr_expect_not_null(strstr(result.detail, "nesting"), "%s", rows[i].reason);
        /* At the limit itself it is only what it says: an open bracket, or a value. */
        result = evaluate(repeat("", rows[i].piece, CALC_MAX_DEPTH, "1"));
        cr_expect_neq(result.status, CALC_LIMIT, "%s: %s", rows[i].reason, result.detail);
    }
}

Test(calc, what_does_not_nest_has_no_depth)
{
    static const char *const pieces[] = { "1+", "1*", "1<2<", "1 and ", "0 or ", "(1)," };

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        const int count = CALC_MAX_BYTES / (int)strlen(pieces[i]) - 1;
        const struct calc_result result = evaluate(repeat("", pieces[i], count, "1"));
        cr_expect_eq(result.status, CALC_OK, "%s: %s", pieces[i], result.detail);
    }
}

Test(calc, length)
{
    static const char spaces[CALC_MAX_BYTES + 1];

    expect(repeat("", " ", CALC_MAX_BYTES - 1, "1"), "int", "1", "as long as may be");
    cr_expect_eq(evaluate(repeat("", " ", CALC_MAX_BYTES, "1")).status, CALC_LIMIT);
    cr_expect_eq(evaluate(repeat("", "(", 10000, "")).status, CALC_LIMIT);
    struct calc_result result;
    calc_evaluate(calc, spaces, 1, &result);
    cr_expect_eq(result.status, CALC_SYNTAX, "NUL is refused");
}

Test(calc, output)
{
    /* Each is 4,301 bytes of the answer with its comma. */
    struct calc_result result = evaluate(repeat("[", "10**4299,", 15, "]"));
    cr_expect_eq(result.status, CALC_OK, "%s", result.detail);
    result = evaluate(repeat("[", "10**4299,", 16, "]"));
    cr_expect_eq(result.status, CALC_LIMIT);
    cr_expect_str_eq(result.detail, "the answer is longer than 64 KiB");
    /* Ten bytes of the answer for one of the expression. */
    result = evaluate(repeat("'", "\\0", 2000, "'"));
    cr_expect_eq(result.status, CALC_OK);
    cr_expect_eq(result.length, 2000u, "NUL is a character as any other");
}

Test(calc, memory)
{
    /* 455 integers of 8 KiB are kept: 3.6 MiB, which is less than there is. */
    const struct calc_result result = evaluate(repeat("[", "1<<65535,", 454, "]"));
    cr_expect_eq(result.status, CALC_LIMIT, "the answer has no room");
    /* In a sum each gives way to the next. */
    expect(repeat("0", "+(1<<65535>1)", 300, ""), "int", "300", "nothing is kept");
}

Test(calc, it_can_be_used_again_after_anything)
{
    static const char *const sources[] = {
        "1/0", "(", "9**9**9", "[1<<65535]*2", "'\\ud800'", "{[]}", "", "factorial(10**9)",
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        cr_expect_neq(evaluate(sources[i]).status, CALC_OK, "%s", sources[i]);
        expect("{1: [2 ** 70]}", "dict", "{1: [1180591620717411303424]}", sources[i]);
    }
}
