/* Reports that anybody wrote: each is its own whole, and what is told of it is text alone. */
#include "comparison/comparison.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As many tags as the page has by itself: a fixed number for each finding. */
static size_t count_tags(const struct bytes *page)
{
    size_t count = 0;

    for (size_t i = 0; i < page->length; i++)
        count += page->data[i] == '<';
    return count;
}

static size_t tags_of(struct scan *first, struct scan *second)
{
    struct comparison comparison;
    struct bytes out = { .data = NULL };

    compare_scans(&comparison, first, second);
    if (tally_found(&comparison.all) != first->count || tally_now(&comparison.all) != second->count)
        abort();
    comparison_html(&out, &comparison);
    const size_t tags = count_tags(&out);
    bytes_clear(&out);
    comparison_json(&out, &comparison);
    comparison_text(&out, &comparison);
    bytes_free(&out);
    comparison_free(&comparison);
    return tags;
}

/* The same report with no text in it. */
static void empty(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++)
        scan->list[i].file = scan->list[i].id = scan->list[i].title = scan->list[i].message =
            (struct piece){ .bytes = "", .length = 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scan scan, again, nothing;
    static const char none[] = "{\"harden\":\"\",\"findings\":[],\"summary\":{\"findings\":0,"
                               "\"files\":0,\"ignored\":0,\"baseline\":0,\"unreadable\":0}}";
    char *why;

    if (!scan_of(&scan, "a", (const char *)data, size, &why)) {
        free(why);
        return 0;
    }
    if (!scan_of(&again, "b", (const char *)data, size, &why) ||
        !scan_of(&nothing, "c", none, strlen(none), &why))
        abort();
    tags_of(&scan, &again);
    const size_t tags = tags_of(&scan, &nothing);
    empty(&again);
    if (tags_of(&again, &nothing) != tags)
        abort();
    scan_free(&scan);
    scan_free(&again);
    scan_free(&nothing);
    return 0;
}
