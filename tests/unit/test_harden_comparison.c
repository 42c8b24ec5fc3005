/* Two scans beside each other: what is the same finding, and what is no report. */
#include "comparison/comparison.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A finding a letter pair, "a1": its file, and its fingerprint; its line is its place in the list.
 */
static void report_of(struct bytes *out, const char *findings)
{
    size_t count = 0;

    bytes_text(out, "{\"harden\": \"1\", \"findings\": [");
    for (; findings[0] != '\0' && findings[1] != '\0'; findings += 2, count++)
        bytes_format(out,
                     "%s{\"file\": \"%s%c\", \"line\": %zu, \"column\": 1, \"message\": \"m\", "
                     "\"id\": \"K1\", \"type\": \"%s\", \"title\": \"t\", \"severity\": \"%s\", "
                     "\"fingerprint\": \"000000000000000%c\"}",
                     count > 0 ? ", " : "", findings[0] == 'c' ? ".//./" : "", findings[0],
                     count + 1, findings[0] == 'b' ? "compose" : "dockerfile",
                     findings[1] == '1' ? "high" : "low", findings[1]);
    bytes_format(out,
                 "], \"summary\": {\"findings\": %zu, \"files\": 1, \"ignored\": 0, "
                 "\"baseline\": 0, \"unreadable\": 0}}",
                 count);
}

static void read_findings(struct scan *scan, const char *findings)
{
    struct bytes json = { .data = NULL };
    char *why;

    report_of(&json, findings);
    cr_assert(scan_of(scan, "report", json.data, json.length, &why), "%s: %s", findings, why);
    bytes_free(&json);
}

/* "fate:file fingerprint" of each, in the order in which they are told. */
static void told(struct bytes *out, const struct comparison *comparison)
{
    bytes_text(out, "");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct entry *const entry = &comparison->list[i];
        bytes_format(out, "%s%c%.*s%x", i > 0 ? " " : "", fate_name(entry->fate)[0],
                     (int)entry->file.length, entry->file.bytes, (unsigned)entry->fingerprint);
    }
}

Test(harden_comparison, fates)
{
    static const struct {
        const char *first, *second, *told, *reason;
    } rows[] = {
        { "", "", "", "nothing at all" },
        { "a1", "", "fa1", "gone: fixed" },
        { "", "a1", "na1", "come: new" },
        { "a1", "a1", "la1", "in both: left" },
        { "a1a2", "a2", "la2 fa1", "a line that has moved is the same" },
        { "a1", "b1", "nb1 fa1", "another file is another finding" },
        { "a1", "a2", "na2 fa1", "another fingerprint likewise" },
        { "a1a1", "a1", "la1 fa1", "twice the same are matched once each" },
        { "a2a1b1", "b1a1a2", "la1 lb1 la2", "in any order; the worst first" },
        { "c1", "c1", "lc1", "dots before a path are no part of it" },
        { "a1b2c1", "c1b2a3", "na3 lc1 lb2 fa1", "all at once: what needs somebody first" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct comparison comparison;
        struct bytes out = { .data = NULL };
        struct scan first, second;
        read_findings(&first, rows[i].first);
        read_findings(&second, rows[i].second);
        compare_scans(&comparison, &first, &second);
        told(&out, &comparison);
        cr_expect_str_eq(out.data, rows[i].told, "%s: %s", rows[i].reason, out.data);
        cr_expect_eq(tally_found(&comparison.all), first.count, "%s", rows[i].reason);
        cr_expect_eq(tally_now(&comparison.all), second.count, "%s", rows[i].reason);
        bytes_free(&out);
        comparison_free(&comparison);
        scan_free(&first);
        scan_free(&second);
    }
}

Test(harden_comparison, types_are_the_catalogues)
{
    static const char report[] =
        "{\"harden\": \"1\", \"findings\": [{\"file\": \"a\", \"line\": 1, \"column\": 1, "
        "\"message\": \"m\", \"id\": \"Z9\", \"type\": \"<b>\", \"title\": \"t\", "
        "\"severity\": \"low\", \"fingerprint\": \"0123456789abcdef\"}], \"summary\": "
        "{\"findings\": 1, \"files\": 1, \"ignored\": 0, \"baseline\": 0, \"unreadable\": 0}}";
    struct comparison comparison;
    struct scan first, second;
    char *why;

    cr_assert(scan_of(&first, "a", report, strlen(report), &why));
    read_findings(&second, "b1a1");
    compare_scans(&comparison, &first, &second);
    cr_assert_eq(comparison.type_count, 3);
    cr_expect_str_eq(comparison.types[0].name, "compose");
    cr_expect_str_eq(comparison.types[1].name, "dockerfile");
    cr_expect_str_eq(comparison.types[2].name, "other");
    cr_expect_eq(comparison.types[2].tally.fates[FATE_FIXED], 1);
    comparison_free(&comparison);
    scan_free(&first);
    scan_free(&second);
}

/* Each is a report with one thing in the place of another. */
Test(harden_comparison, what_is_no_report)
{
    static const struct {
        const char *from, *to, *why;
    } rows[] = {
        { "{\"harden\"", "{\"other\"", "it is no report of `harden audit --format json`" },
        { "\"findings\": [", "\"found\": [", "it is no report of `harden audit --format json`" },
        { "\"file\"", "\"path\"", "something lacks in finding 1" },
        { "\"a\"", "7", "something lacks in finding 1" },
        { "\"line\": 1", "\"line\": -1", "something lacks in finding 1" },
        { "\"line\": 1", "\"line\": 1e9", "something lacks in finding 1" },
        { "\"line\": 1", "\"line\": 1234567890123456", "something lacks in finding 1" },
        { "\"high\"", "\"worst\"", "something lacks in finding 1" },
        { "\"high\"", "\"high\\u0000\"", "something lacks in finding 1" },
        { "\"0000000000000001\"", "\"000000000000001\"", "something lacks in finding 1" },
        { "\"0000000000000001\"", "\"000000000000000G\"", "something lacks in finding 1" },
        { "\"findings\": 1", "\"findings\": 2", "its summary is not that of its findings" },
        { "\"unreadable\": 0", "\"unreadable\": []", "its summary is not that of its findings" },
        { "{\"harden\"", "{\"harden\": 1, \"harden\"", "1:" },
        { "]", "", "1:" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes json = { .data = NULL }, changed = { .data = NULL };
        struct scan scan;
        char *why = NULL;
        report_of(&json, "a1");
        const char *const at = strstr(json.data, rows[i].from);
        cr_assert_not_null(at, "%s", rows[i].from);
        bytes_add(&changed, json.data, (size_t)(at - json.data));
        bytes_text(&changed, rows[i].to);
        bytes_text(&changed, at + strlen(rows[i].from));
        cr_assert_not(scan_of(&scan, "a", changed.data, changed.length, &why), "%s", rows[i].to);
        cr_expect_not_null(strstr(why, rows[i].why), "%s: %s", rows[i].to, why);
        free(why);
        bytes_free(&json);
        bytes_free(&changed);
    }
}

/* What a report says is in the page as text alone. */
Test(harden_comparison, the_page_escapes)
{
    static const char hostile[] =
        "{\"harden\": \"1\", \"findings\": [{\"file\": \"<script>&\\\"'\", \"line\": 1, "
        "\"column\": 1, \"message\": \"</td><script>1</script>\\u202e\\u0000\", \"id\": \"<b>\", "
        "\"type\": \"<i>\", \"title\": \"<u>\", \"severity\": \"low\", "
        "\"fingerprint\": \"0123456789abcdef\"}], \"summary\": {\"findings\": 1, \"files\": 1, "
        "\"ignored\": 0, \"baseline\": 0, \"unreadable\": 0}}";
    static const char *const tags[] = { "<script", "<b><b>", "<i>", "<u>", "\xe2\x80\xae" };
    struct comparison comparison;
    struct bytes out = { .data = NULL };
    struct scan first, second;
    char *why;

    cr_assert(scan_of(&first, "<script>", hostile, strlen(hostile), &why));
    read_findings(&second, "");
    compare_scans(&comparison, &first, &second);
    comparison_html(&out, &comparison);
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        cr_expect_null(strstr(out.data, tags[i]), "%s", tags[i]);
    cr_expect_eq(strlen(out.data), out.length);
    cr_expect_not_null(strstr(out.data, "&#60;script&#62;&#38;&#34;&#39;:1:1"));
    bytes_free(&out);
    comparison_free(&comparison);
    scan_free(&first);
    scan_free(&second);
}
