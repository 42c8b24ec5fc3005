/*
 * The memory that GMP computes with. Its own allocator ends the program when there is none left;
 * this one ends the evaluation. Inside calc/ only.
 */
#ifndef BULKHEAD_SCRATCH_H
#define BULKHEAD_SCRATCH_H

#include <setjmp.h>
#include <stddef.h>

enum {
    /* An integer of CALC_MAX_BITS takes 8 KiB, and no operation more than some dozens of them. */
    SCRATCH_BYTES = 4 * 1024 * 1024,
    /* Blocks are powers of two, from SCRATCH_SMALLEST on. */
    SCRATCH_SMALLEST = 32,
    SCRATCH_SIZES = 18,
};

struct scratch {
    char *memory; /* SCRATCH_BYTES, aligned for any type */
    size_t used;
    void *free[SCRATCH_SIZES]; /* blocks of each size that were given back, linked */
    jmp_buf exhausted;         /* where to go on when there is no block */
};

/* Makes GMP ask here for memory: of the whole program, before its threads start. */
void scratch_install(void);

/*
 * From begin to end, GMP's memory on this thread is that of `scratch`, all of which is free at the
 * beginning. A call of GMP that needs more than there is does not return: it jumps to `exhausted`,
 * which the caller of begin has set. So what calls GMP holds nothing that it would have to give
 * back, but mpz_t. At any other time, GMP's memory is malloc's.
 */
void scratch_begin(struct scratch *scratch);
void scratch_end(void);

#endif
