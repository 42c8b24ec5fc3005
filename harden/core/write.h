/* Putting a changed text in the place of its file, so that there is always a whole one. */
#ifndef BULKHEAD_WRITE_H
#define BULKHEAD_WRITE_H

#include "core/text.h"

#include <sys/types.h>

/*
 * Makes the file that `before` was read from hold `after`. What was there is copied beside it, to a
 * name that nothing has (*backup, which the caller frees: FILE.bak, FILE.bak.1, ...). Owner, group,
 * mode and extended attributes are kept; a symbolic link stays, and its target is changed.
 *
 * False, with *why, which the caller frees: the file is as it was, and nothing is left beside it.
 * So it is with one that is read-only, that has changed since it was read, or that has several
 * names, of which the others would keep the old text.
 */
bool write_text(const struct text *before, const struct text *after, char **backup, char **why);

/* Makes a file with that text, of a name that nothing has. False, with *why: it is not there. */
bool write_new(const struct text *text, mode_t mode, char **why);

#endif
