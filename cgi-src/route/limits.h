/* What a program may use of the system: resource limits, descriptors, scheduling. */
#ifndef BULKHEAD_LIMITS_H
#define BULKHEAD_LIMITS_H

#include <stdbool.h>

/* Closes every descriptor but the standard three, and lets new files be nobody else's. */
bool before_open_close_strays(void);

/*
 * Sets resource limits for a program with that many threads beside its first. Hard and soft are the
 * same, so none can be raised.
 */
bool set_limits(unsigned workers);

/* Once all threads run: no process and no thread can be started any more. */
bool after_start_forbid_processes(void);

#endif
