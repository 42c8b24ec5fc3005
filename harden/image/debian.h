/* What Debian and those made of it say of packages: versions, and files of paragraphs. Pure. */
#ifndef BULKHEAD_DEBIAN_H
#define BULKHEAD_DEBIAN_H

#include "core/memory.h"

#include <stdbool.h>
#include <stddef.h>

enum { PACKAGES_MAX = 100000 };

/* A package that is installed, or that is to be had. */
struct package {
    const char *name, *arch, *version;
};

/* In a pool of its own. */
struct packages {
    struct package *list;
    size_t count, room;
    struct pool pool;
};

/* Less than 0, 0, or more, as deb-version(7) says: epoch, upstream's part, revision; "~" first. */
int debian_compare(const char *a, const char *b);

/*
 * Adds the packages of a file of paragraphs (dpkg's status, apt's Packages): those that are
 * installed where a paragraph has a Status. PACKAGES_MAX at most.
 */
void packages_add(struct packages *packages, const char *text, size_t length);

/* The same of one package, whose texts are copied. */
void packages_put(struct packages *packages, const char *name, const char *arch,
                  const char *version);
void packages_sort(struct packages *packages);

/* The first of that name in a list that is sorted, or count. */
size_t packages_find(const struct packages *packages, const char *name);
void packages_free(struct packages *packages);

#endif
