/*
 * The journals of all programs as the shipper sees them: a folder for each program, files in it
 * that grow, and are over when nobody holds a lock on them any more; see route/journal.h.
 *
 * Everything is opened before the privileges are dropped. After that only files of these folders
 * are: to read them, and to remove them.
 */
#ifndef BULKHEAD_SPOOL_H
#define BULKHEAD_SPOOL_H

#include "route/record.h"
#include "trail/entry.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPOOL_FOLDERS = 64,
    /* Known at once of a folder: whoever runs code in a program can make more. */
    FOLDER_SEGMENTS = 4096,
    SEGMENT_NAME_BYTES = 64,
    SPOOL_SOURCE_BYTES = RECORD_ID_BYTES,
};

/* How a file is opened, to the letter: seccomp compares. A FIFO is not waited for. */
enum { SEGMENT_OPEN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };

struct segment {
    char name[SEGMENT_NAME_BYTES];
    int64_t size;     /* as last seen */
    int64_t reached;  /* all before it is shipped, or no record */
    int64_t changed;  /* when it was last seen to grow, in milliseconds of CLOCK_MONOTONIC */
    bool is_there;    /* was seen when the folder was listed last */
    bool is_written;  /* to since it was last measured */
    bool is_reported; /* that it holds lines which are no records */
};

struct folder {
    char name[ENTRY_ROUTE_BYTES + 1];
    int fd;
    int watch; /* inotify's */
    DIR *listing;
    struct segment *segments; /* in the order of their names, which is that of time */
    size_t count, room;
    bool has_more; /* than are known; they have their turn once some of these are gone */
};

struct spool {
    char source[SPOOL_SOURCE_BYTES]; /* these journals' own id, a UUID */
    int events;                      /* inotify's descriptor */
    int end;                         /* a descriptor that reads SIGTERM, which is blocked */
    struct folder folders[SPOOL_FOLDERS];
    size_t count;
};

/*
 * Opens the folders below `path` and watches them; makes the journals' id if they have none yet.
 * Its file is called `source`. NULL after the reason was logged. It stays for the process's whole
 * life.
 */
struct spool *before_drop_spool_open(const char *path);

/* Looks at every file there is. False without memory. */
bool spool_list(struct spool *spool);

/*
 * Waits up to that long for something to be written, or not at all, and takes note of what was.
 * SIGTERM ends the wait, and so does something to be read from `other`; -1: none. False without
 * memory.
 */
bool spool_wait(struct spool *spool, int milliseconds, int other);

/* Whether SIGTERM has come: nothing is waited for from then on. */
bool spool_is_to_end(const struct spool *spool);

/* Bytes that are still to be shipped. */
int64_t spool_behind(const struct spool *spool);

/*
 * Reads up to `room` bytes of a segment from `from` on. Returns how many, 0 at its end; -1 after
 * the reason was logged.
 */
int64_t segment_read(const struct folder *folder, const struct segment *segment, int64_t from,
                     char *bytes, size_t room);

/* Whether nobody writes to it any more. Of a file of the edge's, which is never locked, it's true.
 */
bool segment_is_over(const struct folder *folder, const struct segment *segment);

/* Removes the file, and forgets it. False after the reason was logged; then it stays known. */
bool spool_remove(struct folder *folder, struct segment *segment);

/* The segment of that name. NULL: there is none. */
struct folder *spool_find(struct spool *spool, const char *folder);
struct segment *folder_find(const struct folder *folder, const char *name);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t spool_clock(void);

#endif
