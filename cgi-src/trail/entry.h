/*
 * A line of a journal on its way to the database: read, checked in every part, and written as a row
 * in COPY's text format, which is split into its columns by what store.c asks. Whoever runs code in
 * a program can write any line into its journal, so nothing is taken on trust: what is no record in
 * the form of route/record.h is none. Pure.
 */
#ifndef BULKHEAD_ENTRY_H
#define BULKHEAD_ENTRY_H

#include "route/record.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    ENTRY_ROUTE_BYTES = 32,
    /* Each backslash of a line becomes two. */
    ENTRY_ROW_BYTES = 2 * RECORD_LINE_BYTES,
};

/* The columns of trail.records in the order of a row. */
#define ENTRY_COLUMNS                                                                              \
    "id, \"time\", route, client, method, verdict, status, reason, input, microseconds, "          \
    "request_id"

/* What writes the journals' lines: json-c's parser, used for one line after the other. */
struct json_tokener;
struct json_tokener *entry_parser(void); /* NULL without memory; json_tokener_free frees it */

/*
 * Writes the row of a line of `length` bytes, without its newline, that stands in the journal of
 * `route`. Returns its length; 0: it is no record of that route, or says of itself what can't be.
 */
size_t entry_row(struct json_tokener *parser, const char *line, size_t length, const char *route,
                 char row[ENTRY_ROW_BYTES]);

/*
 * The same for a line of the edge's, in nginx's own format (nginx/edge/trail.conf): it has no id,
 * may name any route, and its texts hold whatever bytes the client has sent.
 */
size_t entry_row_of_edge(struct json_tokener *parser, const char *line, size_t length,
                         char row[ENTRY_ROW_BYTES]);

/* Whether a name is one that a route may have: 1 to 32 of a-z, 0-9, - and _. */
bool entry_is_route(const char *name);

#endif
