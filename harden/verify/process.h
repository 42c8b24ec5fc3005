/*
 * Other programs, one after another: run by an argument vector, never by a shell; stopped when we
 * are, so that there is always time to clean up.
 */
#ifndef BULKHEAD_PROCESS_H
#define BULKHEAD_PROCESS_H

#include "core/bytes.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    RUN_NOT_FOUND = -1,   /* nothing of that name is in PATH, or it can't be started */
    RUN_LATE = -2,        /* it did not end in time, and was stopped */
    RUN_INTERRUPTED = -3, /* we were told to stop, and so was it */
};

enum { ARGUMENTS_MAX = 256 };

struct arguments {
    const char *list[ARGUMENTS_MAX + 1]; /* ends with NULL; borrowed */
    size_t count;
};

struct runner {
    sigset_t watched, before;
    FILE *log;        /* what the last program said; it has no name, and goes with us */
    int signal;       /* that told us to stop; 0: none */
    bool is_cleaning; /* signals are noted, but stop nothing */
    bool is_open;     /* the next programs get our environment, not the few variables alone */
};

/* From here on, signals that would end us are noted instead. False: no log can be made. */
bool runner_begin(struct runner *runner);
void runner_end(struct runner *runner);

/* More than ARGUMENTS_MAX are left out: only as many come from outside as were checked before. */
void argue(struct arguments *arguments, const char *argument);

/*
 * The exit code, from 0 to 255 (128 and more: a signal), or one of those above. `out` takes its
 * standard output, 1 MiB at most; NULL: that goes to the log with the rest.
 */
int run_program(struct runner *runner, struct arguments *arguments, struct bytes *out, int seconds);

/* False: we were told to stop meanwhile. */
bool runner_sleep(struct runner *runner, long milliseconds);

/* Adds the end of the log: at most 64 KiB. */
void runner_log(const struct runner *runner, struct bytes *out);

/* Milliseconds of a clock that nobody sets. */
long clock_now(void);

#endif
