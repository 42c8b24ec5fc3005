/* Which passwords are too easy to be one. Pure. */
#ifndef BULKHEAD_PASSWORD_RULES_H
#define BULKHEAD_PASSWORD_RULES_H

#include <stddef.h>

enum { PASSWORD_CHARACTERS_MIN = 12, PASSWORD_BYTES_MAX = 1024 };

/*
 * What to change about a password, as "PASSWORD ..." goes on: "has fewer than 12 characters: ...".
 * NULL: nothing. The text holds nothing of the password. It may hold NUL, and is then refused.
 */
const char *password_fault(const char *password, size_t length);

#endif
