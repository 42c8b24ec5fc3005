/* What the event loop does with what has come: see intake.h. */
#include "intake.h"

#include "probe.h"
#include "scan.h"

#include <errno.h>

enum {
    /* Beginnings of requests at once, each of which is kept: nginx sends a request in one piece. */
    MAX_PARTIAL = 64,
};

void intake_close(struct loop *loop, struct connection *connection)
{
    connection_close(&loop->connections, connection);
    stats_set(loop->stats, STATS_CONNECTIONS, connections_count(&loop->connections));
}

/* The peer asked for what it may not, or may ask for nothing. */
static void refuse(struct loop *loop, struct connection *connection)
{
    stats_count(loop->stats, STATS_REFUSED);
    intake_close(loop, connection);
}

/* The connection after an answer: closed, or waiting for its next request. */
static void after_answer(struct loop *loop, struct connection *connection, bool keep)
{
    if (!keep || loop->stopping)
        intake_close(loop, connection);
    else
        connection_set(&loop->connections, connection, CONNECTION_IDLE, loop->now);
}

static void drop(struct loop *loop, struct connection *connection)
{
    stats_count(loop->stats, STATS_DROPPED);
    intake_close(loop, connection);
}

void intake_end_turn(struct loop *loop)
{
    turn_end(&loop->turn);
    for (size_t i = 0; i < loop->turn.count; i++)
        after_answer(loop, loop->turn.pending[i].connection, loop->turn.pending[i].keep);
    turn_begin(&loop->turn);
    inbox_clear(&loop->inbox);
}

/*
 * Here, if the route computes, or has its answer as soon as it has begun. What is to be waited for
 * is left to the pool.
 */
static enum turn_answered answer(struct loop *loop, struct connection *connection,
                                 const uint8_t *request, size_t length)
{
    static const struct refusal full = {
        .error = &error_unavailable,
        .detail = "all places of this route are taken: try again in a moment",
    };
    enum turn_answered answered = TURN_LATER;
    struct worker *worker = NULL;

    if (loop->pool == NULL)
        return turn_answer(&loop->turn, &loop->worker, connection, request, length, NULL);
    if (loop->route->resume != NULL && (worker = pool_borrow(loop->pool)) != NULL)
        answered = turn_answer(&loop->turn, worker, connection, request, length, NULL);
    if (answered == TURN_LATER &&
        pool_submit(loop->pool, worker, connection, connection->fd, request, length))
        return TURN_LATER;
    if (worker != NULL)
        pool_return(loop->pool, worker);
    if (answered == TURN_LATER)
        return turn_answer(&loop->turn, &loop->worker, connection, request, length, &full);
    return answered;
}

/* A whole request, which the inbox has. */
static void serve(struct loop *loop, struct connection *connection, const uint8_t *request,
                  size_t length)
{
    const enum turn_answered answered = answer(loop, connection, request, length);

    connection_forget(connection);
    if (answered == TURN_BROKEN) {
        drop(loop, connection);
        return;
    }
    if (answered == TURN_ANSWERED)
        inbox_take(&loop->inbox, length);
    connection->has_news = false;
    connection_set(&loop->connections, connection, CONNECTION_BUSY, loop->now);
}

/* The rest of the request must come within its time, and nothing is done for it meanwhile. */
static void await_rest(struct loop *loop, struct connection *connection, const uint8_t *bytes,
                       size_t length)
{
    if (!inbox_keep(connection, bytes, length)) {
        drop(loop, connection);
        return;
    }
    if (connection->state == CONNECTION_IDLE)
        connection_set(&loop->connections, connection, CONNECTION_PARTIAL, loop->now);
    if (loop->connections.counts[CONNECTION_PARTIAL] > MAX_PARTIAL)
        drop(loop, loop->connections.lists[CONNECTION_PARTIAL].first);
}

/* A program that stops is not ready. */
static void answer_probe(struct loop *loop, struct connection *connection, bool has_ended)
{
    connection_forget(connection);
    if (!loop->stopping && !probe_answer(connection->fd, loop->route->name))
        drop(loop, connection);
    else if (loop->stopping || has_ended)
        intake_close(loop, connection);
    else
        connection_set(&loop->connections, connection, CONNECTION_IDLE, loop->now);
}

/* What has come is no request yet, or none at all: by what it is. */
static void take_bytes(struct loop *loop, struct connection *connection, const uint8_t *bytes,
                       size_t length, bool has_ended)
{
    switch (scan_request(bytes, length)) {
    case SCAN_COMPLETE:
        if (connection->only_probes)
            refuse(loop, connection);
        else
            serve(loop, connection, bytes, length);
        return;
    case SCAN_PROBE:
        answer_probe(loop, connection, has_ended);
        return;
    case SCAN_MALFORMED:
        drop(loop, connection);
        return;
    case SCAN_INCOMPLETE:
        if (has_ended)
            drop(loop, connection);
        else
            await_rest(loop, connection, bytes, length);
        return;
    }
}

void intake_look_at(struct loop *loop, struct connection *connection, bool has_ended)
{
    const uint8_t *bytes;
    size_t length;

    if (turn_is_full(&loop->turn) || inbox_is_full(&loop->inbox))
        intake_end_turn(loop);
    const ssize_t got = inbox_read(&loop->inbox, connection, &bytes, &length);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        take_bytes(loop, connection, bytes, length, has_ended);
    else if (connection->state == CONNECTION_PARTIAL)
        drop(loop, connection);
    else
        intake_close(loop, connection);
}

void intake_collect(struct loop *loop)
{
    struct finished finished;

    while (pool_collect(loop->pool, &finished)) {
        after_answer(loop, finished.connection, finished.keep);
        if (finished.keep && !loop->stopping && finished.connection->has_news)
            intake_look_at(loop, finished.connection, false);
    }
}

void intake_drop_stalled(struct loop *loop, int64_t now)
{
    struct connection *oldest;

    while ((oldest = loop->connections.lists[CONNECTION_PARTIAL].first) != NULL &&
           now - oldest->since >= REQUEST_MS)
        drop(loop, oldest);
}
