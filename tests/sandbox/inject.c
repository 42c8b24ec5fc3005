/*
 * Makes a thread of a running program call the kernel, and says what came of it.
 *
 *     inject PID TID <CALLS
 *
 * Each line of standard input is a call, with up to six arguments and a blank between them:
 *
 *     getpid                       by name, as libseccomp knows it
 *     0x400000 27                  by number; a number is 0x and hexadecimal, nothing else
 *     openat 0xffffff9c @2f6500    @: the address of these bytes, which it puts into the program
 *     int80 open @2f6500           as a 32-bit program would make it: by int 0x80, another number
 *
 * Each call is answered with a line: "returned NUMBER", "returned ERRNO", "killed SIGNAL" or
 * "exited CODE". After the last two there is nobody to make the rest.
 *
 * Exit code 0: each call was answered, or the last answer is the program's end; 1: not; 2: wrong
 * usage. For x86-64 alone.
 */
#include "../unit/hex_lines.h"
#include "inject_target.h"
#include "route/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 8192, WRONG_USAGE = 2 };

/* --- reading ---------------------------------------------------------------------------------- */

/* What a line has to be in the memory of the program, from its start on. */
struct memory {
    uint64_t words[MEMORY_WORDS];
    size_t used;
};

static bool read_number(const char *word, uint64_t *number)
{
    const size_t length = strlen(word);

    *number = 0;
    for (size_t i = 2; i < length; i++) {
        const int digit = hex_value(word[i]);
        if (digit < 0)
            return false;
        *number = *number << 4 | (uint64_t)digit;
    }
    return strncmp(word, "0x", 2) == 0 && length > 2 && length <= 2 + 16;
}

/* 8 bytes at a time: the address of each argument's bytes suits any type. */
static bool read_bytes(const char *word, const struct target *target, struct memory *memory,
                       uint64_t *address)
{
    const size_t bytes = (strlen(word) + 1) / 2;
    const size_t words = (bytes + 7) / 8;

    if (words > MEMORY_WORDS - memory->used)
        return false;
    *address = target->memory + 8 * memory->used;
    if (read_hex(word, (char *)&memory->words[memory->used]) == SIZE_MAX)
        return false;
    memory->used += words;
    return true;
}

static bool read_call_number(const char *word, enum entry entry, uint64_t *number)
{
    if (read_number(word, number))
        return true;
    const int found = seccomp_syscall_resolve_name_arch(
        entry == BY_INT80 ? SCMP_ARCH_X86 : SCMP_ARCH_X86_64, word);
    *number = (uint64_t)found;
    return found >= 0 || complain(word, "no such system call");
}

static bool read_call(char *line, const struct target *target, struct memory *memory,
                      struct call *call)
{
    char *rest = NULL;
    const char *word = strtok_r(line, " \n", &rest);

    *call = (struct call){ .entry = BY_SYSCALL };
    if (word != NULL && strcmp(word, "int80") == 0) {
        call->entry = BY_INT80;
        word = strtok_r(NULL, " \n", &rest);
    }
    if (word == NULL)
        return complain("a line", "names no system call");
    if (!read_call_number(word, call->entry, &call->number))
        return false;
    for (size_t i = 0; (word = strtok_r(NULL, " \n", &rest)) != NULL; i++) {
        if (i == 6)
            return complain(word, "a seventh argument");
        if (!(word[0] == '@' ? read_bytes(word + 1, target, memory, &call->arguments[i])
                             : read_number(word, &call->arguments[i])))
            return complain(word, "neither a number nor bytes that there is room for");
    }
    return true;
}

/* --- answering -------------------------------------------------------------------------------- */

static void answer(const struct outcome *outcome)
{
    const int64_t value = outcome->value;
    const char *const error = value < 0 && value > -4096 ? strerrorname_np((int)-value) : NULL;

    if (outcome->end == KILLED)
        printf("killed SIG%s\n", sigabbrev_np((int)value));
    else if (outcome->end == EXITED)
        printf("exited %" PRId64 "\n", value);
    else if (error != NULL)
        printf("returned %s\n", error);
    else
        printf("returned %" PRId64 "\n", value);
}

static bool make_call(char *line, const struct target *target, struct outcome *outcome)
{
    struct memory memory = { .used = 0 };
    struct call call;

    if (!read_call(line, target, &memory, &call) || !target_write(target, memory.words) ||
        !target_call(target, &call, outcome))
        return false;
    answer(outcome);
    return true;
}

static bool make_calls(const struct target *target)
{
    static char line[LINE_BYTES];
    struct outcome outcome = { .end = RETURNED };
    bool good = true;

    while (good && outcome.end == RETURNED && fgets(line, sizeof(line), stdin) != NULL)
        good = make_call(line, target, &outcome);
    /* Whatever is wrong with a line, the program goes on. */
    return (outcome.end != RETURNED || target_release(target)) && good;
}

static void do_nothing(int signal_number)
{
    (void)signal_number;
}

static bool is_id(const char *text, pid_t *id)
{
    long number;

    if (!parse_integer(text, &number) || number < 1 || number > INT_MAX)
        return false;
    *id = (pid_t)number;
    return true;
}

int main(int argc, char **argv)
{
    const struct sigaction no_restart = { .sa_handler = do_nothing };
    struct target target;
    pid_t pid, tid;

    if (argc != 3 || !is_id(argv[1], &pid) || !is_id(argv[2], &tid)) {
        fprintf(stderr, "usage: inject PID TID <CALLS\n");
        return WRONG_USAGE;
    }
    if (sigaction(SIGALRM, &no_restart, NULL) != 0) {
        complain("sigaction", strerror(errno));
        return EXIT_FAILURE;
    }
    if (!target_stop(&target, pid, tid) || !make_calls(&target))
        return EXIT_FAILURE;
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
