/* The kernel itself: parts that no program of ours needs, many of them with a history. */
#include "probe.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* What one system call is all of: that it was not refused is its effect, or that it was refused for
 * what it was given rather than for who has called it. */
struct call {
    const char *name;
    long number;
    uintptr_t arguments[5];
    int beyond; /* errno of whoever has the right; 0: none */
};
#define TEXT(words) ((uintptr_t)(words))

static const union bpf_attr map = {
    .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
};
static const struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE,
                                              .size = sizeof(event),
                                              .config = PERF_COUNT_SW_TASK_CLOCK,
                                              .exclude_kernel = 1,
                                              .exclude_hv = 1 };
static struct io_uring_params ring;
static const int no_zone[2];

static const struct call calls[] = {
    { "init-module", SYS_init_module, { TEXT("x"), 1, TEXT("") }, ENOEXEC },
    { "finit-module", SYS_finit_module, { (uintptr_t)-1, TEXT(""), 0 }, EBADF },
    { "delete-module", SYS_delete_module, { TEXT("no-such-module"), 0 }, ENOENT },
    { "kexec", SYS_kexec_load, { 0, 0, 0, 0xffff }, EINVAL },
    { "reboot", SYS_reboot, { 1, 2, 3, 0 }, EINVAL },
    { "swapon", SYS_swapon, { TEXT("/no/such/file"), 0 }, ENOENT },
    { "swapoff", SYS_swapoff, { TEXT("/no/such/file") }, ENOENT },
    { "acct", SYS_acct, { TEXT("/no/such/file") }, ENOENT },
    { "settimeofday", SYS_settimeofday, { 0, (uintptr_t)no_zone }, 0 },
    { "iopl", SYS_iopl, { 3 }, 0 },
    { "ioperm", SYS_ioperm, { 0x80, 1, 1 }, 0 },
    { "bpf", SYS_bpf, { BPF_MAP_CREATE, (uintptr_t)&map, sizeof(map) }, 0 },
    { "perf", SYS_perf_event_open, { (uintptr_t)&event, 0, (uintptr_t)-1, (uintptr_t)-1, 0 }, 0 },
    { "io-uring", SYS_io_uring_setup, { 4, (uintptr_t)&ring }, 0 },
    { "userfaultfd", SYS_userfaultfd, { 0 }, 0 },
    { "add-key",
      SYS_add_key,
      { TEXT("user"), TEXT("probe"), TEXT("x"), 1, (uintptr_t)KEY_SPEC_PROCESS_KEYRING },
      0 },
    { "keyctl", SYS_keyctl, { KEYCTL_GET_KEYRING_ID, (uintptr_t)KEY_SPEC_PROCESS_KEYRING, 1 }, 0 },
    { "request-key", SYS_request_key, { TEXT("user"), TEXT("no-such-key"), 0, 0 }, ENOKEY },
    { "personality", SYS_personality, { 0x0040000 /* ADDR_NO_RANDOMIZE */ }, 0 },
    { "fanotify", SYS_fanotify_init, { FAN_CLASS_CONTENT, 0 }, 0 },
    { "ioprio", SYS_ioprio_set, { 1, 0, 1 << 13 /* real time */ }, 0 },
    { .name = NULL }
};

static int call(const char *name)
{
    for (const struct call *each = calls; each->name; each++) {
        int result;
        if (strcmp(each->name, name) != 0)
            continue;
        result = outcome(syscall(each->number, each->arguments[0], each->arguments[1],
                                 each->arguments[2], each->arguments[3], each->arguments[4]));
        return result == each->beyond ? DONE : result;
    }
    return WRONG_USE;
}

/* As it is already: only the right to is taken. */
static int set_clock(const char *argument)
{
    struct timex clock = { .modes = 0 };

    (void)argument;
    if (clock_adjtime(CLOCK_REALTIME, &clock) < 0)
        return errno;
    clock.modes = ADJ_TICK;
    return outcome(clock_adjtime(CLOCK_REALTIME, &clock));
}

static int rename_host(const char *argument)
{
    struct utsname names;

    (void)argument;
    return uname(&names) != 0 ? errno
                              : outcome(sethostname(names.nodename, strlen(names.nodename)));
}

static int read_log(const char *argument)
{
    char text[64];

    (void)argument;
    return outcome(klogctl(3 /* SYSLOG_ACTION_READ_ALL */, text, sizeof(text)));
}

const struct attempt attempts_on_kernel[] = { { "call", call },
                                              { "clock", set_clock },
                                              { "hostname", rename_host },
                                              { "kernel-log", read_log },
                                              ATTEMPTS_END };
