/*
 * The filters of /audit, as a query without its escapes: what each of them takes, the whole of them
 * takes too, and a question, a link and a page's form come of it.
 */
#include "trail/filters.h"
#include "trail/links.h"
#include "trail/page.h"
#include "trail/question.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool (*const takes[])(const char *value, size_t bytes) = {
    filter_takes_route, filter_takes_verdict, filter_takes_client,
    filter_takes_time,  filter_takes_time,    filter_takes_text,
    filter_takes_limit, filter_takes_before,  filter_takes_format,
};
enum { FILTERS = sizeof(takes) / sizeof(takes[0]), FORM_BYTES = 64 * 1024 };

static void use(const struct filters *filters)
{
    static const struct activity activity = { .counts = NULL };
    struct question question;
    char link[LINK_BYTES];
    char *const bytes = malloc(FORM_BYTES);
    struct buffer out = { .bytes = bytes, .size = FORM_BYTES };
    const struct page page = { .filters = filters, .activity = &activity };

    question_records(filters, &question);
    const struct span span = span_choose(filters, 1795651200);
    if (span.buckets < 1 || span.buckets > SPAN_BUCKETS_MAX)
        abort();
    question_activity(filters, &span, &question);
    link_write_next(filters, "0192aaaa-0000-7000-8000-00000000000f", link);
    page_form(&page, &out);
    if (out.is_full || memchr(out.bytes, '\x01', out.length) != NULL)
        abort();
    free(bytes);
}

/* One value a line. A value is UTF-8 without NUL, as the runtime has made sure. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);
    const char *values[FILTERS] = { 0 };
    struct filters filters;
    bool taken = true;

    memcpy(text, data, size);
    text[size] = '\0';
    char *at = text;
    for (size_t i = 0; i < FILTERS; i++) {
        const size_t length = strcspn(at, "\n");
        values[i] = at;
        at += length;
        if (*at == '\n')
            *at++ = '\0';
        taken = takes[i](values[i], length) && taken;
    }
    const struct filter_texts texts = { values[0], values[1], values[2], values[3], values[4],
                                        values[5], values[6], values[7], values[8] };
    if (taken && filters_read(&texts, &filters) && strchr(values[5], '\x01') == NULL)
        use(&filters);
    free(text);
    return 0;
}
