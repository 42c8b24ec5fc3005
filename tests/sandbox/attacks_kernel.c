/* The kernel itself: parts of it that no program of ours needs, many of them with a history. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int load_bpf(void)
{
    static union bpf_attr map = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
    };

    return outcome(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
}

static int count_events(void)
{
    static struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE,
                                            .size = sizeof(event),
                                            .config = PERF_COUNT_SW_TASK_CLOCK,
                                            .exclude_kernel = 1,
                                            .exclude_hv = 1 };

    return outcome(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
}

static int set_up_ring(void)
{
    static struct io_uring_params params;
    const long ring = syscall(SYS_io_uring_setup, 4, &params);

    return ring < 0 && errno == EPERM && getuid() == 0 ? absent("io_uring is switched off")
                                                       : outcome(ring);
}

static int add_key(void)
{
    return outcome(syscall(SYS_add_key, "user", "breach", "x", 1, (long)KEY_SPEC_PROCESS_KEYRING));
}

static int find_keyring(void)
{
    return outcome(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, (long)KEY_SPEC_PROCESS_KEYRING, 1));
}

/* What is no module is refused by the loader: who gets as far as that could have loaded one. */
static int load_module(void)
{
    const long loaded = syscall(SYS_init_module, "x", 1, "");

    return loaded < 0 && errno == ENOEXEC ? DONE : outcome(loaded);
}

/* As it is already: only the right to is taken. */
static int set_clock(void)
{
    struct timex clock = { .modes = 0 };

    if (clock_adjtime(CLOCK_REALTIME, &clock) < 0)
        return errno;
    clock.modes = ADJ_TICK;
    return outcome(clock_adjtime(CLOCK_REALTIME, &clock));
}

static int rename_host(void)
{
    struct utsname names;

    if (sethostname("breached", 8) != 0)
        return errno;
    return uname(&names) != 0 ? errno : effect(strcmp(names.nodename, "breached") == 0);
}

static int ask_version(void)
{
    struct utsname names;

    return outcome(uname(&names));
}

static int read_log(void)
{
    char text[64];

    return outcome(klogctl(3 /* SYSLOG_ACTION_READ_ALL */, text, sizeof(text)));
}

static int count_processes(void)
{
    if (syscall(SYS_acct, OPEN_FILE) != 0)
        return errno;
    return outcome(syscall(SYS_acct, NULL));
}

/* Another filter can only refuse more, unless it asks a process that then answers for us. */
static int add_filter(void)
{
    static struct sock_filter allow[] = { { 0x06, 0, 0, SECCOMP_RET_ALLOW } };
    static const struct sock_fprog program = { .len = 1, .filter = allow };

    return outcome(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

static int make_ruleset(void)
{
    static const uint64_t handled = 1;

    return outcome(syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0));
}

static int type_into_terminal(void)
{
    const int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

    return terminal < 0 ? errno : outcome(ioctl(terminal, TIOCSTI, "x"));
}

static int count_bytes(void)
{
    int bytes;

    return outcome(ioctl(STDERR_FILENO, FIONREAD, &bytes));
}

static int start_timer(void)
{
    timer_t timer;
    struct sigevent nothing = { .sigev_notify = SIGEV_NONE };

    return outcome(timer_create(CLOCK_MONOTONIC, &nothing, &timer));
}

static int handle_signal(void)
{
    return outcome(signal(SIGUSR1, SIG_IGN) == SIG_ERR ? -1 : 0);
}

/* --- other ways into the kernel --------------------------------------------------------------- */

#if defined(__x86_64__)
static long call_32_bit(long number, long first)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

/* A filter that looks at the number alone would take these for other calls: 20 is writev. */
static int ask_as_32_bit(void)
{
    const int pid = getpid();
    const long answer = call_32_bit(20 /* getpid */, 0);

    return answer == -ENOSYS ? absent("no 32-bit calls") : effect(answer == pid);
}

static int fork_as_32_bit(void)
{
    const long pid = call_32_bit(2 /* fork */, 0);

    if (pid == 0)
        end_child();
    if (pid == -ENOSYS)
        return absent("no 32-bit calls");
    return pid < 0 ? (int)-pid : child_ran(pid);
}

static int ask_as_x32(void)
{
    return outcome(syscall(0x40000000L | SYS_getppid));
}

static int change_table(void)
{
    static const unsigned entry[4] = { 0, 0, 0, 0x28 }; /* an empty one */

    return outcome(syscall(SYS_modify_ldt, 1, entry, sizeof(entry)));
}
#endif

const struct attack attacks_on_kernel[] = {
    ATTACK("bpf", "make a BPF map", load_bpf),
    ATTACK("perf", "count its events (`perf_event_open`)", count_events),
    SINGLE_CALL("userfaultfd", "handle its own page faults (`userfaultfd`)", SYS_userfaultfd,
                O_CLOEXEC),
    ATTACK("io-uring", "make calls by a ring (`io_uring`)", set_up_ring),
    ATTACK("add-key", "keep a key in the kernel (`add_key`)", add_key),
    ATTACK("keyctl", "find a keyring (`keyctl`)", find_keyring),
    ATTACK("init-module", "load a kernel module", load_module),
    SINGLE_CALL("kexec", "load another kernel (`kexec_load`)", SYS_kexec_load, 0, 0, 0, 0),
    ATTACK("set-clock", "set the clock (`clock_adjtime`)", set_clock),
    ATTACK("sethostname", "rename the machine", rename_host),
    ATTACK("uname", "find out the kernel's version", ask_version),
    ATTACK("syslog", "read the kernel's log (`syslog`)", read_log),
    ATTACK("acct", "have every process written down (`acct`)", count_processes),
    SINGLE_CALL("quotactl", "change disk quotas (`quotactl`)", SYS_quotactl, (unsigned)Q_SYNC << 8),
    ATTACK("seccomp", "add a filter that asks somebody else (`seccomp`)", add_filter),
    ATTACK("landlock", "make a Landlock ruleset", make_ruleset),
    ATTACK("terminal", "type into a terminal (`TIOCSTI`)", type_into_terminal),
    ATTACK("ioctl", "ask a descriptor (`ioctl`)", count_bytes),
    SINGLE_CALL("dup2", "put one descriptor in another's place (`dup2`)", SYS_dup3, STDERR_FILENO,
                STDOUT_FILENO, 0),
    SINGLE_CALL("fcntl-dup", "copy a descriptor (`F_DUPFD`)", SYS_fcntl, 0, F_DUPFD, 50),
    SINGLE_CALL("fcntl-exec", "keep its descriptors for who runs next (`F_SETFD`)", SYS_fcntl, 0,
                F_SETFD, 0),
    ATTACK("timer", "start a timer", start_timer),
    ATTACK("sigaction", "handle a signal (`rt_sigaction`)", handle_signal),
#if defined(__x86_64__)
    ATTACK("int80", "a 32-bit call (`int 0x80`)", ask_as_32_bit),
    ATTACK("int80-fork", "start a process by a 32-bit call", fork_as_32_bit),
    ATTACK("x32", "a call of x32's", ask_as_x32),
    ATTACK("ldt", "change its segments (`modify_ldt`)", change_table),
    SINGLE_CALL("iopl", "reach the machine's ports (`iopl`)", SYS_iopl, 3),
    SINGLE_CALL("ioperm", "reach one of the machine's ports (`ioperm`)", SYS_ioperm, 0x80, 1, 1),
    SINGLE_CALL("arch-prctl", "move its segments (`arch_prctl`)", SYS_arch_prctl,
                0x1001 /* ARCH_SET_GS */, 0),
#endif
    ATTACKS_END,
};
