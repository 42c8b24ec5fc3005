#define _GNU_SOURCE 1 /* memmem, memrchr */
#include "obituary.h"

#include "route.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <time.h>

enum {
    READ_ALL = 3, /* syslog(2) has no header with a name for it */
    /* The last of the log: some hundred lines may have followed. */
    LOG_BYTES = 64 * 1024,
    /* The kernel writes the line a moment after the process is gone, from a thread of its own. */
    TRIES = 4,
    PAUSE_NS = 5 * 1000 * 1000,
};
/* The machine's own PID namespace; PROC_PID_INIT_INO of include/linux/proc_ns.h. */
static const ino_t FIRST_PID_NAMESPACE = 0xEFFFFFFC;

struct field {
    const char *name; /* with what stands around it */
    uint32_t base;
    char end;
};
static const struct field field_type = { "audit: type=", 10, ' ' };
static const struct field field_seconds = { " audit(", 10, '.' };
static const struct field field_pid = { " pid=", 10, ' ' };
static const struct field field_architecture = { " arch=", 16, ' ' };
static const struct field field_call = { " syscall=", 10, ' ' };

/*
 * number = digit+ end, behind the first of that name in the line; of 32 bits. The kernel writes
 * what a program chose (its name, its path) between quotes without a blank, or else in hexadecimal:
 * no such text can hold a ` name=` of its own.
 */
static bool find_number(const char *line, size_t length, const struct field *field,
                        uint32_t *number)
{
    static const char digits[] = "0123456789abcdef";
    const char *const found = memmem(line, length, field->name, strlen(field->name));
    uint64_t value = 0;

    if (found == NULL)
        return false;
    const char *const first = found + strlen(field->name);
    const char *at = first;
    for (; at < line + length && *at != field->end; at++) {
        const char *const digit = memchr(digits, *at, field->base);
        if (digit == NULL ||
            (value = value * field->base + (uint64_t)(digit - digits)) > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return at > first;
}

/* type=1326 is AUDIT_SECCOMP of linux/audit.h. */
static bool read_line(const char *line, size_t length, const struct predecessor *process,
                      struct obituary *obituary)
{
    uint32_t type, seconds, pid, call;

    if (!find_number(line, length, &field_type, &type) || type != 1326 ||
        !find_number(line, length, &field_seconds, &seconds) || seconds < process->started ||
        !find_number(line, length, &field_pid, &pid) || pid != (uint32_t)process->pid ||
        !find_number(line, length, &field_architecture, &obituary->architecture) ||
        !find_number(line, length, &field_call, &call))
        return false;
    obituary->call = (int)call;
    return true;
}

bool obituary_find(const char *log, size_t length, const struct predecessor *process,
                   struct obituary *obituary)
{
    while (length > 0) {
        const char *const newline = memrchr(log, '\n', length - 1);
        const char *const line = newline == NULL ? log : newline + 1;
        if (read_line(line, length - (size_t)(line - log), process, obituary))
            return true;
        length = (size_t)(line - log);
    }
    return false;
}

/* NULL: it was found. Else why it was not. */
static const char *look_up(char *log, const struct predecessor *process, struct obituary *obituary)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    struct stat namespace;

    if (stat("/proc/self/ns/pid", &namespace) != 0 || namespace.st_ino != FIRST_PID_NAMESPACE)
        return "the kernel's log has another process id for it, outside this PID namespace";
    for (int i = 0; i < TRIES; i++) {
        const int length = klogctl(READ_ALL, log, LOG_BYTES);
        if (length < 0)
            return "the kernel's log can't be read here, it may say more";
        if (obituary_find(log, (size_t)length, process, obituary))
            return NULL;
        nanosleep(&pause, NULL);
    }
    return "the kernel's log names no system call, which under load it may leave out";
}

void before_drop_log_obituary(const struct predecessor *process)
{
    char *const log = malloc(LOG_BYTES);
    struct obituary obituary;
    const char *const why =
        log != NULL ? look_up(log, process, &obituary) : "there is no memory to look for more";

    if (why == NULL) {
        char *const name = seccomp_syscall_resolve_num_arch(obituary.architecture, obituary.call);
        log_error("process %d before this one was ended by seccomp: it called %s (number %d, "
                  "architecture %x), which is not on its list",
                  (int)process->pid, name != NULL ? name : "what has no name", obituary.call,
                  obituary.architecture);
        free(name);
    } else {
        log_warning("process %d before this one ended without a word: it was killed or has "
                    "crashed; %s",
                    (int)process->pid, why);
    }
    free(log);
}
