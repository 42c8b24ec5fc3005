/* HTTP Basic authentication (RFC 7617): what a client sends. Pure. */
#ifndef BULKHEAD_CREDENTIALS_H
#define BULKHEAD_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CREDENTIALS_MAX = 1040,        /* decoded: the longest password, and a user name */
    CREDENTIALS_HEADER_MAX = 1400, /* of the whole header */
};

struct credentials {
    char bytes[CREDENTIALS_MAX]; /* as sent: user, colon, password */
    size_t length;
    size_t user_length;
    const char *password; /* in `bytes` */
    size_t password_length;
};

/*
 * Reads an Authorization header; NULL is none. False: it is not Basic, not strict base64, too long,
 * or has no colon. A password has been in *credentials either way: clear it.
 */
bool credentials_parse(const char *header, struct credentials *credentials);

#endif
