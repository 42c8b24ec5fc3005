#define _GNU_SOURCE 1 /* memmem, memrchr */
#include "obituary.h"

#include "route.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>

enum {
    READ_ALL = 3, /* syslog(2) has no header with a name for it */
    /* The last of the log: some hundred lines may have followed. */
    LOG_BYTES = 64 * 1024,
    /* The kernel writes the line a moment after the process is gone, from a thread of its own. */
    TRIES = 4,
    PAUSE_NS = 5 * 1000 * 1000,
};

/*
 * number = digit+ " ", behind the first `name` of the line; of 32 bits. The kernel writes what a
 * program chose (its name, its path) between quotes without a blank, or else in hexadecimal: no
 * such text can hold a ` name=` of its own.
 */
static bool find_number(const char *line, size_t length, const char *name, uint32_t base,
                        uint32_t *number)
{
    static const char digits[] = "0123456789abcdef";
    const char *const found = memmem(line, length, name, strlen(name));
    uint64_t value = 0;

    if (found == NULL)
        return false;
    const char *const first = found + strlen(name);
    const char *at = first;
    for (; at < line + length && *at != ' '; at++) {
        const char *const digit = memchr(digits, *at, base);
        if (digit == NULL || (value = value * base + (uint64_t)(digit - digits)) > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return at > first;
}

/* type=1326 is AUDIT_SECCOMP of linux/audit.h. */
static bool read_line(const char *line, size_t length, pid_t pid, struct obituary *obituary)
{
    uint32_t type, whose, call;

    if (!find_number(line, length, "audit: type=", 10, &type) || type != 1326 ||
        !find_number(line, length, " pid=", 10, &whose) || whose != (uint32_t)pid ||
        !find_number(line, length, " arch=", 16, &obituary->architecture) ||
        !find_number(line, length, " syscall=", 10, &call))
        return false;
    obituary->call = (int)call;
    return true;
}

bool obituary_find(const char *log, size_t length, pid_t pid, struct obituary *obituary)
{
    while (length > 0) {
        const char *const newline = memrchr(log, '\n', length - 1);
        const char *const line = newline == NULL ? log : newline + 1;
        if (read_line(line, length - (size_t)(line - log), pid, obituary))
            return true;
        length = (size_t)(line - log);
    }
    return false;
}

static bool look_up(char *log, pid_t pid, struct obituary *obituary)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };

    for (int i = 0; i < TRIES; i++) {
        const int length = klogctl(READ_ALL, log, LOG_BYTES);
        if (length < 0)
            return false;
        if (obituary_find(log, (size_t)length, pid, obituary))
            return true;
        nanosleep(&pause, NULL);
    }
    errno = 0;
    return false;
}

void before_drop_log_obituary(pid_t pid)
{
    char *const log = malloc(LOG_BYTES);
    struct obituary obituary;

    if (log != NULL && look_up(log, pid, &obituary)) {
        char *const name = seccomp_syscall_resolve_num_arch(obituary.architecture, obituary.call);
        log_error("process %d before this one was ended by seccomp: it called %s (number %d, "
                  "architecture %x), which is not on its list",
                  (int)pid, name != NULL ? name : "what has no name", obituary.call,
                  obituary.architecture);
        free(name);
    } else {
        log_warning("process %d before this one ended without a word: it was killed or has "
                    "crashed; the kernel's log %s",
                    (int)pid,
                    errno == 0 ? "names no system call" : "can't be read here, it may say more");
    }
    free(log);
}
