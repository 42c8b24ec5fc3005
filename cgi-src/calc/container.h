/* Tuples, lists, sets and dicts, with Python's rules for what is a key. Inside calc/ only. */
#ifndef BULKHEAD_CONTAINER_H
#define BULKHEAD_CONTAINER_H

#include "value.h"

/*
 * Makes a container of `count` items, which it copies (of a DICT: key, value, key, value, ...). Of
 * members of a set and keys of a dict that are equal the first stays, with the last one's value.
 * Fails with CALC_VALUE for one that Python can't hash.
 */
bool container_build(struct calc *calc, enum value_kind kind, const struct value *items,
                     size_t count, size_t position, struct value *out);

#endif
