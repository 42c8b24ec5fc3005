/*
 * The counters of all processes as text for Prometheus, version 0.0.4 of its format. Pure: the
 * bytes of pages in, text out.
 *
 * A page is its program's to write, so nothing in it is believed: what is printed of it is a plain
 * number whatever it holds, and none of it is a length or a place.
 */
#ifndef BULKHEAD_EXPOSITION_H
#define BULKHEAD_EXPOSITION_H

#include "health/programs.h"
#include "route/buffer.h"
#include "route/stats.h"

#include <stdint.h>

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Bytes of text that have room for ALL_PROCESSES_MAX, with the longest names and numbers. */
enum { EXPOSITION_MAX = 4 * 1024 * 1024 };

/* One process; all else is 0 where it is not up. */
struct page {
    bool is_up;
    uint64_t places[STATS_PLACES];
};

/* Reads a page of counters. Anything but a whole one of a process that is ready is not up. */
void page_read(const uint8_t *bytes, size_t length, struct page *page);

struct exposition {
    const struct programs *programs;
    const struct page *pages;   /* of each process of the first program, of the second, ... */
    const struct page *shipper; /* NULL: no trail is kept */
    int64_t now;                /* seconds since 1970 */
};

/* Writes the text without its last newline. */
void exposition_write(const struct exposition *exposition, struct buffer *out);

#endif
