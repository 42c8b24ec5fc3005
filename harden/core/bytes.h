/* Bytes that are put together: they grow, and end with a NUL that does not count. */
#ifndef BULKHEAD_BYTES_H
#define BULKHEAD_BYTES_H

#include <stddef.h>

/* {0} is an empty one, whose data is NULL until something is added. */
struct bytes {
    char *data;
    size_t length;
    size_t room;
};

void bytes_add(struct bytes *bytes, const char *data, size_t length);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_format(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As a word that a shell takes for this one, and a program for no option. */
void bytes_quoted(struct bytes *bytes, const char *word);

/* Makes it empty, and keeps the memory. */
void bytes_clear(struct bytes *bytes);
void bytes_free(struct bytes *bytes);

#endif
