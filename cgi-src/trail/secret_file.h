/* A file that holds a secret. */
#ifndef BULKHEAD_SECRET_FILE_H
#define BULKHEAD_SECRET_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads up to `size` bytes of a regular file that nobody but its owner may use: give one byte more
 * than there may be to see that there are too many. Returns how many there are, with no NUL behind
 * them; -1 after what to change was logged, behind `name`, which says what names the file.
 */
ssize_t secret_file_read(const char *name, const char *path, char *bytes, size_t size);

#endif
