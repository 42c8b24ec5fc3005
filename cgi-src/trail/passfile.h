/*
 * libpq's password file, .pgpass, as "The Password File" of PostgreSQL's manual has it: lines of
 * host:port:database:user:password, of which the first that fits counts. `*` fits all, and a
 * backslash takes its meaning from a colon or another one.
 */
#ifndef BULKHEAD_PASSFILE_H
#define BULKHEAD_PASSFILE_H

#include <stddef.h>

enum {
    PASSFILE_BYTES_MAX = 64 * 1024,
    PASSFILE_LINE_MAX = 1024, /* without its end */
    PASSFILE_PASSWORD_BYTES = PASSFILE_LINE_MAX + 1,
};

/* Whose password is looked for. */
struct passfile_key {
    const char *host, *port, *database, *user;
};

enum passfile_result {
    PASSFILE_FOUND,
    PASSFILE_NONE,  /* no line fits, or the one that does has an empty password */
    PASSFILE_WRONG, /* a NUL, or a line that is too long */
};

/* Only PASSFILE_FOUND writes to `password`. It is pure. */
enum passfile_result passfile_find(const char *text, size_t length, const struct passfile_key *key,
                                   char password[PASSFILE_PASSWORD_BYTES]);

#endif
