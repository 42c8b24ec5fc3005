/*
 * The trail of one process: a line for each request, in files of its own that it can only append
 * to. What is in them is read and removed by another program, which removes no
 * file that somebody holds a lock on (flock(2), LOCK_SH): this process, until it ends or has gone
 * on in the next one.
 *
 * A file is called TIME-PID-NUMBER.jsonl, the time when it was made in milliseconds since 1970 as
 * twelve hexadecimal digits: so names are in the order of time, and no process goes on in the file
 * of another. A line is a record when it ends with `}` and a newline. Others are torn, and there
 * was no answer to their requests: the last of a file when the machine stopped, or one that the
 * disk had no room for, which ends with `!`.
 */
#ifndef BULKHEAD_JOURNAL_H
#define BULKHEAD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    /* A file that is this long gets a successor. Less than half of what `bulkhead` lets it have. */
    JOURNAL_FILE_BYTES = 4 * 1024 * 1024,
};

struct journal;

/*
 * Opens the folder, with the rights that the caller has now. `sync`: a line is on the disk before
 * journal_append returns, not just with the kernel. NULL after the reason was logged.
 */
struct journal *journal_open(const char *folder, bool sync);

/*
 * Makes the first file, as the user that appends to it; it and those after it are of the folder's
 * group, where the folder has the set-group-ID bit. False after the reason was logged.
 */
bool journal_begin(struct journal *journal);

/*
 * Appends lines, `length` bytes with the newline of the last, by one write. Returns how many of
 * these bytes count: all, or, after the reason was logged, or was logged a moment ago, fewer. A
 * line counts that is there as a whole. From any thread.
 */
size_t journal_append(struct journal *journal, const char *lines, size_t length);

#endif
