/* UTF-8 (RFC 3629), and texts of others in what we print. Pure. */
#ifndef BULKHEAD_UTF8_H
#define BULKHEAD_UTF8_H

#include "core/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many bytes the character takes that begins at `bytes`, of `left` (at least 1) that are there;
 * *code_point is what it is. 0: what is there is no UTF-8.
 */
size_t utf8_take(const char *bytes, size_t left, uint32_t *code_point);

/* The same, with 1 for what is no UTF-8: how far to go on. */
size_t utf8_length(const char *bytes, size_t left);

/*
 * Adds what is safe on a terminal, as one line: control characters, what turns the direction of a
 * text around, and what is no UTF-8 as \xNN or \u{N}; a tab as a blank.
 */
void put_visible(struct bytes *out, const char *bytes, size_t length);

/* Adds it as a string of JSON, quotes included; what is no UTF-8 as U+FFFD. */
void put_json_string(struct bytes *out, const char *bytes, size_t length);

#endif
