/* Memory of one request: taken piece by piece, given back all at once. */
#ifndef BULKHEAD_ARENA_H
#define BULKHEAD_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena {
    char *base;
    size_t size;
    size_t used;
    bool exhausted; /* somebody asked for more than was left since the last reset */
};

/* Sets the arena up with `size` bytes of its own. False, and nothing to free, without memory. */
bool arena_init(struct arena *arena, size_t size);
void arena_free(struct arena *arena);

/* Makes all of it free again: every pointer into it is dead. Never calls the allocator. */
void arena_reset(struct arena *arena);

/* `bytes` bytes, aligned for any type, not cleared; NULL and `exhausted` when they are not left. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* The formatted text, ended with NUL; NULL and `exhausted` when it does not fit. */
char *arena_vformat(struct arena *arena, size_t *length, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
