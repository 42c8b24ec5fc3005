/*
 * The part of the event loop that takes requests off connections and has them answered: in this
 * turn, or by the pool. loop.c has the rest: who may connect, when what is looked at, the end.
 */
#ifndef BULKHEAD_INTAKE_H
#define BULKHEAD_INTAKE_H

#include "connections.h"
#include "inbox.h"
#include "pool.h"
#include "privileges.h"
#include "turn.h"

enum {
    /* From the first byte of a request to its last; nginx sends all in one write. */
    REQUEST_MS = 5000,
};

struct loop {
    const struct route *route;
    struct stats *stats;
    struct identity identity;
    int listener, signals, epoll;
    struct pool *pool; /* NULL: the route computes, and answers here */
    struct worker worker;
    struct connections connections;
    struct inbox inbox;
    struct turn turn;
    int64_t now; /* when this turn began */
    bool stopping;
    int64_t stop_at;
};

void intake_close(struct loop *loop, struct connection *connection);

/*
 * Reads what has come on a connection that nobody answers now. `has_ended` says that the peer will
 * send no more.
 */
void intake_look_at(struct loop *loop, struct connection *connection, bool has_ended);

/* Takes back the connections that the pool has answered. */
void intake_collect(struct loop *loop);

/* Has all answers of this turn leave. */
void intake_end_turn(struct loop *loop);

/* Closes those whose request has not become whole in time. */
void intake_drop_stalled(struct loop *loop, int64_t now);

#endif
