/* What libpq or the server says, which may be many lines, as one for the log. */
#ifndef BULKHEAD_REASON_H
#define BULKHEAD_REASON_H

enum { REASON_BYTES = 512 };

/*
 * The lines of `message` with "; " between them; where a server has many addresses, there is one
 * for each. Lines that are indented only explain another, and are left out, as is what has no room.
 */
void reason_write(const char *message, char reason[REASON_BYTES]);

#endif
