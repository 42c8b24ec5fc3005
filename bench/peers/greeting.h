/* What the peers in C share: the name of a query, checked, as ASCII has it. */
#ifndef BULKHEAD_GREETING_H
#define BULKHEAD_GREETING_H

#include <stddef.h>

#define GREETING_MAX_NAME 256

/* Where the name of "name=..." begins in a query, and its length; 0: none that is right. */
size_t greeting_name(const char *query, size_t length, const char **name);

#endif
