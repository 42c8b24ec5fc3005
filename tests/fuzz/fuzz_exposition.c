/* Pages of counters that somebody else wrote: whatever they hold, what is printed are lines. */
#include "health/exposition.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES = 3, TEXT = 64 * 1024 };

/* A comment, or a name, labels without line breaks or an escape, a blank and a number. */
static void check_line(const char *line, size_t length)
{
    const char *const blank = memrchr(line, ' ', length);

    if (length == 0 || blank == NULL)
        abort();
    if (line[0] == '#')
        return;
    const size_t digits = (size_t)(line + length - blank) - 1;
    if (strncmp(line, "bulkhead_", 9) != 0 || digits == 0 ||
        strspn(blank + 1, "0123456789.") != digits)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct programs programs = { .count = 1, .names = { "hello" }, .processes = 2 };
    static char text[TEXT + 1];
    struct page pages[PAGES];
    uint8_t raw[STATS_PAGE_BYTES + 1];
    struct buffer out = { .bytes = text, .size = TEXT };

    for (size_t i = 0; i < PAGES; i++) {
        const size_t part = size / PAGES < sizeof(raw) ? size / PAGES : sizeof(raw);
        /* most of a page is never looked at: short inputs are pages too */
        memset(raw, 0, sizeof(raw));
        if (part > 0)
            memcpy(raw, data + i * (size / PAGES), part);
        page_read(raw, part < sizeof(raw) ? STATS_PAGE_BYTES : part, &pages[i]);
    }
    exposition_write(&(struct exposition){ .programs = &programs,
                                           .pages = pages,
                                           .shipper = &pages[PAGES - 1],
                                           .now = 1764082512 },
                     &out);
    if (out.is_full || out.length == 0)
        abort();
    text[out.length] = '\n';
    for (char *at = text, *end; at <= text + out.length; at = end + 1) {
        end = memchr(at, '\n', (size_t)(text + out.length + 1 - at));
        check_line(at, (size_t)(end - at));
    }
    return 0;
}
