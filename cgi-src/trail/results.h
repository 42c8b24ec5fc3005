/* From libpq's results to records.h, in the request's memory; the texts stay libpq's. */
#ifndef BULKHEAD_RESULTS_H
#define BULKHEAD_RESULTS_H

#include "route/route.h"
#include "trail/records.h"

#include <libpq-fe.h>

/* At most `limit` of them; one more in the result says that there are older ones. */
void results_read_records(const struct request *request, const PGresult *result, size_t limit,
                          struct records *records);

/* Fills the counts; the span is there. */
void results_read_activity(const struct request *request, const PGresult *result,
                           struct activity *activity);

#endif
