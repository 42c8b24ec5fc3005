/* What the database answers, as those show it who write pages, JSON and CSV. */
#ifndef BULKHEAD_RECORDS_H
#define BULKHEAD_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they are asked for, and in which JSON and CSV have them. */
enum column {
    COLUMN_ID,
    COLUMN_TIME, /* RFC 3339, UTC, three decimals */
    COLUMN_ROUTE,
    COLUMN_CLIENT,
    COLUMN_METHOD,
    COLUMN_VERDICT,
    COLUMN_STATUS,
    COLUMN_REASON,
    COLUMN_INPUT,
    COLUMN_MICROSECONDS,
    COLUMN_REQUEST_ID,
    COLUMNS
};

/* Records, the newest first. */
struct records {
    size_t count;
    const char *(*rows)[COLUMNS]; /* NULL: the record has none */
    bool has_next;                /* there are older ones */
};

enum { VERDICTS = 3 };
extern const char *const verdict_names[VERDICTS]; /* allowed, rejected, failed */

/* The time that the picture shows: `buckets` pieces of `width` seconds from `begin` on. */
struct span {
    int64_t begin; /* seconds since 1970, a multiple of the width */
    int64_t width;
    unsigned buckets;
};
enum { SPAN_BUCKETS_MAX = 98 };

/* How many requests a route had in a bucket. */
struct count {
    const char *route;
    unsigned bucket;
    unsigned verdict; /* its place in verdict_names */
    long long requests;
};

/* In the order of routes, then buckets. */
struct activity {
    struct span span;
    size_t count;
    const struct count *counts; /* NULL: the database did not say */
};

#endif
