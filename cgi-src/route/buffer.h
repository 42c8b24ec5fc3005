/*
 * A text that is put together in memory of a fixed size. What does not fit is left out, and
 * `is_full` says so once and for all: whoever reads the text asks that at the end. Pure.
 */
#ifndef BULKHEAD_BUFFER_H
#define BULKHEAD_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *bytes;
    size_t size;
    size_t length;
    bool is_full;
};

void put_bytes(struct buffer *buffer, const char *bytes, size_t length);
void put_text(struct buffer *buffer, const char *text);
void put_decimal(struct buffer *buffer, uint64_t number);
void put_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
