/* Text that somebody else chose, in HTML, JSON, CSV and a query. */
#include "trail/escape.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *result_of(void (*put)(struct buffer *, const char *), const char *text)
{
    static char bytes[1024];
    struct buffer buffer = { .bytes = bytes, .size = sizeof(bytes) };

    put(&buffer, text);
    put_bytes(&buffer, "", 1);
    cr_assert_not(buffer.is_full);
    return bytes;
}

static void put_kept(struct buffer *buffer, const char *text)
{
    put_percent(buffer, text, "-/");
}

static const struct {
    void (*put)(struct buffer *buffer, const char *text);
    const char *text, *expected, *reason;
} rows[] = {
    { put_html, "<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;&quot;", "markup" },
    { put_html, "a\nb\x7f", "a\\u{000A}b\\u{007F}", "controls" },
    { put_html, "\xc2\x85", "\\u{0085}", "a control of Latin-1" },
    { put_html, "a\xe2\x80\xae", "a\\u{202E}", "a right-to-left override" },
    { put_html, "\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c", "\\u{2066}\\u{200F}\\u{061C}", "other bidi" },
    { put_html, "\xe2\x80\x8b\xef\xbb\xbf", "\\u{200B}\\u{FEFF}", "zero widths" },
    { put_html, "\xe3\x85\xa4\xe2\xa0\x80", "\\u{3164}\\u{2800}", "letters that show nothing" },
    { put_html, "\xc2\xa0", "\\u{00A0}", "a space that is none" },
    { put_html, "\xf3\xa0\x81\x81", "\\u{E0041}", "a tag" },
    { put_html, "\xf0\x9f\x98\x80\xc3\xa9", "\xf0\x9f\x98\x80\xc3\xa9", "what can be seen" },
    { put_html, "\\u{41}\\x", "\\u{005C}u{41}\\x", "what looks like an escape" },
    { put_html, "\xff\xc3(", "\xef\xbf\xbd\xef\xbf\xbd(", "no UTF-8" },
    { put_field, "\"<\xe2\x80\xae", "&quot;&lt;&#x202E;", "a field keeps what it holds" },
    { put_field, "\xc2\x85", "\xc2\x85", "&#x85; would be an ellipsis" },
    { put_json, "a\"\\\n\xe2\x80\xae\xf3\xa0\x81\x81\xc3\xa9",
      "\"a\\\"\\\\\\u000a\\u202e\\udb40\\udc41\xc3\xa9\"", "JSON" },
    { put_json, "</script>", "\"</script>\"", "JSON is not inside of HTML" },
    { put_csv, "a", "a", "plain" },
    { put_csv, "", "", "empty" },
    { put_csv, "a,b", "\"a,b\"", "a comma" },
    { put_csv, "a;b", "\"a;b\"", "what some take for one" },
    { put_csv, "a\"b", "\"a\"\"b\"", "a quote" },
    { put_csv, "a\r\nb", "\"a\r\nb\"", "a line" },
    { put_csv, "=1", "'=1", "a formula" },
    { put_csv, "+1", "'+1", "another" },
    { put_csv, "-1", "'-1", "another" },
    { put_csv, "@x", "'@x", "another" },
    { put_csv, "\t=1", "\"'\t=1\"", "behind a tab" },
    { put_csv, "\r=1", "\"'\r=1\"", "behind a line" },
    { put_csv, "=\"a\"", "\"'=\"\"a\"\"\"", "with a quote" },
    { put_csv,
      "\xef\xbc\x9d"
      "1",
      "'\xef\xbc\x9d"
      "1",
      "a wide one" },
    { put_csv, "a=1", "a=1", "none" },
    { put_kept, "a-b/c d+\xc3\xa9%", "a-b/c%20d%2B%C3%A9%25", "a query" },
};

Test(escape, table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(result_of(rows[i].put, rows[i].text), rows[i].expected, "%s: %s",
                         rows[i].reason, result_of(rows[i].put, rows[i].text));
}

Test(buffer, full_is_full)
{
    char bytes[8];
    struct buffer buffer = { .bytes = bytes, .size = sizeof(bytes) };

    put_text(&buffer, "1234567");
    put_format(&buffer, "%d", 12);
    cr_expect(buffer.is_full);
    put_bytes(&buffer, "x", 1);
    cr_expect_eq(buffer.length, 7u, "nothing comes behind what is missing");
}

Test(buffer, exactly_full)
{
    char bytes[4];
    struct buffer buffer = { .bytes = bytes, .size = sizeof(bytes) };

    put_bytes(&buffer, "1234", 4);
    cr_expect_not(buffer.is_full);
    put_format(&buffer, "x");
    cr_expect(buffer.is_full);
}
