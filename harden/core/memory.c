#include "core/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_TROUBLE = 2, CHUNK_BYTES = 64 * 1024 };

static void *given(void *memory)
{
    if (memory != NULL)
        return memory;
    fputs("harden: memory: there is not enough\n", stderr);
    exit(EXIT_TROUBLE);
}

void *need(size_t count, size_t size)
{
    return given(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *need_room(void *array, size_t *room, size_t count, size_t size)
{
    size_t wanted = *room > 0 ? *room : 8;

    if (array != NULL && count <= *room)
        return array;
    while (wanted < count)
        wanted = wanted <= SIZE_MAX / 2 ? wanted * 2 : count;
    *room = wanted;
    return given(reallocarray(array, wanted, size));
}

char *copy_bytes(const char *bytes, size_t length)
{
    char *const copy = need(length + 1, 1);

    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

char *format_text(const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return given(text);
}

/* --- pools ------------------------------------------------------------------------------------ */

struct pool_chunk {
    struct pool_chunk *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

void *pool_take(struct pool *pool, size_t bytes)
{
    const size_t rest = bytes % alignof(max_align_t);
    const size_t taken = bytes + (rest > 0 ? alignof(max_align_t) - rest : 0);
    struct pool_chunk *chunk = pool->chunks;

    if (chunk == NULL || chunk->size - chunk->used < taken) {
        const size_t size = taken > CHUNK_BYTES ? taken : CHUNK_BYTES;
        chunk = need(1, sizeof(*chunk) + size);
        chunk->size = size;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
    }
    void *const piece = chunk->bytes + chunk->used;
    chunk->used += taken;
    return piece;
}

void pool_free(struct pool *pool)
{
    while (pool->chunks != NULL) {
        struct pool_chunk *const next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
}
