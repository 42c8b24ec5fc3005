/* What a program may use of the system: resource limits, descriptors, scheduling. */
#ifndef BULKHEAD_LIMITS_H
#define BULKHEAD_LIMITS_H

#include "route.h"

#include <stdbool.h>

/* Closes every descriptor but the standard three, and lets new files be nobody else's. */
bool before_open_close_strays(void);

/*
 * Sets resource limits for the route's program with that many threads beside its first. Hard and
 * soft are the same, so none can be raised.
 */
bool set_limits(const struct route *route, unsigned workers);

/*
 * For a route that computes. Woken by nginx's write, its program would pre-empt the very nginx
 * worker that has more requests to write; as a batch process (sched(7)) it waits for its turn and
 * finds them gathered. A pool would pay for that at each hand-over from thread to thread. It needs
 * no right, and is worth having, not necessary. Before any thread.
 */
void gather_requests(void);

/*
 * Memory that is or was writable never becomes executable from now on (PR_SET_MDWE, Linux 6.3). A
 * kernel without that is named, and *forbidden is then false; false after any other reason was
 * logged.
 */
bool forbid_writable_code(bool *forbidden);

/* Once all threads run: no process and no thread can be started any more. */
bool after_start_forbid_processes(void);

#endif
