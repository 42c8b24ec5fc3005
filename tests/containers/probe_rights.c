/* Rights: other users, capabilities, namespaces, other processes. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- users and capabilities ------------------------------------------------------------------- */

static int become_user(const char *argument)
{
    const char *end;

    return outcome(setuid((uid_t)number(argument, &end)));
}

static int become_group(const char *argument)
{
    const char *end;

    return outcome(setgid((gid_t)number(argument, &end)));
}

static int join_group(const char *argument)
{
    const char *end;
    const gid_t group = (gid_t)number(argument, &end);

    return outcome(setgroups(1, &group));
}

static int take_capabilities(const char *argument)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { .effective = 1U << CAP_SYS_ADMIN,
                                                .permitted = 1U << CAP_SYS_ADMIN } };

    (void)argument;
    return outcome(syscall(SYS_capset, &header, data));
}

static int is_capability_in_reach(const char *argument)
{
    const char *end;

    return effect(prctl(PR_CAPBSET_READ, number(argument, &end), 0, 0, 0) == 1);
}

/* --- namespaces ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int flag;
} kinds[] = { { "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },       { "net", CLONE_NEWNET },
              { "pid", CLONE_NEWPID },   { "ipc", CLONE_NEWIPC },      { "uts", CLONE_NEWUTS },
              { "time", 0x80 },          { "cgroup", CLONE_NEWCGROUP } };

static int flag_of(const char *name)
{
    for (size_t n = 0; n < sizeof(kinds) / sizeof(*kinds); n++)
        if (strcmp(kinds[n].name, name) == 0)
            return kinds[n].flag;
    return 0;
}

static int leave_namespace(const char *name)
{
    return outcome(unshare(flag_of(name)));
}

/* Where a user namespace can be had, it has all capabilities inside. */
static int mount_as_own_root(const char *folder)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return errno;
    return outcome(mount("tmpfs", folder, "tmpfs", 0, NULL));
}

static int clone_into(const char *name)
{
    const long pid = syscall(SYS_clone, (long)(flag_of(name) | SIGCHLD), NULL, NULL, NULL, NULL);

    if (pid == 0)
        _exit(CHILD_CODE);
    return child_ran((int)pid);
}

static int clone3_into(const char *name)
{
    struct {
        unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } how = { .flags = (unsigned)flag_of(name), .exit_signal = SIGCHLD };
    const long pid = syscall(SYS_clone3, &how, sizeof(how));

    if (pid == 0)
        _exit(CHILD_CODE);
    return child_ran((int)pid);
}

static int enter_namespace(const char *path)
{
    const int fd = open(path, O_RDONLY);

    return fd < 0 ? errno : outcome(setns(fd, 0));
}

/* --- other processes -------------------------------------------------------------------------- */

/* A process of the same user that nobody may look into, as Bulkhead's programs are. */
static int closed_process(void)
{
    int ends[2];
    char byte = 0;
    const int pid = pipe(ends) == 0 ? fork() : -1;

    if (pid == 0) {
        prctl(PR_SET_DUMPABLE, 0);
        (void)!write(ends[1], &byte, 1);
        pause();
    }
    (void)!read(ends[0], &byte, 1);
    return pid;
}

/* "" is one of our own; else it is the process id. */
static int victim(const char *argument)
{
    const char *end;

    return *argument ? (int)number(argument, &end) : closed_process();
}

static int trace(const char *argument)
{
    return outcome(ptrace(PTRACE_SEIZE, victim(argument), NULL, NULL));
}

static int read_memory(const char *argument)
{
    char byte;
    struct iovec here = { .iov_base = &byte, .iov_len = 1 };
    struct iovec there = { .iov_base = (void *)(long)kinds, .iov_len = 1 };
    const int result = outcome(process_vm_readv(victim(argument), &here, 1, &there, 1, 0));

    return result == EFAULT ? DONE : result; /* of another program: it has no such address */
}

static int open_memory(const char *argument)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/%d/mem", victim(argument));
    return outcome(open(path, O_RDWR));
}

static int take_descriptor(const char *argument)
{
    const long pidfd = syscall(SYS_pidfd_open, victim(argument), 0);

    return pidfd < 0 ? errno : outcome(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

/* EPERM would say that there is one. */
static int see_process(const char *argument)
{
    return kill(victim(argument), 0) == 0 || errno == EPERM ? DONE : errno;
}

static int find_segment(const char *argument)
{
    const char *end;

    return outcome(shmget((key_t)number(argument, &end), 0, 0));
}

/* --- a larger share --------------------------------------------------------------------------- */

static int raise_priority(const char *argument)
{
    (void)argument;
    return outcome(setpriority(PRIO_PROCESS, 0, -5));
}

static int run_in_real_time(const char *argument)
{
    const struct sched_param first = { .sched_priority = 1 };

    (void)argument;
    return outcome(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first));
}

static int raise_limit(const char *argument)
{
    struct rlimit limit;

    (void)argument;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return errno;
    limit.rlim_max++;
    return outcome(setrlimit(RLIMIT_NOFILE, &limit));
}

static int avoid_oom(const char *argument)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY);

    (void)argument;
    return fd < 0 ? errno : outcome(write(fd, "-500", 4));
}

const struct attempt attempts_on_rights[] = { { "setuid", become_user },
                                              { "setgid", become_group },
                                              { "setgroups", join_group },
                                              { "capset", take_capabilities },
                                              { "bounding-set", is_capability_in_reach },
                                              { "unshare", leave_namespace },
                                              { "own-root", mount_as_own_root },
                                              { "clone", clone_into },
                                              { "clone3", clone3_into },
                                              { "setns", enter_namespace },
                                              { "ptrace", trace },
                                              { "read-memory", read_memory },
                                              { "open-memory", open_memory },
                                              { "pidfd-getfd", take_descriptor },
                                              { "see-process", see_process },
                                              { "segment", find_segment },
                                              { "priority", raise_priority },
                                              { "real-time", run_in_real_time },
                                              { "raise-limit", raise_limit },
                                              { "avoid-oom", avoid_oom },
                                              ATTEMPTS_END };
