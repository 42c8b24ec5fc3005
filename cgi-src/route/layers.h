/*
 * Which layers are in use: all of them, always. These questions have a file of their own so that a
 * program of tests/sandbox/ can be linked with other answers, which shows what each layer holds
 * alone. What is built to be run has no switch: layers.c is constant.
 */
#ifndef BULKHEAD_LAYERS_H
#define BULKHEAD_LAYERS_H

#include <stdbool.h>

enum layer {
    LAYER_USER,     /* own uid and gid, no groups, no capabilities, not dumpable */
    LAYER_ROOT,     /* an empty root folder */
    LAYER_LANDLOCK, /* no file, no TCP, no signal, no abstract socket */
    LAYER_SECCOMP,  /* a list of system calls */
    LAYER_LIMITS,   /* resource limits */
    LAYER_MDWE,     /* no memory that is writable and executable, not even one after the other */
    LAYERS,
};

bool layer_is_on(enum layer layer);

/* What this kernel has: landlock_kernel_abi() and filter_kernel_support(). */
int layer_landlock_abi(void);
int layer_filter_support(void);

#endif
