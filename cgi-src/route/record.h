/*
 * A request as the trail has it: one line of JSON, who asked what, when, and what was done.
 * Pure: values in, bytes out.
 */
#ifndef BULKHEAD_RECORD_H
#define BULKHEAD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_INPUT_BYTES = 256, /* of the query: what is longer is cut */
    RECORD_METHOD_BYTES = 16, /* likewise */
    RECORD_REQUEST_ID_DIGITS = 32,
    RECORD_LINE_BYTES = 2048,  /* holds any line */
    RECORD_ID_BYTES = 36 + 1,  /* a UUID as text, and a NUL */
    RECORD_TIME_BYTES = 24 + 1 /* "2026-11-25T14:55:12.123Z", and a NUL */
};

/* What was done with a request, by the status of its answer. */
enum verdict {
    VERDICT_ALLOWED,  /* answered: below 400 */
    VERDICT_REJECTED, /* refused: 4xx */
    VERDICT_FAILED,   /* not answered, by a fault of ours: 5xx */
};

struct record {
    int64_t milliseconds;   /* since 1970: when the request came */
    const char *request_id; /* 32 digits of lower-case hexadecimal */
    const char *route;
    const char *client; /* the address; NULL: unknown */
    const char *method; /* NULL: unknown */
    int status;
    const char *reason;   /* the public text of an error; NULL: none */
    const char *input;    /* the query as it was sent; NULL: none */
    int64_t microseconds; /* from the request to the answer */
};

enum verdict record_verdict(int status);
const char *record_verdict_text(enum verdict verdict); /* "allowed", ... */

/*
 * The record's id: UUIDv7 (RFC 9562, 5.7) of its time and its request id, so ids are in the order
 * of time, and a request that the web server tries again on another process keeps its id.
 */
void record_id(const struct record *record, char id[RECORD_ID_BYTES]);

/* RFC 3339, UTC. A time before 1970 or after 9999 is shown as the nearest that is not. */
void record_time(int64_t milliseconds, char time[RECORD_TIME_BYTES]);

/* Reads "1795600000.123", nginx's $msec. False: it is something else. */
bool record_read_msec(const char *text, int64_t *milliseconds);

/* Whether text is as record_format writes any: UTF-8 without control characters. */
bool record_is_plain(const char *text);

/*
 * Writes the line, a newline at its end and nowhere else, and no NUL behind it. It is UTF-8 without
 * any control character: what is none of either in the query or the method is written as %XX, which
 * in a query means the same. Returns the length.
 */
size_t record_format(const struct record *record, char line[RECORD_LINE_BYTES]);

#endif
