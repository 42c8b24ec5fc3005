/*
 * The page of /audit, and the same records as JSON and as CSV. Pure: values in, text out. What a
 * record holds was chosen by whoever sent the request, and is inert in each.
 */
#ifndef BULKHEAD_PAGE_H
#define BULKHEAD_PAGE_H

#include "route/buffer.h"
#include "trail/filters.h"
#include "trail/records.h"

struct page {
    const struct filters *filters;
    const struct records *records;
    const struct activity *activity; /* of the HTML alone */
    const char *next;                /* a link to older records; NULL: there are none */
};

void page_html(const struct page *page, struct buffer *out);
void page_json(const struct page *page, struct buffer *out);
/* Without the last line feed, which is the runtime's. */
void page_csv(const struct page *page, struct buffer *out);

/* The parts of the HTML, each in a file of its own. */
extern const char page_style[];
void page_form(const struct page *page, struct buffer *out);
void page_picture(const struct activity *activity, struct buffer *out);
void page_table(const struct records *records, struct buffer *out);

#endif
