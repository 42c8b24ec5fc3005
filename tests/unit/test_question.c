/* What the database is asked: no value is ever in the SQL, and the picture's time is bounded. */
#include "trail/links.h"
#include "trail/moment.h"
#include "trail/question.h"

#include <criterion/criterion.h>
#include <string.h>

#define NOTHING                                                                                    \
    .route = "", .verdict = "", .client = "", .since = "", .until = "", .q = "", .limit = "",      \
    .before = "", .format = ""

static struct filters read_filters(const struct filter_texts *texts)
{
    struct filters filters;

    cr_assert(filters_read(texts, &filters));
    return filters;
}

/* Every filter at once, with values that would show anywhere. */
static const struct filter_texts all = {
    .route = "zz-route",
    .verdict = "failed",
    .client = "203.0.113.9/24",
    .since = "2026-11-25T00:00:00Z",
    .until = "2026-11-26T00:00:00Z",
    .q = "zz' q",
    .limit = "777",
    .before = "0192aaaa-0000-7000-8000-00000000000f",
    .format = "",
};

Test(question, no_value_is_in_the_sql)
{
    const struct filters filters = read_filters(&all);
    struct question question;

    question_records(&filters, &question);
    const char *const values[] = { "zz",  "failed", "203.0.113", "2026-11",  "'zz",
                                   "777", "778",    "0192aaaa",  "0000-0000" };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        cr_expect_null(strstr(question.sql, values[i]), "%s", values[i]);
    cr_expect_eq(question.count, 11);
    cr_expect_not_null(strstr(question.sql, "LIMIT $11::int"));
    cr_expect_str_eq(question.values[10], "778");
}

Test(question, values)
{
    static const char *const expected[] = {
        "0192aaaa-0000-7000-8000-00000000000f",
        "01a21000-8800-0000-0000-000000000000",
        "01a21526-e400-0000-0000-000000000000",
        "zz-route",
        "failed",
        "203.0.113.0",
        "203.0.113.255",
        "zz' q",
        "zz%27%20q",
        "zz%27+q",
        "778",
    };
    const struct filters filters = read_filters(&all);
    struct question question;

    question_records(&filters, &question);
    for (int i = 0; i < question.count; i++)
        cr_expect_str_eq(question.values[i], expected[i], "$%d", i + 1);
}

Test(question, nothing_asks_for_the_newest)
{
    const struct filters filters = read_filters(&(struct filter_texts){ NOTHING });
    struct question question;

    question_records(&filters, &question);
    cr_expect_eq(question.count, 1);
    cr_expect_str_eq(question.values[0], "101");
    cr_expect_not_null(strstr(question.sql, "WHERE true ORDER BY id DESC LIMIT $1::int"));
}

Test(question, one_address_is_asked_for_by_equality)
{
    struct filter_texts texts = { NOTHING };
    struct question question;

    texts.client = "2001:DB8::1";
    const struct filters filters = read_filters(&texts);
    question_records(&filters, &question);
    cr_expect_not_null(strstr(question.sql, "client = $1::inet"));
    cr_expect_str_eq(question.values[0], "2001:db8::1");
}

Test(question, a_text_that_is_its_own_encoding_is_looked_for_once)
{
    struct filter_texts texts = { NOTHING };
    struct question question;

    texts.q = "plain";
    const struct filters filters = read_filters(&texts);
    question_records(&filters, &question);
    cr_expect_eq(question.count, 2);
}

Test(question, the_longest_fit)
{
    char q[FILTER_TEXT_BYTES + 1], route[FILTER_ROUTE_BYTES + 1], link[LINK_BYTES];
    struct filter_texts texts = all;
    struct question question;

    memset(q, ' ', sizeof(q) - 1);
    memset(route, 'r', sizeof(route) - 1);
    q[sizeof(q) - 1] = route[sizeof(route) - 1] = '\0';
    texts.q = q;
    texts.route = route;
    texts.client = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128";
    texts.verdict = "rejected";
    texts.limit = "1000";
    texts.format = "json";
    struct filters filters = read_filters(&texts);
    question_records(&filters, &question);
    link_write_next(&filters, all.before, link);
    memset(q, '\x7f', sizeof(q) - 1);
    question_records(&filters, &question);
    link_write_next(&filters, all.before, link);
    cr_expect_not_null(strstr(link, "&format=json"));
}

Test(link, canonical)
{
    struct filter_texts texts = { NOTHING };
    char link[LINK_BYTES];

    texts.route = "ping";
    texts.since = "2026-11-25T01:00:00 01:00";
    texts.q = "a&b=\"c\" +\xc3\xa9";
    link_write(&texts, link);
    cr_expect_str_eq(link, "/audit?route=ping&since=2026-11-25T00:00:00.000Z"
                           "&q=a%26b%3D%22c%22%20%2B%C3%A9");
}

/* Whatever the range, few buckets that hold all of it. */
static void expect_span(const struct filter_texts *texts, int64_t now, int64_t width)
{
    const struct filters filters = read_filters(texts);
    const struct span span = span_choose(&filters, now);

    cr_expect(span.buckets >= 1 && span.buckets <= SPAN_BUCKETS_MAX, "%u", span.buckets);
    cr_expect_eq(span.begin % span.width, 0);
    cr_expect_eq(span.width % 600, 0, "counts are of ten minutes");
    if (texts->since[0] != '\0')
        cr_expect_leq(span.begin, filters.since / 1000);
    if (texts->until[0] != '\0')
        cr_expect_geq(span.begin + span.width * span.buckets, filters.until / 1000);
    if (width != 0)
        cr_expect_eq(span.width, width, "%lld", (long long)span.width);
}

Test(span, table)
{
    static const struct {
        const char *since, *until;
        int64_t width;
    } rows[] = {
        { "", "", 1800 },
        { "", "2026-11-25T12:34:56.789Z", 1800 },
        { "2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z", 600 },
        { "2026-11-25T00:00:00Z", "2026-11-25T16:00:00Z", 600 },
        { "2026-11-25T00:09:59Z", "2026-11-25T16:10:00Z", 1800 },
        { "2026-11-01T00:00:00Z", "", 12 * 3600 },
        { "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z", 7 * 86400 },
        { "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", 0 },
        { "9999-01-01T00:00:00Z", "", 600 },
        { "", "1970-01-01T00:00:00Z", 600 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct filter_texts texts = { NOTHING };
        texts.since = rows[i].since;
        texts.until = rows[i].until;
        expect_span(&texts, 1795651200 /* 2026-11-26 */, rows[i].width);
    }
}

Test(question, the_picture)
{
    const struct filters filters = read_filters(&all);
    const struct span span = span_choose(&filters, 0);
    struct question question;

    question_activity(&filters, &span, &question);
    cr_expect_eq(question.count, 5);
    cr_expect_null(strstr(question.sql, "zz"));
    cr_expect_str_eq(question.values[3], "zz-route");
}
