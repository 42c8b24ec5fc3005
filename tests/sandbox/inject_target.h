/*
 * A thread of a running program, made to call the kernel as if it ran an attacker's code.
 *
 * It is stopped by ptrace(2) wherever it is. The call is made from the program's first instruction,
 * which no thread comes to again, and by the thread itself: its rights, its seccomp filter and its
 * Landlock domain are what answers. Afterwards the thread goes on with what it was stopped in.
 */
#ifndef BULKHEAD_INJECT_TARGET_H
#define BULKHEAD_INJECT_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum { MEMORY_WORDS = 256, MEMORY_BYTES = MEMORY_WORDS * 8 };

struct target {
    pid_t tid;
    uintptr_t entry;      /* where the calls are made */
    uint64_t instruction; /* what was there before */
    uintptr_t memory;     /* MEMORY_BYTES that the thread does not use */
    struct user_regs_struct registers;
};

enum entry { BY_SYSCALL, BY_INT80 };
struct call {
    enum entry entry;
    uint64_t number;
    uint64_t arguments[6];
};

enum end { RETURNED, KILLED, EXITED };
struct outcome {
    enum end end;
    int64_t value; /* what it returned; the signal; the exit code */
};

/* Seconds after which a wait is given up: a call that blocks, say. */
enum { WAIT_SECONDS = 10 };

/* These say why not on standard error. */
bool target_stop(struct target *target, pid_t pid, pid_t tid);
bool target_write(const struct target *target, const uint64_t words[MEMORY_WORDS]);
bool target_call(const struct target *target, const struct call *call, struct outcome *outcome);
bool target_release(const struct target *target);

/* "inject: what: why"; false. */
bool complain(const char *what, const char *why);

#endif
