/* seccomp: a list of system calls, and the end of the process for any other (seccomp(2)). */
#ifndef BULKHEAD_FILTER_H
#define BULKHEAD_FILTER_H

#include "route.h"
#include "sandbox.h"

#include <seccomp.h>
#include <stdbool.h>

/*
 * Whether this kernel has what the filter needs, KILL_PROCESS (Linux 4.14): 1 or 0; -1: the
 * question is refused (by another filter around this process, say), errno tells how.
 */
int filter_kernel_support(void);

/*
 * Lets all threads of the process, which must be past their start, make no other call than those of
 * calls.h and the route's, with those of a journal or not. no_new_privs must be set. False after
 * the reason was logged: then the process must end.
 */
bool filter_load(const struct route *route, bool has_journal);

/*
 * Adds the rules of every program and the route's. 0, or a negative errno: -EINVAL for a rule that
 * would let through all that it names, or one that can't be combined with a polite refusal: the
 * first argument of each such form is one value, of the same argument.
 */
int filter_add_rules(scmp_filter_ctx filter, const struct route *route, bool has_journal);

/* Adds one rule. 0, or a negative errno: -EINVAL as above, or what libseccomp says. */
int filter_allow(scmp_filter_ctx filter, const struct call *call);

/* Tries what must be refused now. False after what is wrong was logged. */
bool filter_prove(void);

/* Writes the calls and who needs them to standard output, for --sandbox. */
void filter_describe(const struct route *route);

#endif
