/*
 * What /audit can be asked for. Pure: texts in, a checked question out. An empty text is a filter
 * that is not given, for that is how a form sends a field that was left alone.
 */
#ifndef BULKHEAD_FILTERS_H
#define BULKHEAD_FILTERS_H

#include "trail/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FILTER_ROUTE_BYTES = 32,
    FILTER_TEXT_BYTES = 256,
    FILTER_TIME_BYTES = 64, /* more than any valid one has */
    FILTER_LIMIT_MAX = 1000,
    FILTER_LIMIT_DEFAULT = 100,
    FILTER_ID_LENGTH = 36,
};

enum filter_format { FORMAT_NONE, FORMAT_JSON, FORMAT_HTML, FORMAT_CSV };

/* The texts as they were given; "": not given. */
struct filter_texts {
    const char *route, *verdict, *client, *since, *until, *q, *limit, *before, *format;
};

struct filters {
    struct filter_texts texts;
    struct network_range client; /* when its text is not "" */
    int64_t since, until;        /* milliseconds since 1970, likewise; `until` is not included */
    unsigned limit;              /* 1 to FILTER_LIMIT_MAX, the default when it is not given */
    enum filter_format format;
};

/* Whether a decoded value is acceptable, by filter: for a table of parameters. */
bool filter_takes_route(const char *value, size_t bytes);   /* a-z 0-9 - _, up to 32 */
bool filter_takes_verdict(const char *value, size_t bytes); /* allowed, rejected, failed */
bool filter_takes_client(const char *value, size_t bytes);  /* network.h */
bool filter_takes_time(const char *value, size_t bytes);    /* moment.h */
bool filter_takes_text(const char *value, size_t bytes);    /* up to 256 bytes */
bool filter_takes_limit(const char *value, size_t bytes);   /* 1 to 1000 */
bool filter_takes_before(const char *value, size_t bytes);  /* a UUID as text */
bool filter_takes_format(const char *value, size_t bytes);  /* html, json, csv */

/*
 * The whole of it, from texts that these functions took, which it points to. False: `since` is
 * after `until`, or one of the texts was not taken after all.
 */
bool filters_read(const struct filter_texts *texts, struct filters *filters);

#endif
