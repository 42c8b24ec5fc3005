#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

bool arena_init(struct arena *arena, size_t size)
{
    *arena = (struct arena){ .base = malloc(size), .size = size };
    return arena->base != NULL;
}

void arena_free(struct arena *arena)
{
    free(arena->base);
    *arena = (struct arena){ 0 };
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
    arena->exhausted = false;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    const size_t unit = alignof(max_align_t);
    const size_t start = (arena->used + unit - 1) / unit * unit;

    if (start > arena->size || bytes > arena->size - start) {
        arena->exhausted = true;
        return NULL;
    }
    arena->used = start + bytes;
    return arena->base + start;
}

char *arena_vformat(struct arena *arena, size_t *length, const char *format, va_list args)
{
    char *text = arena->base + arena->used;
    const size_t left = arena->size - arena->used;
    const int wanted = vsnprintf(text, left, format, args);

    if (wanted < 0 || (size_t)wanted >= left) {
        arena->exhausted = true;
        return NULL;
    }
    arena->used += (size_t)wanted + 1;
    if (length != NULL)
        *length = (size_t)wanted;
    return text;
}
