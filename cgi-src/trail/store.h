/*
 * The database as the shipper uses it, by libpq: one connection, one transaction a batch. Whatever
 * goes wrong ends the connection, and with it the transaction; nothing is lost by that, since what
 * has been shipped is read anew from the database after each connect.
 */
#ifndef BULKHEAD_STORE_H
#define BULKHEAD_STORE_H

#include "trail/batch.h"

enum store_result {
    STORE_DONE,
    STORE_GONE,    /* no connection, or an error that has nothing to do with the rows */
    STORE_REFUSED, /* the database takes one of the rows for wrong */
};

struct store;

/* Whether DATABASE_URL can be used; see database_url.h. False after what to change was logged. */
bool store_check(const char *url);

/* NULL after the reason was logged. It does not connect yet. */
struct store *before_drop_store_open(const char *url);

/* A server over TCP, whose address is that of the start. */
bool store_is_remote(const struct store *store);

/*
 * Connects, makes the months' partitions, and reads how far each file of the spool is shipped.
 * False after the reason was logged, or was logged a moment ago.
 */
bool store_connect(struct store *store, struct spool *spool);
bool store_is_connected(const struct store *store);

/* The same, after a look at whether the server has ended the session meanwhile. */
bool store_is_still_connected(struct store *store);

/* Where the server says so, or anything that is no answer; -1: not connected. */
int store_socket(const struct store *store);

/* Adds a batch's rows and its progress. After anything but STORE_DONE it is not connected. */
enum store_result store_add(struct store *store, const struct spool *spool,
                            const struct batch *batch);

/* A file is gone. False: not connected any more. */
bool store_forget(struct store *store, const struct spool *spool, const char *folder,
                  const char *segment);

/* Makes the partitions of the months to come. False: not connected any more. */
bool store_make_months(struct store *store);

#endif
