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

enum { PAGE_BYTES = 4096 };
_Static_assert(sizeof(struct stats) <= PAGE_BYTES, "the counters fill one page at most");

/*
 * The whole page is allocated now: a write through the mapping to a hole of the file would be a
 * SIGBUS on a full disk.
 */
static int make_page(int fd)
{
    if (fchmod(fd, 0644) != 0)
        return errno;
    return posix_fallocate(fd, 0, PAGE_BYTES);
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
    else if ((page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) ==
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

void stats_ready(struct stats *stats)
{
    atomic_store(&stats->places[STATS_MAGIC], STATS_MAGIC_VALUE);
}

void stats_end(struct stats *stats)
{
    atomic_store(&stats->places[STATS_MAGIC], 0);
}

void stats_count(struct stats *stats, enum stats_place place)
{
    atomic_fetch_add_explicit(&stats->places[place], 1, memory_order_relaxed);
}

void stats_set(struct stats *stats, enum stats_place place, uint64_t value)
{
    atomic_store_explicit(&stats->places[place], value, memory_order_relaxed);
}

void stats_count_answer(struct stats *stats, int status)
{
    stats_count(stats, STATS_ANSWERED);
    if (status < 300)
        stats_count(stats, STATS_ANSWERED_2XX);
    else if (status >= 500)
        stats_count(stats, STATS_ANSWERED_5XX);
    else
        stats_count(stats, STATS_ANSWERED_4XX);
}
