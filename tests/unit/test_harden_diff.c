/* Unified diffs, to the letter of what patch(1) takes. */
#include "core/diff.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_diff(const char *name, const char *before, const char *after,
                        const char *expected)
{
    struct bytes out = { .data = NULL };
    struct text a, b;

    text_of(&a, name, before, strlen(before));
    text_of(&b, name, after, strlen(after));
    bytes_text(&out, "");
    diff_unified(&out, &a, &b);
    cr_expect_str_eq(out.data, expected);
    text_free(&a);
    text_free(&b);
    bytes_free(&out);
}

#define HEAD "--- a/f\n+++ b/f\n"

Test(harden_diff, hunks)
{
    static const struct {
        const char *before, *after, *expected;
    } rows[] = {
        { "a\n", "a\n", "" },
        { "a\n", "b\n", HEAD "@@ -1 +1 @@\n-a\n+b\n" },
        { "", "a\n", HEAD "@@ -0,0 +1 @@\n+a\n" },
        { "a\n", "", HEAD "@@ -1 +0,0 @@\n-a\n" },
        { "a", "a\n", HEAD "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n" },
        { "a\r\nb", "a\r\nc\r\nb",
          HEAD "@@ -1,2 +1,3 @@\n a\r\n+c\r\n b\n"
               "\\ No newline at end of file\n" },
        { "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
          HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" },
        { "1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n",
          HEAD "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n" },
        { "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
          HEAD "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_diff("f", rows[i].before, rows[i].after, rows[i].expected);
}

Test(harden_diff, names)
{
    expect_diff("./a/b", "a\n", "b\n", "--- a/a/b\n+++ b/a/b\n@@ -1 +1 @@\n-a\n+b\n");
    expect_diff("/a/b", "a\n", "b\n", "--- a/a/b\n+++ b/a/b\n@@ -1 +1 @@\n-a\n+b\n");
    expect_diff("a b", "a\n", "b\n", "--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-a\n+b\n");
    expect_diff("a\"\n", "a\n", "b\n",
                "--- \"a/a\\042\\012\"\n+++ \"b/a\\042\\012\"\n@@ -1 +1 @@\n-a\n+b\n");
}

Test(harden_diff, when_all_is_another)
{
    struct bytes before = { .data = NULL }, after = { .data = NULL }, out = { .data = NULL };
    struct text a, b;

    for (int i = 0; i < 3000; i++) {
        bytes_format(&before, "%d\n", i);
        bytes_format(&after, "x%d\n", i);
    }
    text_of(&a, "f", before.data, before.length);
    text_of(&b, "f", after.data, after.length);
    diff_unified(&out, &a, &b);
    cr_expect_eq(strncmp(out.data, HEAD "@@ -1,3000 +1,3000 @@\n-0\n-1\n", 36), 0);
    text_free(&a);
    text_free(&b);
    bytes_free(&before);
    bytes_free(&after);
    bytes_free(&out);
}
