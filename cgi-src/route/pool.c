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
    size_t under_way; /* submitted and not yet collected: `done` has room for all of them */
    /* threads: those that will look for work by themselves, that sleep, that are being woken */
    unsigned awake, asleep, woken;
    bool wakes_one;   /* no other while there is one that will */
    bool owes_wakeup; /* of the loop, which has not been told of what is done */
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

/* --- who is awake ----------------------------------------------------------------------------- */

/*
 * Wakes a thread if something waits for it. A thread that is awake comes for the next job once it
 * has answered this one; with `wakes_one` that is soon, for it tells before it waits.
 */
static void wake(struct pool *pool)
{
    const bool is_enough = pool->wakes_one && pool->awake + pool->woken > 0;

    if (pool->waiting.count == 0 || is_enough || pool->asleep == pool->woken)
        return;
    pool->woken++;
    pthread_cond_signal(&pool->work);
}

/* Once for all that is done: pool_collect clears the descriptor when it has all of them. */
static void wake_loop(struct pool *pool)
{
    const uint64_t one = 1;

    /* NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): it is EFD_NONBLOCK */
    if (pool->owes_wakeup && write(pool->wakeup, &one, sizeof(one)) < 0)
        log_error("eventfd: %s", strerror(errno));
    pool->owes_wakeup = false;
}

/* Waits for a job. False: the pool stops and nothing waits. */
static bool next_job(struct pool *pool, struct worker *worker, struct job *job)
{
    bool got;

    pthread_mutex_lock(&pool->mutex);
    pool->awake += !worker->is_awake;
    worker->is_awake = true;
    while (!(got = queue_pop(&pool->waiting, job)) && !pool->stopping) {
        wake_loop(pool);
        pool->awake--;
        pool->asleep++;
        pthread_cond_wait(&pool->work, &pool->mutex);
        pool->asleep--;
        pool->awake++;
        pool->woken -= pool->woken > 0;
    }
    pthread_mutex_unlock(&pool->mutex);
    return got;
}

void pool_wait_begins(struct worker *worker)
{
    struct pool *const pool = worker->pool;

    if (pool == NULL || !worker->is_awake)
        return;
    pthread_mutex_lock(&pool->mutex);
    worker->is_awake = false;
    pool->awake--;
    wake(pool);
    wake_loop(pool);
    pthread_mutex_unlock(&pool->mutex);
}

/* --- a job ------------------------------------------------------------------------------------ */

/* False: the peer has not taken all of it in its time. */
static bool send_reply(int fd, const struct reply *reply, struct worker *worker)
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
        pool_wait_begins(worker);
        const int64_t now = clock_ms();
        until = until != 0 ? until : now + PEER_MS;
        if (now >= until || poll(&room, 1, (int)(until - now)) != 1)
            return false;
    }
    return true;
}

/* True: the connection is good for another request. */
static bool answer(const struct job *job, struct worker *worker, struct reply *reply,
                   struct stats *stats)
{
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
    return send_reply(job->fd, reply, worker) && served.keep;
}

/* Where there is a next job at once, the loop is told with that. */
static void hand_back(struct pool *pool, const struct job *job)
{
    pthread_mutex_lock(&pool->mutex);
    pool->owes_wakeup |= pool->done.count == 0;
    queue_push(&pool->done, job); /* never full: see under_way */
    if (!pool->wakes_one || pool->waiting.count == 0)
        wake_loop(pool);
    pthread_mutex_unlock(&pool->mutex);
}

struct start {
    struct pool *pool;
    struct worker *worker;
};

static void *run(void *argument)
{
    const struct start *start = argument;
    struct pool *pool = start->pool;
    struct worker *worker = start->worker;
    struct reply reply = { 0 };
    struct job job;

    pthread_barrier_wait(&pool->started);
    while (next_job(pool, worker, &job)) {
        job.finished.keep = answer(&job, worker, &reply, pool->stats);
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
    const size_t queue_length = route->workers;

    pool->ids = calloc(route->workers, sizeof(*pool->ids));
    pool->workers = calloc(route->workers, sizeof(*pool->workers));
    if (pool->ids == NULL || pool->workers == NULL || !queue_init(&pool->waiting, queue_length) ||
        !queue_init(&pool->done, queue_length + route->workers))
        return false;
    for (unsigned i = 0; i < route->workers; i++)
        if (!worker_init(&pool->workers[i], service, i))
            return false;
        else
            pool->workers[i].pool = pool;
    return true;
}

static bool start_threads(struct pool *pool)
{
    struct start *starts = calloc(pool->threads, sizeof(*starts));
    pthread_attr_t attributes;
    int error = starts == NULL ? ENOMEM : 0;

    pthread_barrier_init(&pool->started, NULL, pool->threads + 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    for (unsigned i = 0; i < pool->threads && error == 0; i++) {
        /* cppcheck-suppress nullPointerOutOfMemory ; then error says so */
        starts[i] = (struct start){ .pool = pool, .worker = &pool->workers[i] };
        error = pthread_create(&pool->ids[i], &attributes, run, &starts[i]);
    }
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        log_error("%u threads can't be started: %s", pool->threads, strerror(error));
        return false; /* the program ends: the threads that did start wait at the barrier */
    }
    pthread_barrier_wait(&pool->started);
    free(starts); /* each thread has read its own before the barrier */
    return true;
}

/* Of one whose threads have ended, or never were. */
static void release(struct pool *pool)
{
    for (unsigned i = 0; pool->workers != NULL && i < pool->threads; i++)
        worker_free(&pool->workers[i]);
    free(pool->waiting.jobs);
    free(pool->done.jobs);
    free(pool->workers);
    free(pool->ids);
    free(pool);
}

struct pool *pool_start(const struct service *service, struct stats *stats)
{
    const unsigned threads = service->route->workers;
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool != NULL)
        *pool = (struct pool){ .stats = stats,
                               .threads = threads,
                               .wakes_one = service->route->tells_waits };
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

bool pool_submit(struct pool *pool, struct connection *connection, int fd, const uint8_t *request,
                 size_t length)
{
    const struct job job = {
        .fd = fd, .request = malloc(length), .length = length, .finished.connection = connection
    };

    if (job.request == NULL)
        return false;
    memcpy(job.request, request, length);

    pthread_mutex_lock(&pool->mutex);
    const bool queued = pool->under_way < pool->done.capacity && queue_push(&pool->waiting, &job);
    pool->under_way += queued;
    wake(pool);
    pthread_mutex_unlock(&pool->mutex);
    if (!queued)
        free(job.request);
    return queued;
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
