/* Starting something: another program, another process, another thread. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const shell[] = { "sh", "-c", "echo BREACH DONE >&2", NULL };
static const char *const no_environment[] = { NULL };

/* What runs afterwards says that it does. */
static int run_shell(void)
{
    return outcome(syscall(SYS_execve, "/bin/sh", shell, no_environment));
}

static int run_shell_at(void)
{
    return outcome(syscall(SYS_execveat, AT_FDCWD, "/bin/sh", shell, no_environment, 0));
}

/* By a descriptor alone, which any root folder has. */
static int run_memory(void)
{
    if (program_length == 0)
        return absent("no program for this processor");
    const int fd = memfd_create("breach", MFD_CLOEXEC);
    if (fd < 0)
        return errno;
    if (write(fd, program_bytes, program_length) != (ssize_t)program_length)
        return errno;
    return outcome(syscall(SYS_execveat, fd, "", no_environment, no_environment, AT_EMPTY_PATH));
}

static int run_written_file(void)
{
    if (program_length == 0)
        return absent("no program for this processor");
    const int fd = open(OPEN_FOLDER "/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    if (fd < 0)
        return errno;
    if (write(fd, program_bytes, program_length) != (ssize_t)program_length || close(fd) != 0)
        return errno;
    return outcome(syscall(SYS_execve, OPEN_FOLDER "/program", no_environment, no_environment));
}

/* --- processes -------------------------------------------------------------------------------- */

static int start_by_clone(void)
{
    const long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

    if (pid == 0)
        end_child();
    return child_ran(pid);
}

#ifdef SYS_fork
static int start_by_fork(void)
{
    const long pid = syscall(SYS_fork);

    if (pid == 0)
        end_child();
    return child_ran(pid);
}

/* libc's: the child of a vfork must not return from a function that its parent is still in. */
static int start_by_vfork(void)
{
    const pid_t pid = vfork();

    if (pid == 0)
        end_child();
    return child_ran(pid);
}
#endif

static int start_by_clone3(void)
{
    const struct clone_args how = { .exit_signal = SIGCHLD };
    const long pid = syscall(SYS_clone3, &how, sizeof(how));

    if (pid == 0)
        end_child();
    return child_ran(pid);
}

enum { BOMB = 64 };

static int start_many(void)
{
    for (int i = 0; i < BOMB; i++) {
        const long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
        if (pid < 0)
            return errno;
        if (pid == 0) {
            pause();
            end_child();
        }
    }
    return DONE;
}

/* --- threads ---------------------------------------------------------------------------------- */

static atomic_int thread_ran;

static int run_thread(void *count)
{
    atomic_fetch_add((atomic_int *)count, 1);
    syscall(SYS_exit, 0);
    return 0;
}

static int start_thread(void)
{
    enum { STACK = 64 * 1024 };
    static char stack[STACK] __attribute__((aligned(16)));
    const int flags =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

    atomic_store(&thread_ran, 0);
    if (clone(run_thread, stack + STACK, flags, &thread_ran) < 0)
        return errno;
    for (int i = 0; i < 1000 && atomic_load(&thread_ran) == 0; i++)
        usleep(1000);
    return effect(atomic_load(&thread_ran) == 1);
}

/* One after the other is enough, each with the stack of the one before. */
static int start_threads(void)
{
    for (int i = 0; i < BOMB; i++) {
        const int result = start_thread();
        if (result != DONE)
            return result;
    }
    return DONE;
}

/* A process that shares the memory: as good as a thread to whoever has one. */
static int start_twin(void)
{
    enum { STACK = 64 * 1024 };
    static char stack[STACK] __attribute__((aligned(16)));
    const int pid = clone(run_thread, stack + STACK, CLONE_VM | CLONE_FILES | SIGCHLD, &thread_ran);

    if (pid < 0)
        return errno;
    waitpid(pid, NULL, __WALL);
    return effect(atomic_load(&thread_ran) == 1);
}

const struct attack attacks_by_processes[] = {
    ATTACK("execve", "run a shell (`execve`)", run_shell),
    ATTACK("execveat", "run a shell (`execveat`)", run_shell_at),
    ATTACK("execute-memory", "run a program that is nowhere but in memory (`memfd_create`)",
           run_memory),
    ATTACK("execute-written", "write a program into a file and run it", run_written_file),
#ifdef SYS_fork
    ATTACK("fork", "start a process (`fork`)", start_by_fork),
    ATTACK("vfork", "start a process (`vfork`)", start_by_vfork),
#endif
    ATTACK("clone", "start a process (`clone`)", start_by_clone),
    ATTACK("clone3", "start a process (`clone3`)", start_by_clone3),
    ATTACK("fork-bomb", "start 64 processes", start_many),
    ATTACK("twin", "start a process that shares its memory", start_twin),
    ATTACK("thread", "start a thread", start_thread),
    ATTACK("threads", "start 64 threads", start_threads),
    SINGLE_CALL("setpgid", "leave its group of processes", SYS_setpgid, 0, 0),
    ATTACKS_END,
};
