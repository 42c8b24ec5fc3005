#include "stats.h"

#include "route.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct stats) <= STATS_PAGE_BYTES, "the counters fill one page at most");

const uint64_t duration_bounds[DURATION_BOUNDS] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
};

/*
 * The whole page is allocated now: a write through the mapping to a hole of the file would be a
 * SIGBUS on a full disk.
 */
static int make_page(int fd)
{
    if (fchmod(fd, 0644) != 0)
        return errno;
    return posix_fallocate(fd, 0, STATS_PAGE_BYTES);
}

static void *map_file(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) {
        log_error("%s: %s", path, strerror(errno));
        return MAP_FAILED;
    }
    void *page = MAP_FAILED;
    const int error = make_page(fd);
    if (error != 0)
        log_error("%s: %s", path, strerror(error));
    else if ((page = mmap(NULL, STATS_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) ==
             MAP_FAILED)
        log_error("%s: mmap: %s", path, strerror(errno));
    close(fd);
    return page;
}

/* Who wrote there may be anybody by the end: it left two numbers, and no more is made of them. */
static struct predecessor left_by(const struct stats *stats)
{
    const uint64_t pid = atomic_load(&stats->places[STATS_PID]);

    if (atomic_load(&stats->places[STATS_MAGIC]) != STATS_MAGIC_VALUE || pid > INT_MAX)
        return (struct predecessor){ .pid = 0 };
    return (struct predecessor){ .pid = (pid_t)pid,
                                 .started = atomic_load(&stats->places[STATS_STARTED]) };
}

struct stats *stats_open(const char *path, struct predecessor *predecessor)
{
    static struct stats private_stats;
    struct stats *stats = &private_stats;

    if (path != NULL) {
        void *page = map_file(path);
        if (page == MAP_FAILED)
            return NULL;
        stats = page;
    }
    *predecessor = left_by(stats);
    for (unsigned place = 0; place < STATS_PLACES; place++)
        stats_set(stats, place, 0);
    stats_set(stats, STATS_PID, (uint64_t)getpid());
    stats_set(stats, STATS_STARTED, (uint64_t)time(NULL));
    return stats;
}

bool stats_read(const uint8_t *bytes, size_t length, uint64_t places[STATS_PLACES])
{
    const size_t size = STATS_PLACES * sizeof(places[0]);

    if (length == STATS_PAGE_BYTES) {
        memcpy(places, bytes, size);
        if (places[STATS_MAGIC] == STATS_MAGIC_VALUE)
            return true;
    }
    memset(places, 0, size);
    return false;
}

void stats_ready(struct stats *stats)
{
    atomic_store(&stats->places[STATS_MAGIC], STATS_MAGIC_VALUE);
}

void stats_end(struct stats *stats)
{
    atomic_store(&stats->places[STATS_MAGIC], 0);
}

static void add(struct stats *stats, enum stats_place place, uint64_t number)
{
    atomic_fetch_add_explicit(&stats->places[place], number, memory_order_relaxed);
}

void stats_count(struct stats *stats, enum stats_place place)
{
    add(stats, place, 1);
}

void stats_set(struct stats *stats, enum stats_place place, uint64_t value)
{
    atomic_store_explicit(&stats->places[place], value, memory_order_relaxed);
}

static void count_duration(struct stats *stats, uint64_t microseconds)
{
    unsigned class = 0;

    while (class < DURATION_BOUNDS && microseconds > duration_bounds[class])
        class ++;
    add(stats, STATS_MICROSECONDS, microseconds);
    stats_count(stats, (enum stats_place)(STATS_DURATIONS + class));
}

void stats_add_layer(struct stats *stats, enum layer layer)
{
    atomic_fetch_or_explicit(&stats->places[STATS_LAYERS], UINT64_C(1) << layer,
                             memory_order_relaxed);
}

void stats_count_answer(struct stats *stats, int status, int64_t microseconds)
{
    stats_count(stats, STATS_ANSWERED);
    count_duration(stats, microseconds > 0 ? (uint64_t)microseconds : 0);
    if (status < 300)
        stats_count(stats, STATS_ANSWERED_2XX);
    else if (status >= 500)
        stats_count(stats, STATS_ANSWERED_5XX);
    else
        stats_count(stats, STATS_ANSWERED_4XX);
}
