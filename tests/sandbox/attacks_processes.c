/* Other processes: reading them, changing them, ending them. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int kill_sibling(void)
{
    return outcome(syscall(SYS_kill, SIBLING, SIGTERM));
}

static int kill_thread(void)
{
    return outcome(syscall(SYS_tgkill, SIBLING, SIBLING, SIGTERM));
}

static int kill_thread_simply(void)
{
    return outcome(syscall(SYS_tkill, SIBLING, SIGTERM));
}

/* SIGUSR1 lets nginx open its logs anew. */
static int signal_edge(void)
{
    return outcome(syscall(SYS_kill, EDGE, SIGUSR1));
}

static int stop_sibling(void)
{
    return outcome(syscall(SYS_kill, SIBLING, SIGSTOP));
}

static int signal_all(void)
{
    return outcome(syscall(SYS_kill, -1, SIGUSR1));
}

static int queue_signal(void)
{
    siginfo_t info = { .si_signo = SIGTERM, .si_code = SI_QUEUE };

    return outcome(syscall(SYS_rt_sigqueueinfo, SIBLING, SIGTERM, &info));
}

static int open_pidfd(void)
{
    return (int)syscall(SYS_pidfd_open, SIBLING, 0);
}

static int watch_sibling(void)
{
    return outcome(open_pidfd());
}

static int kill_by_pidfd(void)
{
    const int pidfd = open_pidfd();

    return pidfd < 0 ? errno : outcome(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0));
}

static int steal_descriptor(void)
{
    const int pidfd = open_pidfd();

    return pidfd < 0 ? errno : outcome(syscall(SYS_pidfd_getfd, pidfd, STDIN_FILENO, 0));
}

static int advise_sibling(void)
{
    const struct iovec range = { .iov_base = (void *)world_number("BREACH_SIBLING_ADDRESS"),
                                 .iov_len = 4096 };
    const int pidfd = open_pidfd();

    return pidfd < 0 ? errno
                     : outcome(syscall(SYS_process_madvise, pidfd, &range, 1, MADV_COLD, 0));
}

/* Whoever owns a descriptor gets its signals: the kernel sends them, and not the program. */
static int signal_by_descriptor(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    if (fcntl(ends[0], F_SETSIG, SIGTERM) != 0 || fcntl(ends[0], F_SETOWN, SIBLING) != 0 ||
        fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) != 0)
        return errno;
    return outcome(write(ends[1], "x", 1));
}

static int trace(int pid)
{
    const long attached = ptrace(PTRACE_ATTACH, pid, NULL, NULL);

    if (attached != 0)
        return errno;
    waitpid(pid, NULL, __WALL);
    return outcome(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static int trace_sibling(void)
{
    return trace(SIBLING);
}

static int trace_edge(void)
{
    return trace(EDGE);
}

static int seize_sibling(void)
{
    return outcome(ptrace(PTRACE_SEIZE, SIBLING, NULL, NULL));
}

static int be_traced(void)
{
    return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static long copy_byte(long call, int pid, unsigned char *byte, const char *where)
{
    const struct iovec here = { .iov_base = byte, .iov_len = 1 };
    const struct iovec there = { .iov_base = (void *)world_number(where), .iov_len = 1 };

    return syscall(call, pid, &here, 1, &there, 1, 0);
}

static int read_memory(void)
{
    unsigned char byte;

    return outcome(copy_byte(SYS_process_vm_readv, SIBLING, &byte, "BREACH_SIBLING_ADDRESS"));
}

static int read_memory_of_edge(void)
{
    unsigned char byte;

    return outcome(copy_byte(SYS_process_vm_readv, EDGE, &byte, "BREACH_EDGE_ADDRESS"));
}

/* Where a writable part begins: what is there is zero or of no use to a test. */
static int write_memory(void)
{
    unsigned char byte = 0;

    return outcome(copy_byte(SYS_process_vm_writev, SIBLING, &byte, "BREACH_SIBLING_WRITABLE"));
}

static int compare_sibling(void)
{
    const long order = syscall(SYS_kcmp, getpid(), SIBLING, KCMP_VM, 0, 0);

    return outcome(order);
}

static int slow_sibling(void)
{
    return outcome(setpriority(PRIO_PROCESS, (id_t)SIBLING, 10));
}

static int move_sibling(void)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    return outcome(sched_setaffinity(SIBLING, sizeof(first), &first));
}

static int idle_sibling(void)
{
    const struct sched_param none = { .sched_priority = 0 };

    return outcome(sched_setscheduler(SIBLING, SCHED_IDLE, &none));
}

static int starve_sibling(void)
{
    return outcome(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, SIBLING,
                           IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)));
}

/* nginx's, whose master is root's, as whoever has no user of its own: else it takes a capability.
 */
static int limit_edge(void)
{
    const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

    return outcome(prlimit(EDGE, RLIMIT_CORE, &none, NULL));
}

static int read_limits_of_edge(void)
{
    struct rlimit limit;

    return outcome(prlimit(EDGE, RLIMIT_NOFILE, NULL, &limit));
}

static int find_locks(void)
{
    return outcome(syscall(SYS_get_robust_list, SIBLING, &(void *){ NULL }, &(size_t){ 0 }));
}

/* How long it has run: see clock_getcpuclockid(3). */
static int read_clock(void)
{
    enum { CPU_CLOCK = 2 };
    struct timespec time;

    return outcome(syscall(SYS_clock_gettime, ~SIBLING * 8 | CPU_CLOCK, &time));
}

/* --- itself ----------------------------------------------------------------------------------- */

static int be_realtime(void)
{
    const struct sched_param first = { .sched_priority = 1 };

    return outcome(sched_setscheduler(0, SCHED_FIFO, &first));
}

static int be_preferred(void)
{
    return outcome(setpriority(PRIO_PROCESS, 0, -10));
}

/* Another processor than it was given, which may be the only one. */
static int move_itself(void)
{
    cpu_set_t all;

    memset(&all, 0xff, sizeof(all));
    return outcome(sched_setaffinity(0, sizeof(all), &all));
}

const struct attack attacks_on_processes[] = {
    ATTACK("kill-sibling", "end another program (`kill`)", kill_sibling),
    ATTACK("kill-thread", "end another program (`tgkill`)", kill_thread),
    ATTACK("kill-thread-simply", "end another program (`tkill`)", kill_thread_simply),
    ATTACK("kill-queued", "end another program (`rt_sigqueueinfo`)", queue_signal),
    ATTACK("kill-pidfd", "end another program (`pidfd_send_signal`)", kill_by_pidfd),
    ATTACK("kill-descriptor", "end another program by a descriptor's signals (`F_SETOWN`)",
           signal_by_descriptor),
    ATTACK("stop-sibling", "stop another program", stop_sibling),
    ATTACK("signal-edge", "send nginx a signal", signal_edge),
    ATTACK("signal-all", "send everybody a signal", signal_all),
    ATTACK("pidfd", "watch another program (`pidfd_open`)", watch_sibling),
    ATTACK("pidfd-getfd", "take another program's descriptor (`pidfd_getfd`)", steal_descriptor),
    ATTACK("process-madvise", "have another program's memory paged out", advise_sibling),
    ATTACK("ptrace", "trace another program (`PTRACE_ATTACH`)", trace_sibling),
    ATTACK("ptrace-seize", "trace another program (`PTRACE_SEIZE`)", seize_sibling),
    ATTACK("ptrace-me", "be traced by its parent", be_traced),
    ATTACK("read-memory", "read another program's memory (`process_vm_readv`)", read_memory),
    ATTACK("ptrace-edge", "trace nginx (`PTRACE_ATTACH`)", trace_edge),
    ATTACK("read-edge-memory", "read nginx's memory (`process_vm_readv`)", read_memory_of_edge),
    ATTACK("read-clock", "find out how long another program has run (`clock_gettime`)", read_clock),
    ATTACK("write-memory", "write another program's memory (`process_vm_writev`)", write_memory),
    ATTACK("kcmp", "compare itself with another program (`kcmp`)", compare_sibling),
    ATTACK("robust-list", "find another program's locks (`get_robust_list`)", find_locks),
    ATTACK("slow-sibling", "lower another program's priority", slow_sibling),
    ATTACK("move-sibling", "choose another program's processor", move_sibling),
    ATTACK("idle-sibling", "let another program run only when nobody else does", idle_sibling),
    ATTACK("starve-sibling", "lower another program's priority for disks", starve_sibling),
    ATTACK("limit-edge", "lower nginx's limits (`prlimit`)", limit_edge),
    ATTACK("read-limits", "read nginx's limits (`prlimit`)", read_limits_of_edge),
    ATTACK("real-time", "run before everybody else (`SCHED_FIFO`)", be_realtime),
    ATTACK("nice", "raise its priority", be_preferred),
    ATTACK("affinity", "choose its processors", move_itself),
    ATTACKS_END,
};
