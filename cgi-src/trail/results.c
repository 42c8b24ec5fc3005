#include "trail/results.h"

#include <string.h>

void results_read_records(const struct request *request, const PGresult *result, size_t limit,
                          struct records *records)
{
    const size_t found = (size_t)PQntuples(result);
    const size_t count = found < limit ? found : limit;

    *records = (struct records){ .count = count,
                                 .rows = request_alloc(request, count * sizeof(*records->rows)),
                                 .has_next = found > limit };
    for (int row = 0; row < (int)count; row++)
        for (int column = 0; column < COLUMNS; column++)
            records->rows[row][column] =
                PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

/* Of a bigint's column; 0 for what is none. */
static long long number_of(const char *text)
{
    long long number = 0;

    for (; *text >= '0' && *text <= '9' && number < INT64_MAX / 100; text++)
        number = number * 10 + (*text - '0');
    return number;
}

static unsigned verdict_of(const char *name)
{
    unsigned verdict = 0;

    while (verdict < VERDICTS && strcmp(verdict_names[verdict], name) != 0)
        verdict++;
    return verdict;
}

void results_read_activity(const struct request *request, const PGresult *result,
                           struct activity *activity)
{
    const int count = PQntuples(result);
    struct count *const counts = request_alloc(request, (size_t)count * sizeof(*counts) + 1);

    for (int row = 0; row < count; row++)
        counts[row] = (struct count){ .route = PQgetvalue(result, row, 0),
                                      .bucket = (unsigned)number_of(PQgetvalue(result, row, 1)),
                                      .verdict = verdict_of(PQgetvalue(result, row, 2)),
                                      .requests = number_of(PQgetvalue(result, row, 3)) };
    activity->count = (size_t)count;
    activity->counts = counts;
}
