/* The filters of /audit: times, networks, and what makes a question of them. */
#include "trail/filters.h"
#include "trail/moment.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static const struct {
    const char *text;
    int64_t milliseconds; /* -1: refused */
    const char *reason;
} moments[] = {
    { "1970-01-01T00:00:00Z", 0, "the first" },
    { "1970-01-01T00:00:00.001Z", 1, "a millisecond" },
    { "1970-01-01T00:00:00.0019Z", 1, "more is cut" },
    { "1970-01-01T00:00:00.5Z", 500, "a half" },
    { "1970-01-01T00:00:00.123456789Z", 123, "nanoseconds" },
    { "1970-01-01T00:00:00.1234567890Z", -1, "more digits than anybody has" },
    { "1970-01-01T00:00:00.Z", -1, "a point and nothing" },
    { "2000-02-29T00:00:00Z", 951782400000, "a leap year, of the fourth century" },
    { "1900-02-29T00:00:00Z", -1, "no leap year" },
    { "2100-02-29T00:00:00Z", -1, "no leap year" },
    { "2024-02-29T12:34:56Z", 1709210096000, "a leap year" },
    { "2023-02-29T00:00:00Z", -1, "not every fourth" },
    { "2026-04-31T00:00:00Z", -1, "April has 30" },
    { "2026-00-01T00:00:00Z", -1, "no month" },
    { "2026-13-01T00:00:00Z", -1, "a thirteenth" },
    { "2026-01-00T00:00:00Z", -1, "no day" },
    { "9999-12-31T23:59:59.999Z", MOMENT_LAST, "the last" },
    { "9999-12-31T23:59:59-00:01", -1, "after it" },
    { "1970-01-01T00:59:59+01:00", -1, "before the first" },
    { "1969-12-31T23:00:00-01:00", 0, "the first, by its offset" },
    { "1970-01-01T01:00:00+01:00", 0, "east" },
    { "1970-01-01T01:00:00 01:00", 0, "a + that became a space" },
    { "1970-01-01 00:00:00z", 0, "a space, a small z" },
    { "1970-01-01t00:00:00Z", 0, "a small t" },
    { "1970-01-01_00:00:00Z", -1, "neither" },
    { "1970-01-01T00:00:60Z", -1, "a leap second" },
    { "1970-01-01T00:60:00Z", -1, "minutes" },
    { "1970-01-01T24:00:00Z", -1, "hours" },
    { "1970-01-01T00:00:00+24:00", -1, "an offset's hours" },
    { "1970-01-01T00:00:00+0100", -1, "an offset without a colon" },
    { "1970-01-01T00:00:00", -1, "no zone" },
    { "1970-01-01T00:00Z", -1, "no seconds" },
    { "1970-01-01", -1, "no time" },
    { "1970-01-01T00:00:00Z ", -1, "a blank behind" },
    { " 1970-01-01T00:00:00Z", -1, "a blank in front" },
    { "", -1, "nothing" },
};

Test(moment, table)
{
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        int64_t milliseconds = -1;
        if (!moment_parse(moments[i].text, strlen(moments[i].text), &milliseconds))
            milliseconds = -1;
        cr_expect_eq(milliseconds, moments[i].milliseconds, "%s: %" PRId64, moments[i].reason,
                     milliseconds);
    }
}

Test(moment, each_day_reads_back)
{
    char text[MOMENT_BYTES];
    int64_t milliseconds;

    for (int64_t day = 0; day <= MOMENT_LAST / 86400000; day++) {
        const int64_t moment = day * 86400000 + day * 997 % 86400000;
        moment_format(moment, text);
        cr_assert(moment_parse(text, strlen(text), &milliseconds), "%s", text);
        cr_assert_eq(milliseconds, moment, "%s", text);
    }
}

Test(network, table)
{
    static const struct {
        const char *text, *first, *last; /* NULL: refused */
        const char *reason;
    } rows[] = {
        { "192.0.2.1", "192.0.2.1", "192.0.2.1", "an address" },
        { "192.0.2.77/24", "192.0.2.0", "192.0.2.255", "host bits" },
        { "192.0.2.77/27", "192.0.2.64", "192.0.2.95", "in the middle of a byte" },
        { "1.2.3.4/0", "0.0.0.0", "255.255.255.255", "all" },
        { "1.2.3.4/32", "1.2.3.4", "1.2.3.4", "one" },
        { "1.2.3.4/33", NULL, NULL, "too long" },
        { "1.2.3.4/", NULL, NULL, "none" },
        { "1.2.3.4/1x", NULL, NULL, "more than a number" },
        { "1.2.3.4/01", NULL, NULL, "a leading zero" },
        { "1.2.3.4/1234", NULL, NULL, "four digits" },
        { "1.2.3.4/24/24", NULL, NULL, "two" },
        { "1.2.3", NULL, NULL, "three parts" },
        { "01.2.3.4", NULL, NULL, "octal, to some" },
        { "::", "::", "::", "an IPv6 address" },
        { "2001:db8::1/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "a network" },
        { "2001:DB8::1/127", "2001:db8::", "2001:db8::1", "two" },
        { "::1/129", NULL, NULL, "too long" },
        { "::ffff:1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4", "a mapped one is IPv6" },
        { "fe80::1%eth0", NULL, NULL, "a scope" },
        { "x", NULL, NULL, "a word" },
        { "/8", NULL, NULL, "a prefix alone" },
        { "", NULL, NULL, "nothing" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128x", NULL, NULL, "too long a text" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct network_range range;
        const bool taken = network_parse(rows[i].text, strlen(rows[i].text), &range);
        cr_assert_eq(taken, rows[i].first != NULL, "%s", rows[i].reason);
        if (taken) {
            cr_expect_str_eq(range.first, rows[i].first, "%s", rows[i].reason);
            cr_expect_str_eq(range.last, rows[i].last, "%s", rows[i].reason);
        }
    }
}

#define NOTHING                                                                                    \
    .route = "", .verdict = "", .client = "", .since = "", .until = "", .q = "", .limit = "",      \
    .before = "", .format = ""

Test(filters, nothing_is_the_default)
{
    struct filters filters;

    cr_assert(filters_read(&(struct filter_texts){ NOTHING }, &filters));
    cr_expect_eq(filters.limit, 100u);
    cr_expect_eq(filters.format, FORMAT_NONE);
}

Test(filters, limit_and_format)
{
    struct filter_texts texts = { NOTHING };
    struct filters filters;

    texts.limit = "1000";
    texts.format = "csv";
    cr_assert(filters_read(&texts, &filters));
    cr_expect_eq(filters.limit, 1000u);
    cr_expect_eq(filters.format, FORMAT_CSV);
    texts.limit = "1001";
    cr_expect_not(filters_read(&texts, &filters));
}

Test(filters, since_after_until)
{
    struct filter_texts texts = { NOTHING };
    struct filters filters;

    texts.since = "2026-01-01T00:00:00.001Z";
    texts.until = "2026-01-01T00:00:00Z";
    cr_expect_not(filters_read(&texts, &filters));
    texts.until = "2026-01-01T00:00:00.001Z";
    cr_expect(filters_read(&texts, &filters));
    texts.until = "";
    cr_expect(filters_read(&texts, &filters));
}

Test(filters, a_value_ends_where_it_says)
{
    cr_expect_not(filter_takes_route("ab\0c", 4));
    cr_expect_not(filter_takes_verdict("failed\0x", 8));
    cr_expect_not(filter_takes_text("a\0b", 3));
    cr_expect_not(filter_takes_format("csv\0x", 5));
    cr_expect_not(filter_takes_client("::1\0x", 5));
    cr_expect_not(filter_takes_before("0192aaaa-0000-7000-8000-00000000000g", 36));
    cr_expect(filter_takes_before("0192AAAA-0000-7000-8000-00000000000f", 36));
}
