/* How long a shipped file is kept: as long as there is room for it. */
#ifndef BULKHEAD_KEEP_H
#define BULKHEAD_KEEP_H

#include "trail/spool.h"
#include "trail/store.h"

/* Whether a value is a size such as 512MiB or 1GiB, from 0 to 1 PiB. A number alone: bytes. */
bool is_size(const char *value);
int64_t size_of(const char *value); /* of one that is_size accepts, in bytes */

/*
 * Removes files that are shipped and over, the oldest first, until the journals take no more than
 * `keep` bytes; and more of them while the disk is nearly full, or a folder has very many. Returns
 * the bytes that the journals take then.
 */
int64_t keep_within(struct spool *spool, struct store *store, int64_t keep);

#endif
