/* Points in time as RFC 3339 has them, in milliseconds since 1970. Pure. */
#ifndef BULKHEAD_MOMENT_H
#define BULKHEAD_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOMENT_BYTES = 24 + 1 };              /* "2026-11-25T14:55:12.123Z", and a NUL */
#define MOMENT_LAST INT64_C(253402300799999) /* of the year 9999 */

/*
 * All of the text as an RFC 3339 date-time of the years 1970 to 9999, in UTC. The date and the time
 * may be apart by a space, too; fractions beyond milliseconds are cut. A `+` of the offset may be a
 * space, which is what a query makes of it. No leap seconds: UTC's are not the kernel's.
 */
bool moment_parse(const char *text, size_t length, int64_t *milliseconds);

/* The canonical form: UTC, three decimals. From 0 to MOMENT_LAST. */
void moment_format(int64_t milliseconds, char text[MOMENT_BYTES]);

#endif
