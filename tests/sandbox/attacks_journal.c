/* Its own journal, where it may add and nothing else; and what its descriptors may lead to. */
#include "attacks.h"
#include "journal_route.h"
#include "route/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOAPPEND /* linux/fs.h since 6.9 */
#define RWF_NOAPPEND 0x20
#endif

static int open_own(int flags)
{
    return openat(journal.folder, JOURNAL_NAME, flags | O_CLOEXEC);
}

static int read_own(void)
{
    const int fd = open_own(O_RDONLY);
    char byte;

    return fd < 0 ? errno : outcome(read(fd, &byte, 1));
}

static int open_to_overwrite(void)
{
    const int fd = open_own(O_WRONLY);

    return fd < 0 ? errno : outcome(pwrite(fd, "x", 1, 0));
}

static int open_to_truncate(void)
{
    return outcome(open_own(O_WRONLY | O_TRUNC));
}

/* The file that is open already, made one whose past can be written. */
static int stop_appending(void)
{
    if (fcntl(journal.file, F_SETFL, 0) != 0)
        return errno;
    return outcome(pwrite(journal.file, "x", 1, 0));
}

static int write_without_appending(void)
{
    char byte = 'x';
    const struct iovec part = { .iov_base = &byte, .iov_len = 1 };
    const long written = syscall(SYS_pwritev2, journal.file, &part, 1, 0, 0, RWF_NOAPPEND);

    return written < 0 && errno == EOPNOTSUPP ? absent("no RWF_NOAPPEND") : outcome(written);
}

static int punch_hole(void)
{
    return outcome(fallocate(journal.file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4));
}

static int truncate_own(void)
{
    return outcome(ftruncate(journal.file, 0));
}

static int publish(void)
{
    return outcome(fchmod(journal.file, 0666));
}

static int give_away(void)
{
    return outcome(fchown(journal.file, 2, 2));
}

static int lock(void)
{
    struct flock all = { .l_type = F_WRLCK };

    return outcome(fcntl(journal.file, F_SETLK, &all));
}

static int remove_own(void)
{
    return outcome(unlinkat(journal.folder, JOURNAL_NAME, 0));
}

static int rename_own(void)
{
    return outcome(renameat(journal.folder, JOURNAL_NAME, journal.folder, "other"));
}

static int link_own(void)
{
    return outcome(linkat(journal.folder, JOURNAL_NAME, journal.folder, "other", 0));
}

static int make_folder(void)
{
    return outcome(mkdirat(journal.folder, "folder", 0700));
}

static int list_own(void)
{
    char entries[4096];
    const int fd = openat(journal.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? errno : outcome(syscall(SYS_getdents64, fd, entries, sizeof(entries)));
}

/* A new file of the journal's, with a program in it. */
static int run_file(void)
{
    static const char *const none[] = { NULL };

    if (program_length == 0)
        return absent("no program for this processor");
    const int fd = journal_make("program");
    if (fd < 0)
        return errno;
    if (write(fd, program_bytes, program_length) != (ssize_t)program_length ||
        fchmod(fd, 0700) != 0 || close(fd) != 0)
        return errno;
    return outcome(syscall(SYS_execveat, journal.folder, "program", none, none, 0));
}

/* Out of the folder by its own descriptor, with the very flags that seccomp lets pass. */
static int append_beside(void)
{
    const int fd =
        openat(journal.folder, "../others/journal", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? errno : outcome(write(fd, "x", 1));
}

static int make_beside(void)
{
    return outcome(journal_make("../open/new"));
}

static int make_absolute(void)
{
    return outcome(journal_make(OPEN_FOLDER "/new"));
}

static int read_beside(void)
{
    char byte;
    const int fd = openat(journal.folder, "../../etc/passwd", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? errno : outcome(read(fd, &byte, 1));
}

/* --- what it is there for --------------------------------------------------------------------- */

static int append(void)
{
    return effect(journal_route_append(journal.file, "a line\n"));
}

static int make_next(void)
{
    const int fd = journal_make("next");

    return fd < 0 ? errno : effect(journal_route_append(fd, "a line\n"));
}

static int fill(void)
{
    static const char block[1 << 20];

    for (int i = 0; i < 64; i++)
        if (write(journal.file, block, sizeof(block)) != sizeof(block))
            return errno;
    return DONE;
}

const struct attack attacks_on_journal[] = {
    ATTACK("journal-read", "own journal: read it", read_own),
    ATTACK("journal-overwrite", "own journal: open it to write over its past", open_to_overwrite),
    ATTACK("journal-open-truncate", "own journal: open it with `O_TRUNC`", open_to_truncate),
    ATTACK("journal-setfl", "own journal: take `O_APPEND` away, write over its past",
           stop_appending),
    ATTACK("journal-noappend", "own journal: write over its past with `RWF_NOAPPEND`",
           write_without_appending),
    ATTACK("journal-punch", "own journal: punch a hole into its past", punch_hole),
    ATTACK("journal-ftruncate", "own journal: truncate it where it is open", truncate_own),
    ATTACK("journal-fchmod", "own journal: let anybody read and write it", publish),
    ATTACK("journal-fchown", "own journal: give it away", give_away),
    ATTACK("journal-lock", "own journal: lock who reads it out", lock),
    ATTACK("journal-unlink", "own journal: remove it", remove_own),
    ATTACK("journal-rename", "own journal: rename it", rename_own),
    ATTACK("journal-link", "own journal: give it another name", link_own),
    ATTACK("journal-mkdir", "own journal: make a folder beside it", make_folder),
    ATTACK("journal-list", "own journal: list its folder", list_own),
    ATTACK("journal-execute", "own journal: run a file of it", run_file),
    ATTACK("journal-append-beside", "own journal: append to another's, by `..`", append_beside),
    ATTACK("journal-make-beside", "own journal: make a file elsewhere, by `..`", make_beside),
    ATTACK("journal-make-absolute", "own journal: make a file elsewhere, by its path",
           make_absolute),
    ATTACK("journal-read-beside", "own journal: read `/etc/passwd`, by `..`", read_beside),
    ATTACK("journal-append", "own journal: append to it", append),
    ATTACK("journal-next", "own journal: make its next file", make_next),
    ATTACK("journal-fill", "own journal: append 64 MiB", fill),
    ATTACKS_END,
};
