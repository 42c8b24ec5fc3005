/*
 * Whether a program that answers nobody runs well, by the counters that it keeps: --probe of a
 * route with `run`. They are its own word, and the file may hold anything.
 */
#ifndef BULKHEAD_VITALS_H
#define BULKHEAD_VITALS_H

#include "route.h"

/*
 * Looks at the counters in the file, at whether the process that they name is alive, and asks the
 * route's judge. It waits for nothing, whatever the file is. NULL: all is well; else why not.
 */
const char *vitals_probe(const char *path, const struct route *route);

#endif
