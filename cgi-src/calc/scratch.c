#include "scratch.h"

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

/* GMP's functions take no argument of ours, so they find the evaluation of their thread here. */
static _Thread_local struct scratch *current;

/* The number of the smallest size that holds `bytes`; SCRATCH_SIZES: none does. */
static size_t size_for(size_t bytes)
{
    size_t size = 0;

    while (size < SCRATCH_SIZES && (size_t)SCRATCH_SMALLEST << size < bytes)
        size++;
    return size;
}

static void *allocate(size_t bytes)
{
    struct scratch *const scratch = current;
    const size_t size = size_for(bytes);

    if (scratch == NULL) {
        void *const block = malloc(bytes);
        if (block == NULL)
            abort(); /* as GMP itself does: it takes no other answer */
        return block;
    }
    if (size == SCRATCH_SIZES)
        longjmp(scratch->exhausted, 1);
    void *block = scratch->free[size];
    if (block != NULL) {
        memcpy(&scratch->free[size], block, sizeof(void *));
        return block;
    }
    if ((size_t)SCRATCH_SMALLEST << size > SCRATCH_BYTES - scratch->used)
        longjmp(scratch->exhausted, 1);
    block = scratch->memory + scratch->used;
    scratch->used += (size_t)SCRATCH_SMALLEST << size;
    return block;
}

static void release(void *block, size_t bytes)
{
    if (current == NULL) {
        free(block);
        return;
    }
    const size_t size = size_for(bytes);
    memcpy(block, &current->free[size], sizeof(void *));
    current->free[size] = block;
}

static void *reallocate(void *block, size_t old_bytes, size_t bytes)
{
    if (current != NULL && size_for(old_bytes) == size_for(bytes))
        return block;
    void *const moved = allocate(bytes);
    memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    release(block, old_bytes);
    return moved;
}

void scratch_install(void)
{
    mp_set_memory_functions(allocate, reallocate, release);
}

void scratch_begin(struct scratch *scratch)
{
    scratch->used = 0;
    memset(scratch->free, 0, sizeof(scratch->free));
    current = scratch;
}

void scratch_end(void)
{
    current = NULL;
}
