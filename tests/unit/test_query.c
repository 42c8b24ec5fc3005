/* Query decoding: what is a value, what is a fault, and what is ignored. */
#include "route/query.h"

#include <criterion/criterion.h>
#include <string.h>

static bool anything(const char *value, size_t bytes)
{
    return value != NULL || bytes == 0;
}

static const struct param params[] = {
    { .name = "a", .max_bytes = 100, .accepts = anything, .error = "Invalid a" },
    { .name = "b", .max_bytes = 100, .accepts = anything, .error = "Invalid b" },
    PARAMS_END,
};

static enum query_fault decode(const char *query, struct value *values, char *buffer)
{
    return query_decode(query, strlen(query), params, values, buffer);
}

Test(query, values)
{
    static const struct {
        const char *query, *a, *b, *reason;
    } rows[] = {
        { "", NULL, NULL, "nothing is given" },
        { "a=1&b=2", "1", "2", "two pairs" },
        { "b=2&a=1", "1", "2", "in any order" },
        { "a=", "", NULL, "an empty value is a value" },
        { "a", "", NULL, "a name without = has the empty value" },
        { "a&b", "", "", "also before a separator" },
        { "&&a=1&&", "1", NULL, "empty pairs are nothing" },
        { "=x&a=1", "1", NULL, "a pair without a name is nobody's" },
        { "a=1=2", "1=2", NULL, "only the first = divides" },
        { "a=1+2", "1 2", NULL, "+ is a space" },
        { "a=1%2B2", "1+2", NULL, "an escaped + is a plus" },
        { "%61=1", "1", NULL, "names are decoded too" },
        { "a=%41%6a%6A", "Ajj", NULL, "hexadecimal in either case" },
        { "a=%26%3D%25", "&=%", NULL, "escaped separators are data" },
        { "a=%E2%82%AC", "\xe2\x82\xac", NULL, "UTF-8 by escapes" },
        { "a=\xe2\x82\xac", "\xe2\x82\xac", NULL, "UTF-8 as it is" },
        { "a=%F4%8F%BF%BF", "\xf4\x8f\xbf\xbf", NULL, "the last code point" },
        { "A=1&c=2&c=3", NULL, NULL, "the undeclared, even twice, is ignored" },
        { "a=1;b=2", "1;b=2", NULL, "a semicolon does not separate" },
        { "a=%0D%0A", "\r\n", NULL, "control characters are for the check to judge" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value values[2];
        char buffer[200];
        cr_expect_eq(decode(rows[i].query, values, buffer), QUERY_OK, "%s", rows[i].reason);
        const char *expected[] = { rows[i].a, rows[i].b };
        for (int j = 0; j < 2; j++) {
            cr_expect_eq(expected[j] == NULL, values[j].bytes == NULL, "%s", rows[i].reason);
            if (expected[j] == NULL || values[j].bytes == NULL)
                continue;
            cr_expect_str_eq(values[j].bytes, expected[j], "%s", rows[i].reason);
            cr_expect_eq(values[j].length, strlen(expected[j]), "%s", rows[i].reason);
        }
    }
}

Test(query, the_same_value_with_a_plus_as_it_is)
{
    static const struct {
        const char *query, *plus, *reason;
    } rows[] = {
        { "a=1+2", "1+2", "a + is a plus" },
        { "a=++&b=+", "++", "each one, of this value only" },
        { "b=1+1&a=%2B+%20", "++ ", "escapes are what they were" },
        { "a=+%E2%82%AC", "+\xe2\x82\xac", "UTF-8 too" },
        { "a=1%2B2", NULL, "an escaped + was never a space" },
        { "b=1+2&a=1", NULL, "another value's + is not this one's" },
        { "a", NULL, "an empty value has none" },
        { "b=1+2", NULL, "nor has one that was not given" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value values[2];
        char buffer[200], plus[200];
        cr_assert_eq(decode(rows[i].query, values, buffer), QUERY_OK, "%s", rows[i].reason);
        cr_expect_eq(query_decode_plus(&values[0], plus), rows[i].plus != NULL, "%s",
                     rows[i].reason);
        if (rows[i].plus == NULL)
            continue;
        cr_expect_str_eq(plus, rows[i].plus, "%s", rows[i].reason);
        cr_expect_eq(strlen(plus), values[0].length, "%s", rows[i].reason);
    }
}

Test(query, faults)
{
    static const struct {
        const char *query;
        enum query_fault fault;
        const char *reason;
    } rows[] = {
        { "a=%", QUERY_BAD_ESCAPE, "a lone %" },
        { "a=%4", QUERY_BAD_ESCAPE, "one digit" },
        { "a=%4&b=1", QUERY_BAD_ESCAPE, "the separator is no digit" },
        { "a=%zz", QUERY_BAD_ESCAPE, "no digits" },
        { "a=%4g", QUERY_BAD_ESCAPE, "a second that is none" },
        { "a=%%41", QUERY_BAD_ESCAPE, "% is not its own escape" },
        { "a=%u0041", QUERY_BAD_ESCAPE, "no JavaScript escapes" },
        { "%=1", QUERY_BAD_ESCAPE, "in a name" },
        { "c=%zz", QUERY_BAD_ESCAPE, "also of what nobody declared" },
        { "a=%00", QUERY_NUL, "NUL" },
        { "a%00b=1", QUERY_NUL, "NUL in a name" },
        { "a=%80", QUERY_NOT_UTF8, "a continuation alone" },
        { "a=%C3", QUERY_NOT_UTF8, "cut off" },
        { "a=%C0%80", QUERY_NOT_UTF8, "overlong NUL" },
        { "a=%C0%AF", QUERY_NOT_UTF8, "overlong slash" },
        { "a=%E0%80%AF", QUERY_NOT_UTF8, "overlong in three" },
        { "a=%ED%A0%80", QUERY_NOT_UTF8, "a surrogate" },
        { "a=%F4%90%80%80", QUERY_NOT_UTF8, "over U+10FFFF" },
        { "a=%FF", QUERY_NOT_UTF8, "never in UTF-8" },
        { "a=1&a=2", QUERY_REPEATED, "given twice" },
        { "a=1&%61=1", QUERY_REPEATED, "given twice in two spellings" },
        { "a&a", QUERY_REPEATED, "twice without a value" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value values[2];
        char buffer[200];
        cr_expect_eq(decode(rows[i].query, values, buffer), rows[i].fault, "%s", rows[i].reason);
        cr_expect_neq(query_fault_text(rows[i].fault)[0], '\0', "%s", rows[i].reason);
    }
}

Test(query, the_longest_is_decoded_and_one_more_byte_is_not)
{
    static char query[QUERY_MAX_BYTES + 2], buffer[QUERY_MAX_BYTES + 2];
    struct value values[2];

    memset(query, 'x', sizeof(query) - 1);
    memcpy(query, "a=", 2);
    cr_expect_eq(query_decode(query, QUERY_MAX_BYTES + 1, params, values, buffer), QUERY_TOO_LONG);
    cr_expect_eq(query_decode(query, QUERY_MAX_BYTES, params, values, buffer), QUERY_OK);
    cr_expect_eq(values[0].length, (size_t)QUERY_MAX_BYTES - 2);
}

Test(query, the_buffer_that_is_asked_for_is_enough)
{
    /* Guarded by the sanitizers: every pair needs its two NULs inside length + 2 bytes. */
    static const char *const queries[] = { "a", "a=", "a&b", "a=&b=", "&a&b&", "a=1&b" };

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        const size_t length = strlen(queries[i]);
        char *buffer = malloc(length + 2);
        struct value values[2];
        cr_expect_eq(query_decode(queries[i], length, params, values, buffer), QUERY_OK);
        free(buffer);
    }
}
