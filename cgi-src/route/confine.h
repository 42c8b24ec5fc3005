/*
 * The compartment's own walls: Landlock, then seccomp. Each is put up at the one point of the start
 * where it can be (main.c), fails closed, and is tried once it stands.
 *
 * SANDBOX=required makes a wall that can't be put up an error; with best-effort it is left out and
 * named. Without the setting it is required for a program that was started as root, unless the
 * kernel has no such thing. A kernel that has it and refuses it (as a container's profile may)
 * is not excused.
 */
#ifndef BULKHEAD_CONFINE_H
#define BULKHEAD_CONFINE_H

#include "route.h"

#include <stdbool.h>

struct confinement {
    int landlock_abi; /* 0: without Landlock */
    bool has_filter;  /* false: without seccomp */
    int ruleset;      /* -1: none */
    bool has_journal; /* whose calls the filter lets through */
};

/* For the table of settings: "required", "best-effort" or "". */
bool is_sandbox_setting(const char *value);

/*
 * Finds out what this kernel has, and opens the places that the route may use later, and the folder
 * of its journal (NULL: none), while it still has the rights for that. False after the reason was
 * logged.
 */
bool before_drop_prepare_walls(const struct route *route, const char *journal, bool started_as_root,
                               struct confinement *confinement);

/* Landlock, and the proof that it holds. Before the threads, for it binds only those that follow.
 */
bool after_drop_close_files(struct confinement *confinement);

/* seccomp for all threads, and the proof that it holds. They must be past their start. */
bool after_start_close_calls(const struct route *route, const struct confinement *confinement);

/* Writes what a program of this route may do to standard output, for --sandbox. */
void confine_describe(const struct route *route);

#endif
