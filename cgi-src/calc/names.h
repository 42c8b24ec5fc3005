/* Names, which Python compares in a normal form. Inside calc/ only. */
#ifndef BULKHEAD_NAMES_H
#define BULKHEAD_NAMES_H

#include <stddef.h>

enum { NAME_MAX_BYTES = 16 }; /* more than the longest name of the language has */

/*
 * Writes to `out` how Python knows the name `text` (UTF-8): as it is, or, with others than ASCII
 * letters, in the form NFKC. Returns the length of what it wrote; 0: a longer one than any that the
 * language has, one that is not ASCII even then, or no name at all.
 */
size_t name_normalize(const char *text, size_t length, char out[NAME_MAX_BYTES]);

#endif
