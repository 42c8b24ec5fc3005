/*
 * What somebody would try who runs code of their own inside a container, and how it went.
 *
 * An attempt counts as done only when it had its effect: an answer came, the file was made, the
 * code ran. Where the effect would harm the machine, that the kernel has taken the right to it is
 * enough. So in a container without confinement each can be seen to be done: see attempts.py.
 */
#ifndef BULKHEAD_PROBE_H
#define BULKHEAD_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* What an attempt gives; any other is the errno that refused it. */
enum { DONE = 0, NO_EFFECT = -1, WRONG_USE = -2 };

struct attempt {
    const char *kind;
    int (*make)(const char *argument); /* never NULL; "" without one */
};
#define ATTEMPTS_END                                                                               \
    {                                                                                              \
        .kind = NULL                                                                               \
    }

extern const struct attempt attempts_on_network[];
extern const struct attempt attempts_on_files[];
extern const struct attempt attempts_on_rights[];
extern const struct attempt attempts_on_kernel[];
extern const struct attempt attempts_on_resources[];

/* --- tools ------------------------------------------------------------------------------------ */

/* How long an answer is waited for. */
enum { ANSWER_MS = 500 };
/* A program answers or closes, but on a busy machine late. */
enum { PROGRAM_SECONDS = 10 };

/* Of a system call: DONE, or errno when it gave a negative number. */
int outcome(long returned);
int effect(bool there); /* DONE or NO_EFFECT */
/* The decimal number that a text begins with; *end is what follows it. */
long number(const char *text, const char **end);
/* "12@/path": the number, and the path. */
long number_at(const char *text, const char **path);
/* A child that ends with this code has run what it was to run. */
enum { CHILD_CODE = 42 };
int child_ran(int pid);

#endif
