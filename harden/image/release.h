/* os-release(5): which system it is, and until when it is maintained. */
#ifndef BULKHEAD_RELEASE_H
#define BULKHEAD_RELEASE_H

#include "core/bytes.h"

enum { RELEASE_WORD = 64 };

struct release {
    char id[RELEASE_WORD];       /* "debian" */
    char version[RELEASE_WORD];  /* "13"; "" where it says none */
    char codename[RELEASE_WORD]; /* "trixie" */
    char end[RELEASE_WORD];      /* since when it gets no more fixes: "2024-06-30"; "": unknown */
};

/* Reads it as a shell would, where each value is a word; what is too long is left out. */
void release_read(struct release *release, const char *text, size_t length);

/*
 * Adds its end, and its codename if it has none: by distro-info, whose files are in `folder`, or by
 * core/images.h, which knows the end of what is over.
 */
void release_complete(struct release *release, const char *folder);

/* Adds it as an object of JSON. */
void release_put(struct bytes *out, const struct release *release);

#define DISTRO_INFO "/usr/share/distro-info"

#endif
