/*
 * Decoding of a query, application/x-www-form-urlencoded, against a table of declared parameters.
 * Pure: bytes in, values or a fault out.
 */
#ifndef BULKHEAD_QUERY_H
#define BULKHEAD_QUERY_H

#include "route.h"

#include <stddef.h>

enum {
    /* Longest query. 4,096 bytes of an expression, each as %XX, are 12,288. */
    QUERY_MAX_BYTES = 16 * 1024,
    /* Most parameters that a route may declare. */
    QUERY_MAX_PARAMS = 16,
};

enum query_fault {
    QUERY_OK,
    QUERY_TOO_LONG,
    QUERY_BAD_ESCAPE, /* a % without two hexadecimal digits */
    QUERY_NUL,
    QUERY_NOT_UTF8, /* overlong forms, surrogates and code points over U+10FFFF included */
    QUERY_REPEATED, /* a declared parameter given twice */
};

/* A decoded value: UTF-8 without NUL inside, and a NUL behind it. `bytes` is NULL: not given. */
struct value {
    const char *bytes;
    size_t length;
    const char *raw; /* what it was decoded from, inside the query; NULL: a fallback */
    size_t raw_length;
};

/*
 * Decodes `length` bytes of `query` and fills values[i] for each params[i]. All of the query must
 * be well-formed, also the parameters that nobody declared, which are otherwise ignored. `+` is a
 * space; pairs are separated by `&`; a name without `=` has the empty value; empty pairs are
 * nothing. The values lie in `buffer`, which holds at least length + 2 bytes.
 * At the first fault it stops and returns it; `values` is then of no use.
 */
enum query_fault query_decode(const char *query, size_t length, const struct param *params,
                              struct value *values, char *buffer);

/*
 * Decodes again what a value of query_decode was decoded from, with each `+` read as itself, to
 * `buffer`, which holds value->length + 1 bytes: the two have the same length. False, with nothing
 * decoded, when it has no `+`.
 */
bool query_decode_plus(const struct value *value, char *buffer);

/* What a person should change about it: for the detail of a 400. */
const char *query_fault_text(enum query_fault fault);

#endif
