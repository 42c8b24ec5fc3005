/* Letters and numbers, as Python's str.isalnum sees them. */
#ifndef BULKHEAD_ALPHANUMERIC_H
#define BULKHEAD_ALPHANUMERIC_H

#include <stdbool.h>
#include <stddef.h>

enum { ALPHANUMERIC_MAX_CODE_POINTS = 256 };

/*
 * Whether the UTF-8 text is 1 to ALPHANUMERIC_MAX_CODE_POINTS code points, each a letter (general
 * category L*) or a number (N*). CPython's str.isalnum takes what isalpha, isdecimal, isdigit or
 * isnumeric take: L*, and all that has a Numeric_Type, which outside of L* is N* to the code point
 * (tests/http/test_hello.py compares every one). Invalid UTF-8 is not accepted.
 */
bool is_alphanumeric(const char *value, size_t bytes);

#endif
