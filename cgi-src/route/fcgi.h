/*
 * FastCGI on a connection that our own loop accepted, by libfcgi.
 *
 * libfcgi wants to accept for itself, which costs a thread a connection and knows no check of the
 * peer. It is handed a connected descriptor instead. That touches fields which its header marks as
 * private, so it happens in this one file and is pinned by tests/unit/test_fcgi.c.
 */
#ifndef BULKHEAD_FCGI_H
#define BULKHEAD_FCGI_H

#include "exchange.h"
#include "stats.h"

/* Prepares libfcgi; before any thread. False when it can't be used. */
bool fcgi_init(void);

/*
 * Serves the one request that scan_request found whole on `fd`: nothing here waits for the peer to
 * send. With `refusal`, the route is not asked and this error is the answer.
 * True: the connection is good for another request. False: it is closed.
 */
struct refusal {
    const struct error *error;
    const char *detail;
};
bool fcgi_serve(int fd, struct worker *worker, struct stats *stats, const struct refusal *refusal);

#endif
