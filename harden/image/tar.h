/*
 * An archive of tar as it comes, piece by piece: ustar, with GNU's long names and pax headers. What
 * comes is anybody's: nothing is kept but one header and the names that go before it. Pure.
 */
#ifndef BULKHEAD_TAR_H
#define BULKHEAD_TAR_H

#include "core/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TAR_BLOCK = 512,
    TAR_META_MAX = 1024 * 1024, /* of a long name or a pax header */
};

struct tar_entry {
    const char *path; /* without what leads to the root: "etc/passwd"; "" for the root */
    const char *link; /* what a link leads to, as it is written; else "" */
    char type;        /* '0' a file, '1' a hard link, '2' a symbolic one, '5' a folder, ... */
    unsigned mode;
    uint64_t user, group, size;
    bool has_capability; /* of security(7), in an extended attribute */
};

/* Both return whether to go on; NULL as `data`: nobody wants the contents. */
struct tar_sink {
    void *context;
    bool (*entry)(void *context, const struct tar_entry *entry);
    bool (*data)(void *context, const char *bytes, size_t length);
};

struct tar {
    struct tar_sink sink;
    char header[TAR_BLOCK];
    size_t filled;                 /* of the header */
    uint64_t left, padding;        /* of what follows it */
    char meta;                     /* what follows is a header of this type; 0: it is a file's */
    unsigned zeros;                /* blocks of zeros: two are the end */
    struct bytes body, path, link; /* of a header of meta; what such ones said */
    uint64_t size;                 /* what a pax header said */
    bool has_path, has_link, has_size; /* whether one said so */
    bool has_capability;
    const char *fault; /* why it is no archive, or "stopped" by the sink; NULL: it is one so far */
};

/* Takes the next bytes. False: there is a fault, and nothing more is taken. */
bool tar_feed(struct tar *tar, const char *bytes, size_t length);

/* Whether it ended where an archive may end; false, with the fault. */
bool tar_end(struct tar *tar);
void tar_free(struct tar *tar);

#endif
