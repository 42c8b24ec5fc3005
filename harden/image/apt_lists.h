/* apt's lists of what is to be had: which of the packages have a security update. */
#ifndef BULKHEAD_APT_LISTS_H
#define BULKHEAD_APT_LISTS_H

#include "image/debian.h"

#define APT_LISTS "/var/lib/apt/lists"

/*
 * Adds to `updates` what the lists have of the packages' names. `path` is a folder like APT_LISTS,
 * of which those of the release's security suite and of the architecture are read, or one list,
 * which is read whatever its name. What is compressed, apt's own helper unpacks. False, with *why,
 * which the caller frees: there are none, or one can't be read.
 */
bool apt_lists_read(const char *path, const char *release, const struct packages *packages,
                    struct packages *updates, char **why);

#endif
