/*
 * The files of an image, from what the engine's /images/NAME/get sends: an archive of layers, each
 * an archive itself, and a list of their order, which comes last. Nothing is unpacked: of a file
 * its name and rights are kept until all layers are there, of a few small ones what is in them too.
 * Pure.
 */
#ifndef BULKHEAD_LAYERS_H
#define BULKHEAD_LAYERS_H

#include "core/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAYERS_MAX = 1024,
    ENTRIES_MAX = 2000000,          /* of all layers */
    NAMES_MAX = 256 * 1024 * 1024,  /* bytes of their names */
    CONTENTS_MAX = 8 * 1024 * 1024, /* of one file that is kept */
    CONTENTS_SUM_MAX = 64 * 1024 * 1024,
};

/* A file of the image as a container sees it. */
struct image_file {
    const char *path;     /* "usr/bin/su" */
    const char *contents; /* a NUL follows; NULL: nobody asked for it */
    size_t length;
    unsigned mode;
    uint64_t user, group;
    bool has_capability;
};

struct layers;

/* `wanted` says of which files the contents are kept, of CONTENTS_MAX bytes at most. */
struct layers *layers_new(bool (*wanted)(const char *path));

/* Takes the next bytes of the archive. False: there is a fault. */
bool layers_feed(struct layers *layers, const char *bytes, size_t length);

/*
 * Puts the layers upon each other: `visit` gets each file that is seen at the end and that is
 * wanted, or has rights of its own (setuid, setgid, a capability). False: there is a fault.
 */
bool layers_end(struct layers *layers, void (*visit)(void *context, const struct image_file *file),
                void *context);

/* What is wrong, in words. */
const char *layers_fault(const struct layers *layers);
void layers_free(struct layers *layers);

#endif
