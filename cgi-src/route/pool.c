#include "pool.h"

#include "fcgi.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    /* A handler keeps its data in the request's memory, not on the stack. */
    THREAD_STACK_BYTES = 256 * 1024,
};

struct job {
    int fd;
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

/* Waits for a job. False: the pool stops and nothing waits. */
static bool next_job(struct pool *pool, struct job *job)
{
    pthread_mutex_lock(&pool->mutex);
    bool got;
    while (!(got = queue_pop(&pool->waiting, job)) && !pool->stopping)
        pthread_cond_wait(&pool->work, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    return got;
}

static void hand_back(struct pool *pool, const struct job *job)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&pool->mutex);
    queue_push(&pool->done, job); /* never full: see under_way */
    pthread_mutex_unlock(&pool->mutex);
    if (write(pool->wakeup, &one, sizeof(one)) < 0)
        log_error("eventfd: %s", strerror(errno));
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
    struct job job;

    pthread_barrier_wait(&pool->started);
    while (next_job(pool, &job)) {
        job.finished.keep = fcgi_serve(job.fd, worker, pool->stats, NULL);
        hand_back(pool, &job);
    }
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

struct pool *pool_start(const struct service *service, struct stats *stats)
{
    const unsigned threads = service->route->workers;
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL || !allocate(pool, service)) {
        log_error("not enough memory for %u threads", threads);
        return NULL;
    }
    pool->stats = stats;
    pool->threads = threads;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->wakeup < 0) {
        log_error("eventfd: %s", strerror(errno));
        return NULL;
    }
    return start_threads(pool) ? pool : NULL;
}

int pool_wakeup(const struct pool *pool)
{
    return pool->wakeup;
}

bool pool_submit(struct pool *pool, struct connection *connection, int fd)
{
    const struct job job = { .fd = fd, .finished.connection = connection };

    pthread_mutex_lock(&pool->mutex);
    const bool queued = pool->under_way < pool->done.capacity && queue_push(&pool->waiting, &job);
    pool->under_way += queued;
    pthread_mutex_unlock(&pool->mutex);
    if (queued)
        pthread_cond_signal(&pool->work);
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
    for (unsigned i = 0; i < pool->threads; i++)
        worker_free(&pool->workers[i]);
    pthread_barrier_destroy(&pool->started);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    close(pool->wakeup);
    free(pool->waiting.jobs);
    free(pool->done.jobs);
    free(pool->workers);
    free(pool->ids);
    free(pool);
}
