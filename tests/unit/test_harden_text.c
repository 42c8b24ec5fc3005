/* Texts: lines, places, what is in front of them; and what is printed of them. */
#include "core/text.h"
#include "core/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

static struct text make(const char *bytes)
{
    struct text text;

    text_of(&text, "name", bytes, strlen(bytes));
    return text;
}

Test(harden_text, lines)
{
    static const struct {
        const char *bytes;
        size_t lines;
        const char *newline, *second, *reason;
    } rows[] = {
        { "", 1, "\n", NULL, "an empty text has one empty line" },
        { "a", 1, "\n", NULL, "one without an end" },
        { "a\n", 2, "\n", "", "behind the last newline there is an empty one" },
        { "a\nb", 2, "\n", "b", "two" },
        { "a\r\nb\r\n", 3, "\r\n", "b", "a carriage return belongs to the end" },
        { "a\nb\r\nc", 3, "\n", "b", "the first end says which" },
        { "a\rb\n", 2, "\n", "", "a carriage return alone ends nothing" },
        { "\xef\xbb\xbf"
          "a\n\xef\xbb\xbf",
          2, "\n", "\xef\xbb\xbf", "a mark is one at the start" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text = make(rows[i].bytes);
        cr_expect_eq(text.line_count, rows[i].lines, "%s", rows[i].reason);
        cr_expect_str_eq(text.newline, rows[i].newline, "%s", rows[i].reason);
        if (rows[i].second != NULL)
            cr_expect(text_is(&text, text_line(&text, 2), rows[i].second), "%s", rows[i].reason);
        text_free(&text);
    }
}

Test(harden_text, places)
{
    static const struct {
        const char *bytes;
        size_t offset, line, column;
        const char *reason;
    } rows[] = {
        { "abc\ndef\n", 0, 1, 1, "the first byte" },
        { "abc\ndef\n", 3, 1, 4, "the end of a line is of that line" },
        { "abc\ndef\n", 4, 2, 1, "the next is of the next" },
        { "abc\ndef\n", 8, 3, 1, "the end of the text" },
        { "\xef\xbb\xbf"
          "abc",
          3, 1, 1, "the byte order mark has no column" },
        { "\xef\xbb\xbf"
          "abc",
          0, 1, 1, "nor is before the first" },
        { "a\xe2\x82\xac"
          "b",
          4, 1, 3, "a character is one column" },
        { "a\xff\xff"
          "b",
          3, 1, 4, "what is no UTF-8 is one a byte" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text = make(rows[i].bytes);
        const struct position position = text_position(&text, rows[i].offset);
        cr_expect_eq(position.line, rows[i].line, "%s", rows[i].reason);
        cr_expect_eq(position.column, rows[i].column, "%s", rows[i].reason);
        text_free(&text);
    }
}

Test(harden_text, what_can_not_be_read)
{
    static const struct {
        const char *path, *why;
    } rows[] = {
        { "/", "it is a folder" },
        { "/dev/null", "it is no regular file" },
        { "/nonexistent", "No such file or directory" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text;
        cr_expect_str_eq(text_read(&text, rows[i].path), rows[i].why);
        cr_expect_null(text.bytes, "there is nothing to free");
    }
}

Test(harden_text, utf8)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *reason;
    } rows[] = {
        { "a", 1, "ASCII" },
        { "\xc2\x80", 2, "the first of two" },
        { "\xc1\xbf", 0, "written longer than need be" },
        { "\xe0\x9f\xbf", 0, "likewise" },
        { "\xed\x9f\xbf", 3, "the last before the surrogates" },
        { "\xed\xa0\x80", 0, "a surrogate" },
        { "\xf4\x8f\xbf\xbf", 4, "the last code point" },
        { "\xf4\x90\x80\x80", 0, "one too many" },
        { "\xe2\x82", 0, "cut short" },
        { "\x80", 0, "no first byte" },
        { "\xf8\x88\x80\x80\x80", 0, "five are no longer allowed" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t c;
        cr_expect_eq(utf8_take(rows[i].bytes, strlen(rows[i].bytes), &c), rows[i].length, "%s",
                     rows[i].reason);
    }
}

Test(harden_text, what_is_printed)
{
    static const struct {
        const char *bytes, *visible, *json, *reason;
    } rows[] = {
        { "a\tb", "a b", "\"a\\u0009b\"", "a tab" },
        { "a\x1b[2J", "a\\x1b[2J", "\"a\\u001b[2J\"", "what clears a screen" },
        { "\xff", "\\xff", "\"\xef\xbf\xbd\"", "what is no UTF-8" },
        { "\xe2\x80\xae", "\\u{202e}", "\"\\u202e\"", "what turns the direction around" },
        { "\"\\", "\"\\", "\"\\\"\\\\\"", "quotes" },
        { "\xe2\x82\xac", "\xe2\x82\xac", "\"\xe2\x82\xac\"", "a character as it is" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes out = { .data = NULL };
        put_visible(&out, rows[i].bytes, strlen(rows[i].bytes));
        cr_expect_str_eq(out.data, rows[i].visible, "%s", rows[i].reason);
        bytes_clear(&out);
        put_json_string(&out, rows[i].bytes, strlen(rows[i].bytes));
        cr_expect_str_eq(out.data, rows[i].json, "%s", rows[i].reason);
        bytes_free(&out);
    }
}
