#include "limits.h"

#include "build.h"
#include "connections.h"
#include "layers.h"
#include "route.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_SET_MDWE /* linux/prctl.h since 6.3 */
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

enum {
    MIB = 1024 * 1024,
    /* malloc reserves 64 MiB of addresses for each of four arenas; the rest is little. */
    ADDRESSES_MIB = 1024,
};

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

    if (!layer_is_on(LAYER_LIMITS))
        return true;
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

/* A thread's MiB has room for the usual memory of a request. */
static rlim_t memory_of(const struct route *route, unsigned workers)
{
    const rlim_t more =
        route->request_memory > REQUEST_MEMORY ? route->request_memory - REQUEST_MEMORY : 0;

    return 32 * (rlim_t)MIB + workers * (MIB + more) + route->heap;
}

bool set_limits(const struct route *route, unsigned workers)
{
    const rlim_t descriptors = MAX_CONNECTIONS + 2 * (rlim_t)workers + 64;

    return set_limit(RLIMIT_CORE, "RLIMIT_CORE", 0) &&
           set_limit(RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 0) &&
           set_limit(RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 0) &&
           set_limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", descriptors) &&
           (HAS_SANITIZER || (set_limit(RLIMIT_DATA, "RLIMIT_DATA", memory_of(route, workers)) &&
                              set_limit(RLIMIT_AS, "RLIMIT_AS", (rlim_t)ADDRESSES_MIB * MIB)));
}

void gather_requests(void)
{
    const struct sched_param none = { .sched_priority = 0 };

    if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
        log_debug("SCHED_BATCH: %s", strerror(errno));
}

bool forbid_writable_code(bool *forbidden)
{
    *forbidden =
        layer_is_on(LAYER_MDWE) && prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0;
    if (*forbidden || !layer_is_on(LAYER_MDWE))
        return true;
    if (errno != EINVAL) {
        log_error("PR_SET_MDWE: %s", strerror(errno));
        return false;
    }
    log_warning("this kernel can't refuse to run memory that was written to: Linux 6.3 can");
    return true;
}

bool after_start_forbid_processes(void)
{
    return set_limit(RLIMIT_NPROC, "RLIMIT_NPROC", 0);
}
