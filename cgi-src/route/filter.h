/* seccomp: a list of system calls, and the end of the process for any other (seccomp(2)). */
#ifndef BULKHEAD_FILTER_H
#define BULKHEAD_FILTER_H

#include "route.h"

#include <stdbool.h>

/* Whether this kernel has what the filter needs: KILL_PROCESS (Linux 4.14) and TSYNC. */
bool filter_is_possible(void);

/*
 * Lets all threads of the process, which must be past their start, make no other call than those of
 * calls.h and the route's. no_new_privs must be set. False after the reason was logged: then the
 * process must end.
 */
bool filter_load(const struct route *route);

/* Tries what must be refused now. False after what is wrong was logged. */
bool filter_prove(void);

/* Writes the calls and who needs them to standard output, for --sandbox. */
void filter_describe(const struct route *route);

#endif
