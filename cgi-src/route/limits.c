#include "limits.h"

#include "connections.h"
#include "route.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* AddressSanitizer and ThreadSanitizer map terabytes of shadow memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BOUNDS_MEMORY false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BOUNDS_MEMORY false
#endif
#endif
#ifndef BOUNDS_MEMORY
#define BOUNDS_MEMORY true
#endif

enum { MIB = 1024 * 1024 };

bool before_open_close_strays(void)
{
    umask(077);
    if (close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
        return true;
    log_error("close_range: %s", strerror(errno));
    return false;
}

static bool set_limit(__rlimit_resource_t resource, const char *name, rlim_t value)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) == 0) {
        if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max)
            value = limit.rlim_max; /* stricter already */
        limit = (struct rlimit){ .rlim_cur = value, .rlim_max = value };
        if (setrlimit(resource, &limit) == 0)
            return true;
    }
    log_error("%s: %s", name, strerror(errno));
    return false;
}

bool set_limits(unsigned workers)
{
    const rlim_t descriptors = MAX_CONNECTIONS + 2 * (rlim_t)workers + 64;
    const rlim_t memory = (32 + (rlim_t)workers) * MIB;

    return set_limit(RLIMIT_CORE, "RLIMIT_CORE", 0) &&
           set_limit(RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 0) &&
           set_limit(RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 0) &&
           set_limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", descriptors) &&
           (!BOUNDS_MEMORY || set_limit(RLIMIT_DATA, "RLIMIT_DATA", memory));
}

void gather_requests(void)
{
    const struct sched_param none = { .sched_priority = 0 };

    if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
        log_debug("SCHED_BATCH: %s", strerror(errno));
}

bool after_start_forbid_processes(void)
{
    return set_limit(RLIMIT_NPROC, "RLIMIT_NPROC", 0);
}
