#include "inject_target.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool complain(const char *what, const char *why)
{
    fprintf(stderr, "inject: %s: %s\n", what, why);
    return false;
}

#ifdef __x86_64__

enum {
    RED_ZONE_BYTES = 128, /* below its stack pointer a function may keep data */
    CALL_BYTES = 2,
    INSTRUCTIONS_BYTES = CALL_BYTES + 1, /* at the end of int3 */
    /* The kernel's own, include/linux/errno.h: what a stopped thread's call returns. */
    RESTART_SYS = -512,
    RESTART_NO_INTERRUPT = -513,
    RESTART_NO_HANDLER = -514,
    RESTART_BLOCK = -516,
};

/*
 * The call, and int3 behind it. That stops the thread once the call is over, signals that it sent
 * to itself included; and it ends a process that the call has started and that nobody traces.
 */
static const uint64_t instructions[] = {
    [BY_SYSCALL] = 0xcc050f,
    [BY_INT80] = 0xcc80cd,
};

/* --- ptrace ----------------------------------------------------------------------------------- */

static bool request(enum __ptrace_request what, const char *name, pid_t tid, uintptr_t address,
                    uint64_t data)
{
    return ptrace(what, tid, address, data) == 0 || complain(name, strerror(errno));
}
#define REQUEST(what, tid, address, data) request(what, #what, tid, address, data)

static bool read_word(pid_t tid, uintptr_t address, uint64_t *word)
{
    errno = 0;
    *word = (uint64_t)ptrace(PTRACE_PEEKDATA, tid, address, 0);
    return errno == 0 || complain("PTRACE_PEEKDATA", strerror(errno));
}

static bool get_registers(pid_t tid, struct user_regs_struct *registers)
{
    return REQUEST(PTRACE_GETREGS, tid, 0, (uintptr_t)registers);
}

static bool set_registers(pid_t tid, const struct user_regs_struct *registers)
{
    return REQUEST(PTRACE_SETREGS, tid, 0, (uintptr_t)registers);
}

/* alarm() ends a wait that takes too long: its handler does nothing else. */
static bool wait_for(pid_t tid, int *status)
{
    alarm(WAIT_SECONDS);
    const pid_t got = waitpid(tid, status, __WALL);
    const int error = errno;
    alarm(0);
    return got == tid || complain("waitpid", error == EINTR ? "it took too long" : strerror(error));
}

/* --- stop and go on --------------------------------------------------------------------------- */

static bool find_entry(pid_t pid, uintptr_t *entry)
{
    char path[32];
    Elf64_auxv_t item;

    snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
    FILE *const file = fopen(path, "rbe");
    if (file == NULL)
        return complain(path, strerror(errno));
    *entry = 0;
    while (*entry == 0 && fread(&item, sizeof(item), 1, file) == 1)
        if (item.a_type == AT_ENTRY)
            *entry = item.a_un.a_val;
    fclose(file);
    return *entry != 0 || complain(path, "has no AT_ENTRY");
}

/* Signals that come before the stop are passed on. */
static bool interrupt(pid_t tid)
{
    int status;

    if (!REQUEST(PTRACE_SEIZE, tid, 0, 0) || !REQUEST(PTRACE_INTERRUPT, tid, 0, 0) ||
        !wait_for(tid, &status))
        return false;
    while (WIFSTOPPED(status) && status >> 16 != PTRACE_EVENT_STOP)
        if (!REQUEST(PTRACE_CONT, tid, 0, (uint64_t)WSTOPSIG(status)) || !wait_for(tid, &status))
            return false;
    return WIFSTOPPED(status) || complain("the thread", "has ended");
}

/*
 * A call that the stop has interrupted is made again, as the kernel itself would have it made: but
 * that looks at the registers of a thread only once, and by then they are another call's.
 */
static void make_again(struct user_regs_struct *registers)
{
    const int64_t result = (int64_t)registers->rax;
    const bool is_call = (int64_t)registers->orig_rax >= 0;

    if (is_call && (result == RESTART_SYS || result == RESTART_NO_INTERRUPT ||
                    result == RESTART_NO_HANDLER || result == RESTART_BLOCK)) {
        registers->rax = result == RESTART_BLOCK ? SYS_restart_syscall : registers->orig_rax;
        registers->rip -= CALL_BYTES;
    }
    registers->orig_rax = UINT64_MAX;
}

bool target_stop(struct target *target, pid_t pid, pid_t tid)
{
    *target = (struct target){ .tid = tid };
    if (!find_entry(pid, &target->entry) || !interrupt(tid) ||
        !get_registers(tid, &target->registers) ||
        !read_word(tid, target->entry, &target->instruction))
        return false;
    make_again(&target->registers);
    target->memory = (target->registers.rsp - RED_ZONE_BYTES - MEMORY_BYTES) & ~UINT64_C(15);
    return true;
}

bool target_release(const struct target *target)
{
    return REQUEST(PTRACE_POKEDATA, target->tid, target->entry, target->instruction) &&
           set_registers(target->tid, &target->registers) &&
           REQUEST(PTRACE_DETACH, target->tid, 0, 0);
}

/* --- a call ----------------------------------------------------------------------------------- */

bool target_write(const struct target *target, const uint64_t words[MEMORY_WORDS])
{
    for (size_t i = 0; i < MEMORY_WORDS; i++)
        if (!REQUEST(PTRACE_POKEDATA, target->tid, target->memory + 8 * i, words[i]))
            return false;
    return true;
}

/* The architecture decides by the entry where it looks for arguments. */
static void place_arguments(struct user_regs_struct *registers, const struct call *call)
{
    const uint64_t *const a = call->arguments;

    registers->rax = call->number;
    if (call->entry == BY_INT80) {
        registers->rbx = a[0];
        registers->rcx = a[1];
        registers->rdx = a[2];
        registers->rsi = a[3];
        registers->rdi = a[4];
        registers->rbp = a[5];
    } else {
        registers->rdi = a[0];
        registers->rsi = a[1];
        registers->rdx = a[2];
        registers->r10 = a[3];
        registers->r8 = a[4];
        registers->r9 = a[5];
    }
}

/* Lets it run to the int3, or to its end. Signals on the way are passed on. */
static bool run(const struct target *target, struct user_regs_struct *registers, int *status)
{
    const pid_t tid = target->tid;
    int sent = 0;

    for (;;) {
        if (!REQUEST(PTRACE_CONT, tid, 0, (uint64_t)sent) || !wait_for(tid, status))
            return false;
        if (!WIFSTOPPED(*status))
            return true;
        if (!get_registers(tid, registers))
            return false;
        if (*status >> 8 == SIGTRAP && registers->rip == target->entry + INSTRUCTIONS_BYTES)
            return true;
        sent = *status >> 16 == 0 ? WSTOPSIG(*status) : 0;
    }
}

static void judge(int status, enum entry entry, uint64_t rax, struct outcome *outcome)
{
    if (WIFSIGNALED(status))
        *outcome = (struct outcome){ .end = KILLED, .value = WTERMSIG(status) };
    else if (WIFEXITED(status))
        *outcome = (struct outcome){ .end = EXITED, .value = WEXITSTATUS(status) };
    else
        *outcome = (struct outcome){ .end = RETURNED,
                                     .value = entry == BY_INT80 ? (int32_t)rax : (int64_t)rax };
}

bool target_call(const struct target *target, const struct call *call, struct outcome *outcome)
{
    const pid_t tid = target->tid;
    const uint64_t code = (target->instruction & ~UINT64_C(0xffffff)) | instructions[call->entry];
    struct user_regs_struct registers = target->registers;
    int status;

    place_arguments(&registers, call);
    registers.rip = target->entry;
    if (!REQUEST(PTRACE_POKEDATA, tid, target->entry, code) || !set_registers(tid, &registers) ||
        !run(target, &registers, &status))
        return false;
    judge(status, call->entry, registers.rax, outcome);
    return true;
}

#else /* another processor: other registers, other instructions */

bool target_stop(struct target *target, pid_t pid, pid_t tid)
{
    (void)target, (void)pid, (void)tid;
    return complain("this processor", "is not x86-64");
}

bool target_write(const struct target *target, const uint64_t words[MEMORY_WORDS])
{
    (void)target, (void)words;
    return false;
}

bool target_call(const struct target *target, const struct call *call, struct outcome *outcome)
{
    (void)target, (void)call, (void)outcome;
    return false;
}

bool target_release(const struct target *target)
{
    (void)target;
    return false;
}

#endif
