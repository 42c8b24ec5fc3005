/* What goes to the database in one transaction: rows, and how far each file is shipped by them. */
#ifndef BULKHEAD_BATCH_H
#define BULKHEAD_BATCH_H

#include "trail/spool.h"

enum {
    BATCH_ROWS = 16384,
    BATCH_BYTES = 4 * 1024 * 1024,
    BATCH_SEGMENTS = 64,
};

struct progress {
    const struct folder *folder;
    char segment[SEGMENT_NAME_BYTES];
    int64_t reached;
};

struct batch {
    char *rows;  /* BATCH_BYTES of room */
    char *chunk; /* what was read of a file: CHUNK_BYTES of room */
    size_t length;
    size_t count;   /* of rows */
    size_t skipped; /* lines that are no records */
    struct progress progress[BATCH_SEGMENTS];
    size_t segments;
    size_t turn; /* which folder comes first */
};

/* False without memory. */
bool batch_init(struct batch *batch);

/*
 * Takes the oldest of what is not shipped yet, the folders by turns, at most `most` rows, and
 * reports lines that are no records, once a file. It changes no segment but for that. An empty one
 * has no progress either.
 */
void batch_take(struct batch *batch, struct spool *spool, struct json_tokener *parser, size_t most);

/* Notes in the spool what is shipped now, and returns how many bytes of the journals that are. */
int64_t batch_done(const struct batch *batch, struct spool *spool);

#endif
