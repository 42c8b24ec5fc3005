/* The system calls that every program needs once it serves. */
#ifndef BULKHEAD_CALLS_H
#define BULKHEAD_CALLS_H

#include "sandbox.h"

extern const struct call calls_of_runtime[];
/* Beyond these, for a route with threads. */
extern const struct call calls_of_pool[];
/* Beyond these, for one that records its requests. */
extern const struct call calls_of_journal[];
/* Only in a build with sanitizers, for these; else empty. */
extern const struct call calls_of_sanitizers[];

/*
 * Calls that are answered EACCES and end nothing: what libc tries and can do without. They are
 * refused whatever their arguments, but where a route allows some. The numbers end with -1.
 */
struct refusal_of_call {
    int number;
    const char *tried_by;
};
extern const struct refusal_of_call calls_refused[];

#endif
