/* Splices, and whether they mean what they were to mean. */
#include "core/edits.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(harden_edits, splices)
{
    static const struct {
        struct {
            size_t offset, removed;
            const char *bytes;
        } splices[3];
        const char *after, *reason;
    } rows[] = {
        { { { 0, 0, "x" } }, "xabcdef", "an insertion at the beginning" },
        { { { 6, 0, "x" } }, "abcdefx", "at the end" },
        { { { 1, 2, "" } }, "adef", "a removal" },
        { { { 4, 1, "x" }, { 1, 1, "yy" } }, "ayycdxf", "in any order" },
        { { { 1, 2, "x" }, { 3, 1, "y" } }, "axyef", "beside each other" },
        { { { 1, 1, "x" }, { 1, 1, "x" } }, "axcdef", "the same twice is one" },
        { { { 1, 2, "x" }, { 2, 1, "y" } }, NULL, "they overlap" },
        { { { 1, 0, "x" }, { 1, 0, "y" } }, NULL, "two insertions have no order" },
        { { { 1, 0, "x" }, { 1, 1, "y" } }, NULL, "nor has one at a replacement" },
        { { { 7, 0, "x" } }, NULL, "beyond the end" },
        { { { 5, 2, "x" } }, NULL, "likewise" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct edits edits = { .splices = NULL };
        struct text before, after = { .bytes = NULL };
        text_of(&before, "name", "abcdef", 6);
        for (size_t j = 0; j < 3 && rows[i].splices[j].bytes != NULL; j++)
            edit(&edits, rows[i].splices[j].offset, rows[i].splices[j].removed,
                 rows[i].splices[j].bytes, strlen(rows[i].splices[j].bytes));
        cr_expect_eq(edits_apply(&edits, &before, &after), rows[i].after != NULL, "%s",
                     rows[i].reason);
        if (rows[i].after != NULL && after.bytes != NULL)
            cr_expect_str_eq(after.bytes, rows[i].after, "%s", rows[i].reason);
        text_free(&before);
        text_free(&after);
        edits_free(&edits);
    }
}

/* A fact a letter. */
static struct facts facts_of(const char *letters)
{
    struct facts facts = { .ends = NULL };

    for (; *letters != '\0'; letters++)
        fact_add(&facts, letters, 1);
    return facts;
}

Test(harden_edits, what_they_mean)
{
    enum { END = 3 };
    static const struct {
        struct {
            char sign;
            size_t at;
            const char *fact;
        } changes[3];
        const char *after, *why, *reason;
    } rows[] = {
        { { { 0 } }, "abc", NULL, "nothing" },
        { { { 0 } }, "abd", "it would change something else too: c", "what was not said" },
        { { { 0 } }, "ab", "it would change something else too: c", "one too few" },
        { { { 0 } }, "abcd", "it would also mean: d", "one too many" },
        { { { 0 } }, "acb", "it would change something else too: b", "another order" },
        { { { '-', ANYWHERE, "b" } }, "ac", NULL, "a loss" },
        { { { '-', ANYWHERE, "b" } }, "abc", "it would change something else too: c", "not lost" },
        { { { '+', ANYWHERE, "x" } }, "xabc", NULL, "a gain anywhere: first" },
        { { { '+', ANYWHERE, "x" } }, "abxc", NULL, "in between" },
        { { { '+', ANYWHERE, "x" } }, "abcx", NULL, "last" },
        { { { '+', ANYWHERE, "x" } }, "abc", "it would not mean: x", "not gained" },
        { { { '+', ANYWHERE, "c" } }, "abcc", NULL, "one more of a kind" },
        { { { '+', 1, "x" } }, "axbc", NULL, "a gain in its place" },
        { { { '+', 1, "x" } }, "abxc", "it would change something else too: c", "in another" },
        { { { '+', END, "x" } }, "abcx", NULL, "at the end" },
        { { { '+', END, "x" } }, "abxc", "it would change something else too: c", "before it" },
        { { { '-', 1, "b" }, { '+', 1, "x" } }, "axc", NULL, "a replacement" },
        { { { '-', 1, "b" }, { '+', 1, "x" } }, "acx", "it would also mean: x", "moved" },
        { { { '-', 2, "b" } }, "ac", "it would change something else too: b", "another's place" },
        { { { '-', ANYWHERE, "x" } }, "abc", "it would not mean: x", "what was not there" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct edits edits = { .splices = NULL };
        struct facts before = facts_of("abc"), after = facts_of(rows[i].after);
        char *why;
        for (size_t j = 0; j < 3 && rows[i].changes[j].fact != NULL; j++)
            (rows[i].changes[j].sign == '-' ? expect_loss : expect_gain)(
                &edits, rows[i].changes[j].at, rows[i].changes[j].fact, 1);
        cr_expect_eq(edits_explain(&edits, &before, &after, &why), rows[i].why == NULL, "%s",
                     rows[i].reason);
        if (rows[i].why != NULL && why != NULL)
            cr_expect_str_eq(why, rows[i].why, "%s", rows[i].reason);
        free(why);
        facts_free(&before);
        facts_free(&after);
        edits_free(&edits);
    }
}
