#include "vitals.h"

#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

/* Reads the page. NULL: it is that of a program that is ready; else why not. */
static const char *read_places(const char *path, uint64_t places[STATS_PLACES])
{
    uint8_t bytes[STATS_PAGE_BYTES + 1]; /* one more shows that a file is too long */
    /* What is no regular file, a FIFO say, is not waited for. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const ssize_t length = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;
    const int error = errno;

    if (fd >= 0)
        close(fd);
    if (length < 0)
        return strerrordesc_np(error);
    return stats_read(bytes, (size_t)length, places)
               ? NULL
               : "the file holds no counters of a program that is ready";
}

/* One that has ended and that nobody has waited for yet is not: kill(2) would find it. */
static bool is_alive(uint64_t pid)
{
    const int fd = pid > 0 && pid <= INT_MAX ? pidfd_open((pid_t)pid, 0) : -1;
    struct pollfd end = { .fd = fd, .events = POLLIN };

    if (fd < 0)
        return false;
    const bool goes_on = poll(&end, 1, 0) == 0;
    close(fd);
    return goes_on;
}

const char *vitals_probe(const char *path, const struct route *route)
{
    uint64_t places[STATS_PLACES] = { 0 };
    const char *const why = read_places(path, places);

    if (why != NULL)
        return why;
    if (!is_alive(places[STATS_PID]))
        return "the process that the counters name has ended";
    return route->judge != NULL ? route->judge(places, (uint64_t)time(NULL)) : NULL;
}
