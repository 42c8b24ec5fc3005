/* Two texts beside each other, line by line. */
#ifndef BULKHEAD_DIFF_H
#define BULKHEAD_DIFF_H

#include "core/bytes.h"
#include "core/text.h"

/*
 * Adds the unified diff, with three lines around each change, that patch(1) makes `after` of
 * `before` by: `patch -p1`, in the folder that their name is relative to, or in / where it is
 * absolute. `before` may be /dev/null: then it makes the file. Nothing where they are the same.
 */
void diff_unified(struct bytes *out, const struct text *before, const struct text *after);

#endif
