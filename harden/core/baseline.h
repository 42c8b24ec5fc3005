/* A file of findings that somebody knows of: they are not told again. */
#ifndef BULKHEAD_BASELINE_H
#define BULKHEAD_BASELINE_H

#include "core/findings.h"

/*
 * A file is known by its path from the folder of the baseline, or by its absolute one where it is
 * not below that; a finding by its fingerprint. So both may move together, and lines may move.
 */
struct baseline;

/* NULL, with *why, which the caller frees: it can't be read, or is no baseline. */
struct baseline *baseline_read(const char *path, char **why);

/* An empty one, to be saved at that path. NULL, with *why: its folder is not there. */
struct baseline *baseline_new(const char *path, char **why);

/* Takes the findings that it knows out, and says how many these were. */
size_t baseline_filter(const struct baseline *baseline, struct findings *findings);

/* Adds the findings to it. */
void baseline_add(struct baseline *baseline, const struct findings *findings);

/* Writes it, in the place of what is there. False, with *why. */
bool baseline_save(struct baseline *baseline, char **why);

void baseline_free(struct baseline *baseline);

#endif
