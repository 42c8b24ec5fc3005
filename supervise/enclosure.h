/* What nginx may still do: the system calls that enclose.c lets through. */
#ifndef BULKHEAD_ENCLOSURE_H
#define BULKHEAD_ENCLOSURE_H

#include "route/sandbox.h"

/* A table, as of a route. Whatever is not in it fails with EPERM. */
extern const struct call calls_of_nginx[];

#endif
