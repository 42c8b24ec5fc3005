/* References to images, "registry/name:tag@digest", and what is known of some of them. */
#ifndef BULKHEAD_IMAGES_H
#define BULKHEAD_IMAGES_H

#include "core/memory.h"

#include <stdbool.h>

struct image {
    const char *repository; /* without "docker.io/library/", which is Docker's own default */
    const char *tag;        /* "" without */
    const char *digest;     /* "" without */
};

/* Takes a reference apart; the parts live in the pool. */
struct image image_split(struct pool *pool, const char *reference);

/* Whether that day, "2024-06-30", is before today, which SOURCE_DATE_EPOCH may say. */
bool image_is_past(const char *day);

/* When the release that the tag says gets no more fixes, "2024-06-30"; NULL: not yet, or unknown.
 */
const char *image_end_of_life(const struct image *image);

/*
 * Why one can't rely on the reference: it has no tag, or the tag latest, or one of a release that
 * is not maintained any more, or no digest. NULL: one can. The text lives in the pool.
 */
const char *image_fault(struct pool *pool, const struct image *image);

/* What a program in the image can be asked for, to tell whether a port of it is open. */
enum image_family {
    FAMILY_UNKNOWN, /* nothing is known, or there is nothing */
    FAMILY_BUSYBOX, /* nc -z, of Alpine too */
    FAMILY_BASH,    /* bash, which opens /dev/tcp/HOST/PORT: Debian, Ubuntu, Fedora and the like */
};
enum image_family image_family(const struct image *image);

/* Whether it says of itself that it does not run as root. */
bool image_is_rootless(const struct image *image);

#endif
