/*
 * What the database is asked: SQL in which no value ever is, and the values beside it. Pure.
 */
#ifndef BULKHEAD_QUESTION_H
#define BULKHEAD_QUESTION_H

#include "trail/filters.h"
#include "trail/records.h"

enum {
    QUESTION_SQL_BYTES = 2048,
    QUESTION_VALUES_MAX = 16,
    QUESTION_STORE_BYTES = 2 * 3 * FILTER_TEXT_BYTES + 512,
};

struct question {
    char sql[QUESTION_SQL_BYTES];
    int count;
    const char *values[QUESTION_VALUES_MAX]; /* $1 is the first; in the filters, or in `store` */
    char store[QUESTION_STORE_BYTES];
};

/*
 * The records that the filters let through, newest first, with the columns of records.h: at most
 * one more than filters->limit, which says that there are older ones.
 *
 * Time and paging are ranges of the id, which is in the order of time, so that a page costs what
 * the first costs. `q` is looked for in the input without regard to case, as it is, and as a query
 * has it when percent-encoded, with a space as %20 or +.
 */
void question_records(const struct filters *filters, struct question *question);

/* What to show of the time that the filters name; the day before `until`, or `now`, without. */
struct span span_choose(const struct filters *filters, int64_t now);

/* Route, bucket, verdict and number of requests in the span, by route and verdict of the filters.
 */
void question_activity(const struct filters *filters, const struct span *span,
                       struct question *question);

#endif
