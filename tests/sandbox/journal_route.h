/* The journal of journal_route.c, for those who attack it from inside. */
#ifndef BULKHEAD_JOURNAL_ROUTE_H
#define BULKHEAD_JOURNAL_ROUTE_H

#include <stdbool.h>

#define JOURNAL_NAME "own"

extern struct journal {
    int file;
    int folder; /* O_PATH: for openat alone */
} journal;

/* As the program itself makes the next file of its journal; negative: errno says why. */
int journal_make(const char *name);
bool journal_route_append(int file, const char *line);

#endif
