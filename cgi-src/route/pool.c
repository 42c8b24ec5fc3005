#include "pool.h"

#include "clock.h"
#include "fcgi.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    /* A handler keeps its data in the request's memory, not on the stack. */
    THREAD_STACK_BYTES = 256 * 1024,
    /* What a thread holds on to between two requests. */
    REPLY_KEPT_BYTES = 64 * 1024,
    /* For a peer to take an answer, from the moment when its socket is full. */
    PEER_MS = 5000,
};

struct job {
    int fd;
    uint8_t *request; /* the job's own */
    size_t length;
    struct worker *worker; /* who has begun it; NULL: nobody has */
    struct finished finished;
};

/* First in, first out, over a fixed array. */
struct queue {
    struct job *jobs;
    size_t capacity, first, count;
};

struct pool {
    struct stats *stats;
    unsigned threads;
    pthread_t *ids;
    struct worker *workers;
    pthread_barrier_t started;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t work;
    struct queue waiting, done;
    size_t unbegun;       /* of those that wait: they come after all others, see pool_borrow */
    size_t under_way;     /* submitted and not yet collected: `done` has room for all of them */
    struct worker **idle; /* those without a request, as many as idle_count from idle_first on */
    size_t idle_first, idle_count;
    bool stopping;
    int wakeup;
};

static bool queue_init(struct queue *queue, size_t capacity)
{
    *queue = (struct queue){ .jobs = calloc(capacity, sizeof(struct job)), .capacity = capacity };
    return queue->jobs != NULL;
}

static bool queue_push(struct queue *queue, const struct job *job)
{
    if (queue->count == queue->capacity)
        return false;
    queue->jobs[(queue->first + queue->count++) % queue->capacity] = *job;
    return true;
}

static bool queue_pop(struct queue *queue, struct job *job)
{
    if (queue->count == 0)
        return false;
    *job = queue->jobs[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return true;
}

/* --- workers: under the mutex ----------------------------------------------------------------- */

static struct worker *take_worker(struct pool *pool, enum part part)
{
    struct worker *const worker = pool->idle[pool->idle_first];

    pool->idle_first = (pool->idle_first + 1) % pool->threads;
    pool->idle_count--;
    worker->part = part;
    return worker;
}

/* One that had to wait comes last: so the loop always begins with the same one, if it can. */
static void put_worker(struct pool *pool, struct worker *worker)
{
    pool->idle[(pool->idle_first + pool->idle_count++) % pool->threads] = worker;
}

static void put_worker_first(struct pool *pool, struct worker *worker)
{
    pool->idle_first = (pool->idle_first + pool->threads - 1) % pool->threads;
    pool->idle[pool->idle_first] = worker;
    pool->idle_count++;
}

/*
 * There are as many workers as threads, and a thread that takes a job has none: so one is idle for
 * each unbegun job that is taken. For it waits behind those that were begun before it, and while it
 * waits the loop borrows none.
 */
struct worker *pool_borrow(struct pool *pool)
{
    struct worker *worker = NULL;

    pthread_mutex_lock(&pool->mutex);
    if (pool->unbegun == 0 && pool->idle_count > 0)
        worker = take_worker(pool, PART_BEGIN);
    pthread_mutex_unlock(&pool->mutex);
    return worker;
}

void pool_return(struct pool *pool, struct worker *worker)
{
    pthread_mutex_lock(&pool->mutex);
    put_worker_first(pool, worker);
    pthread_mutex_unlock(&pool->mutex);
}

/* --- a job ------------------------------------------------------------------------------------ */

/* Waits for a job. False: the pool stops and nothing waits. */
static bool next_job(struct pool *pool, struct job *job)
{
    bool got;

    pthread_mutex_lock(&pool->mutex);
    while (!(got = queue_pop(&pool->waiting, job)) && !pool->stopping)
        pthread_cond_wait(&pool->work, &pool->mutex);
    if (got && job->worker == NULL) {
        pool->unbegun--;
        job->worker = take_worker(pool, PART_WHOLE);
    }
    pthread_mutex_unlock(&pool->mutex);
    return got;
}

/* False: the peer has not taken all of it in its time. */
static bool send_reply(int fd, const struct reply *reply)
{
    struct pollfd room = { .fd = fd, .events = POLLOUT };
    int64_t until = 0;

    for (size_t at = 0; at < reply->length;) {
        const ssize_t sent = write(fd, reply->bytes + at, reply->length - at);
        if (sent < 0 && errno != EAGAIN)
            return false;
        at += sent > 0 ? (size_t)sent : 0;
        if (sent >= 0)
            continue;
        const int64_t now = clock_ms();
        until = until != 0 ? until : now + PEER_MS;
        if (now >= until || poll(&room, 1, (int)(until - now)) != 1)
            return false;
    }
    return true;
}

/* True: the connection is good for another request. */
static bool answer(const struct job *job, struct reply *reply, struct stats *stats)
{
    struct worker *const worker = job->worker;
    struct served served;

    reply->length = 0;
    bool is_served = fcgi_serve(job->request, job->length, worker, NULL, reply, &served);
    if (is_served && !answer_record(worker, &served.answer)) {
        reply->length = 0;
        is_served =
            fcgi_serve(job->request, job->length, worker, &refusal_of_unrecorded, reply, &served);
    }
    if (!is_served) {
        stats_count(stats, STATS_DROPPED);
        return false;
    }
    stats_count_answer(stats, served.answer.status, served.answer.microseconds);
    return send_reply(job->fd, reply) && served.keep;
}

/* The loop is woken once for all that is done: pool_collect clears the descriptor after the last.
 */
static void hand_back(struct pool *pool, const struct job *job)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&pool->mutex);
    put_worker(pool, job->worker);
    const bool is_first = pool->done.count == 0;
    queue_push(&pool->done, job); /* never full: see under_way */
    /* NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): it is EFD_NONBLOCK */
    if (is_first && write(pool->wakeup, &one, sizeof(one)) < 0)
        log_error("eventfd: %s", strerror(errno));
    pthread_mutex_unlock(&pool->mutex);
}

static void *run(void *argument)
{
    struct pool *const pool = argument;
    struct reply reply = { 0 };
    struct job job;

    pthread_barrier_wait(&pool->started);
    while (next_job(pool, &job)) {
        job.finished.keep = answer(&job, &reply, pool->stats);
        free(job.request);
        hand_back(pool, &job);
        if (reply.room > REPLY_KEPT_BYTES) {
            free(reply.bytes);
            reply = (struct reply){ 0 };
        }
    }
    free(reply.bytes);
    return NULL;
}

static bool allocate(struct pool *pool, const struct service *service)
{
    const struct route *const route = service->route;
    const size_t begun_and_unbegun = (size_t)2 * route->workers;

    pool->ids = calloc(route->workers, sizeof(*pool->ids));
    pool->workers = calloc(route->workers, sizeof(*pool->workers));
    pool->idle = calloc(route->workers, sizeof(struct worker *));
    if (pool->ids == NULL || pool->workers == NULL || pool->idle == NULL ||
        !queue_init(&pool->waiting, begun_and_unbegun) ||
        !queue_init(&pool->done, begun_and_unbegun))
        return false;
    for (unsigned i = 0; i < route->workers; i++) {
        if (!worker_init(&pool->workers[i], service, i))
            return false;
        put_worker(pool, &pool->workers[i]);
    }
    return true;
}

static bool start_threads(struct pool *pool)
{
    pthread_attr_t attributes;
    int error = 0;

    pthread_barrier_init(&pool->started, NULL, pool->threads + 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    for (unsigned i = 0; i < pool->threads && error == 0; i++)
        error = pthread_create(&pool->ids[i], &attributes, run, pool);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        log_error("%u threads can't be started: %s", pool->threads, strerror(error));
        return false; /* the program ends: the threads that did start wait at the barrier */
    }
    pthread_barrier_wait(&pool->started);
    return true;
}

/* Of one whose threads have ended, or never were. */
static void release(struct pool *pool)
{
    for (unsigned i = 0; pool->workers != NULL && i < pool->threads; i++)
        worker_free(&pool->workers[i]);
    free(pool->waiting.jobs);
    free(pool->done.jobs);
    free(pool->idle);
    free(pool->workers);
    free(pool->ids);
    free(pool);
}

struct pool *pool_start(const struct service *service, struct stats *stats)
{
    const unsigned threads = service->route->workers;
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool != NULL)
        *pool = (struct pool){ .stats = stats, .threads = threads };
    if (pool == NULL || !allocate(pool, service)) {
        log_error("not enough memory for %u threads", threads);
        if (pool != NULL)
            release(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->wakeup < 0) {
        log_error("eventfd: %s", strerror(errno));
        release(pool);
        return NULL;
    }
    return start_threads(pool) ? pool : NULL;
}

int pool_wakeup(const struct pool *pool)
{
    return pool->wakeup;
}

/* Whether there is room for it: for each thread one that somebody has begun, and one beside. */
static bool enqueue(struct pool *pool, const struct job *job)
{
    const bool is_begun = job->worker != NULL;

    if (pool->under_way == pool->done.capacity || (!is_begun && pool->unbegun == pool->threads) ||
        !queue_push(&pool->waiting, job))
        return false;
    pool->under_way++;
    if (is_begun)
        job->worker->part = PART_REST;
    else
        pool->unbegun++;
    pthread_cond_signal(&pool->work);
    return true;
}

bool pool_submit(struct pool *pool, struct worker *worker, struct connection *connection, int fd,
                 const uint8_t *request, size_t length)
{
    const struct job job = {
        .fd = fd,
        .request = malloc(length),
        .length = length,
        .worker = worker,
        .finished.connection = connection,
    };

    if (job.request == NULL)
        return false;
    memcpy(job.request, request, length);

    pthread_mutex_lock(&pool->mutex);
    const bool is_queued = enqueue(pool, &job);
    pthread_mutex_unlock(&pool->mutex);
    if (!is_queued)
        free(job.request);
    return is_queued;
}

bool pool_collect(struct pool *pool, struct finished *finished)
{
    uint64_t wakeups;
    struct job job;

    pthread_mutex_lock(&pool->mutex);
    const bool got = queue_pop(&pool->done, &job);
    pool->under_way -= got;
    /* Cleared under the lock, so that a hand-back after it is seen by a wakeup after it. */
    /* NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): it is EFD_NONBLOCK */
    if (!got && read(pool->wakeup, &wakeups, sizeof(wakeups)) < 0 && errno != EAGAIN)
        log_error("eventfd: %s", strerror(errno));
    pthread_mutex_unlock(&pool->mutex);
    if (got)
        *finished = job.finished;
    return got;
}

void pool_stop(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_barrier_destroy(&pool->started);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    close(pool->wakeup);
    release(pool);
}
