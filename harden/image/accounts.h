/* passwd(5) and shadow(5): who has no password, and who is somebody else by the number. Pure. */
#ifndef BULKHEAD_ACCOUNTS_H
#define BULKHEAD_ACCOUNTS_H

#include "core/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* Fields of a line with colons between, without its end; those it lacks are empty. */
enum { FIELDS_MAX = 9, ACCOUNTS_MAX = 10000 };
struct fields {
    const char *text[FIELDS_MAX];
    size_t length[FIELDS_MAX];
};

/* The next line of such a file; false: there is none. *text and *length move on. */
bool fields_next(struct fields *fields, const char **text, size_t *length);
bool field_is(const struct fields *fields, size_t index, const char *what);

/*
 * Adds a list of JSON: {"name", "uid", "password"} of each account, where the password is "none" or
 * "set", and never itself.
 */
void accounts_put(struct bytes *out, const char *passwd, size_t passwd_length, const char *shadow,
                  size_t shadow_length);

#endif
