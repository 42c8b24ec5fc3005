/* Addresses of /audit with the filters of a request. Pure. */
#ifndef BULKHEAD_LINKS_H
#define BULKHEAD_LINKS_H

#include "route/buffer.h"
#include "trail/filters.h"

/* A link's path and query, and a NUL, take no more: all texts at their longest, percent-encoded. */
enum { LINK_BYTES = 1280 };

/*
 * Writes "/audit?..." with the filters of `texts` that are given, times in their canonical form,
 * and ends it with NUL. Of printable ASCII alone, without quotes.
 */
void link_write(const struct filter_texts *texts, char link[LINK_BYTES]);

/* The link to the records that come after these: the same filters, before the last record's id. */
void link_write_next(const struct filters *filters, const char *last_id, char link[LINK_BYTES]);

#endif
