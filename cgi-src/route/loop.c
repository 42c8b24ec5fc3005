#include "loop.h"

#include "connections.h"
#include "fcgi.h"
#include "pool.h"
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_A_ROUND = 64,
    ACCEPTS_A_ROUND = 64,
    /* From the first byte of a request to its last; nginx sends both in one write. */
    REQUEST_MS = 5000,
    /* How long one read or write of libfcgi may wait for the peer of a route that has a pool. */
    PEER_SECONDS = 5,
};

struct loop {
    const struct route *route;
    struct stats *stats;
    uid_t peer;
    int listener, signals, epoll;
    struct pool *pool; /* NULL: the route computes, and answers here */
    struct worker worker;
    struct connections connections;
    uint8_t *peeked; /* SCAN_MAX_BYTES + 1: one more shows that a request is too large */
    bool stopping;
    int64_t stop_at;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool watch(const struct loop *loop, int fd, uint32_t events, void *tag)
{
    struct epoll_event event = { .events = events, .data.ptr = tag };

    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    log_error("epoll_ctl: %s", strerror(errno));
    return false;
}

/* --- starting --------------------------------------------------------------------------------- */

/* A descriptor that reads SIGTERM and SIGINT, which are blocked here and in every later thread. */
static int open_signals(void)
{
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &stop, NULL) != 0)
        return -1;
    return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool prepare(struct loop *loop, const struct service *service)
{
    const int flags = fcntl(loop->listener, F_GETFL);

    loop->peeked = malloc(SCAN_MAX_BYTES + 1);
    if (loop->peeked == NULL || !connections_init(&loop->connections) ||
        !worker_init(&loop->worker, service, 0)) {
        log_error("not enough memory");
        return false;
    }
    loop->signals = open_signals();
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->signals < 0 || loop->epoll < 0 || flags < 0 ||
        fcntl(loop->listener, F_SETFL, flags | O_NONBLOCK) != 0) {
        log_error("the event loop can't be set up: %s", strerror(errno));
        return false;
    }
    return fcgi_init() && watch(loop, loop->listener, EPOLLIN, &loop->listener) &&
           watch(loop, loop->signals, EPOLLIN, &loop->signals);
}

struct loop *loop_start(const struct service *service, struct stats *stats, int listener,
                        uid_t peer)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL) {
        log_error("not enough memory");
        return NULL;
    }
    *loop = (struct loop){
        .route = service->route, .stats = stats, .peer = peer, .listener = listener
    };
    if (!prepare(loop, service))
        return NULL; /* the program ends */
    if (service->route->workers == 0)
        return loop;
    loop->pool = pool_start(service, stats);
    if (loop->pool == NULL || !watch(loop, pool_wakeup(loop->pool), EPOLLIN, &loop->pool))
        return NULL;
    return loop;
}

/* --- connections ------------------------------------------------------------------------------ */

static void close_connection(struct loop *loop, struct connection *connection)
{
    connection_close(&loop->connections, connection);
    stats_set(loop->stats, STATS_CONNECTIONS, connections_count(&loop->connections));
}

static bool is_peer(const struct loop *loop, int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == loop->peer)
        return true;
    stats_count(loop->stats, STATS_REFUSED);
    return false;
}

/*
 * Nothing of a computing route may wait for its peer: a whole request is there before it is read,
 * and an answer that the socket can't take means that the peer does not read its answers: so its
 * connections are accepted non-blocking. A pool's threads may wait, but not for long; the limits
 * are not inherited from an AF_UNIX listener.
 */
static bool bound_waiting(const struct loop *loop, int fd)
{
    const struct timeval limit = { .tv_sec = PEER_SECONDS };

    return loop->pool == NULL ||
           (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
}

/* Closes the connection that has been idle for longest; nginx opens another. False: none is idle.
 */
static bool make_room(struct loop *loop)
{
    struct connection *oldest = connections_oldest(&loop->connections);

    if (oldest == NULL)
        return false;
    close_connection(loop, oldest);
    return true;
}

static void take_connection(struct loop *loop, int fd)
{
    struct connection *connection;

    if (!is_peer(loop, fd) || !bound_waiting(loop, fd)) {
        close(fd);
        return;
    }
    while ((connection = connection_open(&loop->connections, fd, now_ms())) == NULL) {
        if (!make_room(loop)) { /* all are busy; the pool's bound makes that impossible */
            close(fd);
            return;
        }
    }
    stats_set(loop->stats, STATS_CONNECTIONS, connections_count(&loop->connections));
    /* Edge-triggered: the half of a request does not wake the loop again until more of it comes. */
    if (!watch(loop, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection))
        close_connection(loop, connection);
}

static void accept_connections(struct loop *loop)
{
    const int flags = SOCK_CLOEXEC | (loop->pool == NULL ? SOCK_NONBLOCK : 0);

    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        const int fd = accept4(loop->listener, NULL, NULL, flags);
        if (fd >= 0) {
            take_connection(loop, fd);
            continue;
        }
        /* A limit of descriptors under that of the table: one of ours must go for it. */
        if ((errno == EMFILE || errno == ENFILE) && make_room(loop))
            continue;
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            poll(NULL, 0, 10); /* it will not have passed at once: do not spin */
        if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

/* --- requests --------------------------------------------------------------------------------- */

/* The connection after an answer: closed by libfcgi, or waiting for its next request. */
static void after_answer(struct loop *loop, struct connection *connection, bool keep)
{
    if (!keep)
        connection->fd = -1;
    if (!keep || loop->stopping)
        close_connection(loop, connection);
    else
        connection_set(&loop->connections, connection, CONNECTION_IDLE, now_ms());
}

static void serve(struct loop *loop, struct connection *connection)
{
    static const struct refusal full = {
        .error = &error_unavailable,
        .detail = "all places of this route are taken: try again in a moment",
    };
    const struct refusal *refusal = NULL;

    if (loop->pool != NULL) {
        if (pool_submit(loop->pool, connection, connection->fd)) {
            connection_set(&loop->connections, connection, CONNECTION_BUSY, now_ms());
            return;
        }
        refusal = &full;
    }
    after_answer(loop, connection, fcgi_serve(connection->fd, &loop->worker, loop->stats, refusal));
}

static void drop(struct loop *loop, struct connection *connection)
{
    stats_count(loop->stats, STATS_DROPPED);
    close_connection(loop, connection);
}

/*
 * Looks at what has come on a connection that the pool does not have. `has_ended` says that the
 * peer will send no more.
 */
static void look_at(struct loop *loop, struct connection *connection, bool has_ended)
{
    const ssize_t length =
        recv(connection->fd, loop->peeked, SCAN_MAX_BYTES + 1, MSG_PEEK | MSG_DONTWAIT);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        if (connection->state == CONNECTION_PARTIAL)
            drop(loop, connection);
        else
            close_connection(loop, connection);
        return;
    }
    switch (scan_request(loop->peeked, (size_t)length)) {
    case SCAN_COMPLETE:
        serve(loop, connection);
        return;
    case SCAN_MALFORMED:
        drop(loop, connection);
        return;
    case SCAN_INCOMPLETE:
        if (has_ended)
            drop(loop, connection);
        else if (connection->state == CONNECTION_IDLE)
            connection_set(&loop->connections, connection, CONNECTION_PARTIAL, now_ms());
        return;
    }
}

static void collect_finished(struct loop *loop)
{
    struct finished finished;

    while (pool_collect(loop->pool, &finished)) {
        after_answer(loop, finished.connection, finished.keep);
        /* What came while the pool had it made its edge then. */
        if (finished.keep && !loop->stopping)
            look_at(loop, finished.connection, false);
    }
}

static void drop_stalled(struct loop *loop, int64_t now)
{
    struct connection *oldest;

    while ((oldest = loop->connections.lists[CONNECTION_PARTIAL].first) != NULL &&
           now - oldest->since >= REQUEST_MS)
        drop(loop, oldest);
}

/* --- the loop --------------------------------------------------------------------------------- */

/* Answers the requests that have come already, and closes all that is idle. */
static void begin_stop(struct loop *loop)
{
    struct connection *connection;

    loop->stopping = true;
    loop->stop_at = now_ms() + STOP_SECONDS * 1000;
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->listener, NULL);
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->signals, NULL);
    while ((connection = connections_oldest(&loop->connections)) != NULL) {
        look_at(loop, connection, false);
        if (connection->fd >= 0 && connection->state != CONNECTION_BUSY)
            close_connection(loop, connection);
    }
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
    if (event->data.ptr == &loop->listener) {
        accept_connections(loop);
    } else if (event->data.ptr == &loop->signals) {
        begin_stop(loop);
    } else if (event->data.ptr == &loop->pool) {
        collect_finished(loop);
    } else {
        struct connection *connection = event->data.ptr;
        /* Closed earlier in this round, or the pool's: then its edge is looked at afterwards. */
        if (connection->fd >= 0 && connection->state != CONNECTION_BUSY)
            look_at(loop, connection, (event->events & (EPOLLRDHUP | EPOLLHUP)) != 0);
    }
}

/* Milliseconds until something must be done even if nothing happens; -1: never. */
static int next_deadline(const struct loop *loop)
{
    const struct connection *oldest = loop->connections.lists[CONNECTION_PARTIAL].first;

    if (!loop->stopping && oldest == NULL)
        return -1;
    const int64_t at = loop->stopping ? loop->stop_at : oldest->since + REQUEST_MS;
    const int64_t left = at - now_ms();
    return left > 0 ? (int)left : 0;
}

static void free_loop(struct loop *loop)
{
    connections_free(&loop->connections);
    worker_free(&loop->worker);
    close(loop->epoll);
    close(loop->signals);
    free(loop->peeked);
    free(loop);
}

bool loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_A_ROUND];

    while (!loop->stopping ||
           (connections_count(&loop->connections) > 0 && now_ms() < loop->stop_at)) {
        const int count = epoll_wait(loop->epoll, events, EVENTS_A_ROUND, next_deadline(loop));
        for (int i = 0; i < count; i++)
            dispatch(loop, &events[i]);
        drop_stalled(loop, now_ms());
    }
    const bool all_finished = connections_count(&loop->connections) == 0;
    if (!all_finished) /* threads still wait for something: leave without them */
        return false;
    if (loop->pool != NULL)
        pool_stop(loop->pool);
    free_loop(loop);
    return true;
}
