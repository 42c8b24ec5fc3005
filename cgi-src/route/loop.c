#include "loop.h"

#include "clock.h"
#include "intake.h"
#include "peer.h"

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
#include <unistd.h>

enum {
    EVENTS_A_ROUND = 64,
    ACCEPTS_A_ROUND = 64,
    /* Connections whose peers may only probe, at once. */
    MAX_PROBING = 64,
};

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

    if (!inbox_init(&loop->inbox) || !connections_init(&loop->connections) ||
        !worker_init(&loop->worker, service, 0) ||
        !turn_init(&loop->turn, &loop->worker, loop->stats)) {
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

static void free_loop(struct loop *loop)
{
    connections_free(&loop->connections);
    turn_free(&loop->turn);
    inbox_free(&loop->inbox);
    worker_free(&loop->worker);
    close(loop->epoll);
    close(loop->signals);
    free(loop);
}

struct loop *loop_start(const struct service *service, struct stats *stats, int listener,
                        const struct identity *identity)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL) {
        log_error("not enough memory");
        return NULL;
    }
    *loop = (struct loop){
        .route = service->route,
        .stats = stats,
        .identity = *identity,
        .listener = listener,
        .signals = -1,
        .epoll = -1,
    };
    if (prepare(loop, service) && (service->route->workers == 0 ||
                                   ((loop->pool = pool_start(service, stats)) != NULL &&
                                    watch(loop, pool_wakeup(loop->pool), EPOLLIN, &loop->pool))))
        return loop;
    free_loop(loop);
    return NULL;
}

/* --- connections ------------------------------------------------------------------------------ */

/* Closes the connection that has been idle for longest; nginx opens another. False: none is idle.
 */
static bool make_room(struct loop *loop)
{
    struct connection *oldest = connections_oldest(&loop->connections);

    if (oldest == NULL)
        return false;
    intake_close(loop, oldest);
    return true;
}

/* So that who may only probe takes no places from nginx. */
static void bound_probing(struct loop *loop)
{
    struct connection *oldest;

    while (loop->connections.only_probing > MAX_PROBING &&
           (oldest = connections_oldest_probing(&loop->connections)) != NULL)
        intake_close(loop, oldest);
}

static void take_connection(struct loop *loop, int fd)
{
    const enum peer_right right = peer_right(fd, &loop->identity);
    struct connection *connection;

    if (right == PEER_NOTHING) {
        stats_count(loop->stats, STATS_REFUSED);
        close(fd);
        return;
    }
    while ((connection = connection_open(&loop->connections, fd, right == PEER_PROBES,
                                         clock_ms())) == NULL) {
        if (!make_room(loop)) { /* all are busy; the pool's bound makes that impossible */
            close(fd);
            return;
        }
    }
    stats_set(loop->stats, STATS_CONNECTIONS, connections_count(&loop->connections));
    /* Edge-triggered: the half of a request does not wake the loop again until more of it comes. */
    if (!watch(loop, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection))
        intake_close(loop, connection);
    bound_probing(loop);
}

/* Non-blocking, so that the loop waits for no peer; a pool's thread does so by poll. */
static void accept_connections(struct loop *loop)
{
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        const int fd = accept4(loop->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
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

/* --- the loop --------------------------------------------------------------------------------- */

/* Answers the requests that have come already, and closes all that is idle. */
static void begin_stop(struct loop *loop)
{
    struct connection *connection;

    loop->stopping = true;
    loop->stop_at = clock_ms() + STOP_SECONDS * INT64_C(1000);
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->listener, NULL);
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->signals, NULL);
    while ((connection = connections_oldest(&loop->connections)) != NULL) {
        intake_look_at(loop, connection, false);
        if (connection->fd >= 0 && connection->state != CONNECTION_BUSY)
            intake_close(loop, connection);
    }
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
    if (event->data.ptr == &loop->listener) {
        accept_connections(loop);
    } else if (event->data.ptr == &loop->signals) {
        begin_stop(loop);
    } else if (event->data.ptr == &loop->pool) {
        intake_collect(loop);
    } else {
        struct connection *connection = event->data.ptr;
        /* Closed earlier in this round, or the pool's: then it is looked at afterwards. */
        if (connection->fd >= 0 && connection->state == CONNECTION_BUSY)
            connection->has_news = true;
        else if (connection->fd >= 0)
            intake_look_at(loop, connection, (event->events & (EPOLLRDHUP | EPOLLHUP)) != 0);
    }
}

/* Milliseconds until something must be done even if nothing happens; -1: never. */
static int next_deadline(const struct loop *loop)
{
    const struct connection *oldest = loop->connections.lists[CONNECTION_PARTIAL].first;

    if (!loop->stopping && oldest == NULL)
        return -1;
    const int64_t at = loop->stopping ? loop->stop_at : oldest->since + REQUEST_MS;
    const int64_t left = at - clock_ms();
    return left > 0 ? (int)left : 0;
}

bool loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_A_ROUND];

    while (!loop->stopping ||
           (connections_count(&loop->connections) > 0 && clock_ms() < loop->stop_at)) {
        const int count = epoll_wait(loop->epoll, events, EVENTS_A_ROUND, next_deadline(loop));
        loop->now = clock_ms();
        for (int i = 0; i < count; i++)
            dispatch(loop, &events[i]);
        intake_end_turn(loop);
        intake_drop_stalled(loop, loop->now);
    }
    const bool all_finished = connections_count(&loop->connections) == 0;
    if (!all_finished) /* threads still wait for something: leave without them */
        return false;
    if (loop->pool != NULL)
        pool_stop(loop->pool);
    free_loop(loop);
    return true;
}
