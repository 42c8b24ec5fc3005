/*
 * Memory for a program that ends: whoever asks for it gets it. Where there is none left, the
 * program says so and ends with 2; nothing that it writes is half done then (write.h).
 */
#ifndef BULKHEAD_MEMORY_H
#define BULKHEAD_MEMORY_H

#include <stddef.h>

/* `count` times `size` bytes, all 0; never NULL. The caller frees it. */
void *need(size_t count, size_t size);

/*
 * The array, moved perhaps, with room for at least `count` elements of `size` bytes. *room is how
 * many it has room for, before and afterwards; what is new is not cleared.
 */
void *need_room(void *array, size_t *room, size_t count, size_t size);

/* A copy that ends with NUL; the caller frees it. */
char *copy_bytes(const char *bytes, size_t length);

/* The formatted text; the caller frees it. */
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Pieces that are freed all at once. {NULL} is an empty one. */
struct pool {
    struct pool_chunk *chunks;
};

/* `bytes` bytes, aligned for any type, all 0; they live until pool_free. */
void *pool_take(struct pool *pool, size_t bytes);
void pool_free(struct pool *pool);

#endif
