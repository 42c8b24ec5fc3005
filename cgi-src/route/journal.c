#include "journal.h"

#include "route.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    NAME_BYTES = 64,
    NAME_TRIES = 8, /* a container's neighbour may have the same process id, and come as this one */
};

struct journal {
    int folder;
    int file;
    bool sync;
    bool is_torn;  /* the file ends amid a line */
    bool is_known; /* what is wrong has been logged */
    size_t length; /* of the file */
    unsigned files;
    pthread_mutex_t lock;
};

struct journal *journal_open(const char *folder, bool sync)
{
    struct journal *const journal = calloc(1, sizeof(*journal));

    if (journal == NULL) {
        log_error("journal: not enough memory");
        return NULL;
    }
    *journal = (struct journal){ .file = -1, .sync = sync };
    pthread_mutex_init(&journal->lock, NULL);
    journal->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder >= 0)
        return journal;
    log_error("journal: %s: %s", folder, strerror(errno));
    free(journal);
    return NULL;
}

/* One line in the log for each kind of trouble, not one a request. */
static bool complain(struct journal *journal, const char *what, int error)
{
    if (!journal->is_known)
        log_error("journal: %s: %s; requests that can't be recorded are answered 503", what,
                  error != 0 ? strerror(error) : "no room for a whole line");
    journal->is_known = true;
    return false;
}

/* One that was not there, so that nobody else writes to it. */
static int make_file(struct journal *journal)
{
    char name[NAME_BYTES];
    struct timespec now;
    int file = -1;

    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t milliseconds = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    for (int tries = 0; file < 0 && tries < NAME_TRIES && (tries == 0 || errno == EEXIST);
         tries++) {
        snprintf(name, sizeof(name), "%012" PRIx64 "-%d-%u.jsonl", (uint64_t)milliseconds,
                 (int)getpid(), journal->files++);
        file = openat(journal->folder, name, JOURNAL_OPEN_FLAGS, JOURNAL_MODE);
    }
    return file;
}

/* False: there is no new file, and the old one stays. */
static bool next_file(struct journal *journal)
{
    const int file = make_file(journal);

    if (file < 0)
        return complain(journal, "a new file", errno);
    /* Until the process ends or goes on in another: who ships it removes no file that is locked. */
    if (flock(file, LOCK_SH | LOCK_NB) != 0) {
        const int error = errno;
        close(file);
        return complain(journal, "a lock on a new file", error);
    }
    if (journal->file >= 0)
        close(journal->file);
    journal->file = file;
    journal->length = 0;
    journal->is_torn = false;
    return true;
}

bool journal_begin(struct journal *journal)
{
    umask(027); /* nobody else's, but for the group */
    return next_file(journal);
}

/* A line that was torn is ended first, by what is no end of a record. */
static size_t append(struct journal *journal, const char *lines, size_t length)
{
    /* NOLINTBEGIN(performance-no-int-to-ptr): writev changes nothing there */
    const struct iovec parts[] = { { .iov_base = (void *)(uintptr_t) "!\n", .iov_len = 2 },
                                   { .iov_base = (void *)(uintptr_t)lines, .iov_len = length } };
    /* NOLINTEND(performance-no-int-to-ptr) */
    const size_t ending = journal->is_torn ? 2 : 0;
    const int first = journal->is_torn ? 0 : 1;
    const ssize_t written = writev(journal->file, parts + first, 2 - first);
    const size_t taken = written > (ssize_t)ending ? (size_t)written - ending : 0;

    if (written > 0) {
        journal->length += (size_t)written;
        journal->is_torn = taken == 0 || lines[taken - 1] != '\n';
    }
    if (taken != length)
        complain(journal, "a line", written < 0 ? errno : 0);
    if (taken > 0 && journal->sync && fdatasync(journal->file) != 0) {
        complain(journal, "fdatasync", errno);
        return 0;
    }
    if (taken == length && journal->is_known) {
        log_info("journal: requests are recorded again");
        journal->is_known = false;
    }
    return taken;
}

size_t journal_append(struct journal *journal, const char *lines, size_t length)
{
    pthread_mutex_lock(&journal->lock);
    if (journal->length >= JOURNAL_FILE_BYTES)
        (void)next_file(journal); /* else it goes on in the old one, while there is room */
    const size_t taken = append(journal, lines, length);
    pthread_mutex_unlock(&journal->lock);
    return taken;
}
