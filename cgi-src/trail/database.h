/*
 * The route's connections to PostgreSQL: one for each thread, made when it is first needed and made
 * again when it is lost. Nothing here waits for the database beyond a deadline, not even where it
 * has stopped without closing its connections.
 */
#ifndef BULKHEAD_DATABASE_H
#define BULKHEAD_DATABASE_H

#include "trail/question.h"

#include <libpq-fe.h>

/* The server gives up a statement after 2 s; these are for one that does not answer at all. */
enum { DATABASE_CONNECT_MS = 2000, DATABASE_ASK_MS = 2500, DATABASE_PAUSE_MS = 200 };

struct database;

enum database_outcome {
    DATABASE_ANSWERED,
    DATABASE_OFF,      /* there is none, by DATABASE_URL */
    DATABASE_AWAY,     /* it can't be reached, or does not answer */
    DATABASE_TOO_LONG, /* the question takes longer than it may */
    DATABASE_REFUSED,  /* it has no such table, or not for us: the log says more */
};

/* False, after what to change was logged. */
bool database_check(const char *url);

/* For that many threads. It does not connect. NULL after the reason was logged. */
struct database *database_open(const char *url, unsigned workers);

/*
 * Asks on the connection of a worker's own. The result is the database's, all columns as text, and
 * good until the worker's next database_begin; only DATABASE_ANSWERED has one.
 */
enum database_outcome database_ask(struct database *database, unsigned worker,
                                   const struct question *question, const PGresult **result);

/* Frees the results of the worker's last request. */
void database_begin(struct database *database, unsigned worker);

#endif
