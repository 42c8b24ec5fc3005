/*
 * The threads of a route that waits, and its workers. The event loop hands them whole requests with
 * their connections, and gets the connections back: it stays the only one that knows all of them.
 */
#ifndef BULKHEAD_POOL_H
#define BULKHEAD_POOL_H

#include "exchange.h"
#include "stats.h"

struct pool;
struct connection;

/* A connection that comes back; `keep` is false when it is to be closed. */
struct finished {
    struct connection *connection;
    bool keep;
};

/*
 * Starts route->workers threads and waits until each of them is past its start, so that a sandbox
 * that comes after need not allow what only a starting thread calls. NULL, after the reason was
 * logged, on failure.
 */
struct pool *pool_start(const struct service *service, struct stats *stats);

/* A descriptor that is readable while pool_collect has something to give. */
int pool_wakeup(const struct pool *pool);

/*
 * A worker for the loop to begin a request with: it goes back by pool_return, or with the request
 * by pool_submit, before another one is borrowed. NULL: all have requests, or others came first.
 */
struct worker *pool_borrow(struct pool *pool);
void pool_return(struct pool *pool, struct worker *worker);

/*
 * Queues a copy of a request, to be answered on `fd`: the rest of what `worker` has begun, or, with
 * NULL, the whole of it. False when the queue is full. Of the latter one waits for each thread and
 * no more: whoever waits for a second round would be given up by nginx before it is through. False
 * without memory.
 */
bool pool_submit(struct pool *pool, struct worker *worker, struct connection *connection, int fd,
                 const uint8_t *request, size_t length);

/* The next connection that comes back. False: none now, and the wakeup descriptor is cleared. */
bool pool_collect(struct pool *pool, struct finished *finished);

/* Has the threads end once the queue is empty, waits for them and frees everything. */
void pool_stop(struct pool *pool);

#endif
