/* What is in the file system: changing it. Permissions alone would let anybody do most of it. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NEW OPEN_FOLDER "/new"

static int write_to(const char *path, int flags)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);

    if (fd < 0)
        return errno;
    return outcome(write(fd, "BREACHED", 8));
}

static int write_file(void)
{
    return write_to(OPEN_FILE, 0);
}

static int make_file(void)
{
    return write_to(NEW, O_CREAT | O_EXCL);
}

static int make_temporary(void)
{
    return write_to(OPEN_FOLDER, O_TMPFILE);
}

static int truncate_by_open(void)
{
    return write_to(OPEN_FILE, O_TRUNC);
}

static int append_to_others_journal(void)
{
    return write_to(OTHERS_JOURNAL, O_APPEND);
}

static int write_secret(void)
{
    return write_to(SECRET_FILE, O_APPEND);
}

static int remove_others_journal(void)
{
    return outcome(unlink(OTHERS_JOURNAL));
}

static int make_fifo(void)
{
    return outcome(mknod(NEW, S_IFIFO | 0600, 0));
}

/* The one that is /dev/null: as good a proof as a disk, and harmless. */
static int make_device(void)
{
    return outcome(mknod(NEW, S_IFCHR | 0600, makedev(1, 3)));
}

static int set_attribute(void)
{
    return outcome(setxattr(OPEN_FILE, "trusted.breach", "x", 1, 0));
}

static int change_owner(void)
{
    return outcome(chown(OPEN_FILE, 2, 2));
}

/* Every call that changes a name, in its modern form: the old forms lead to the same hooks. */
const struct attack attacks_by_files[] = {
    ATTACK("write-file", "write to a file that anybody may write", write_file),
    ATTACK("make-file", "make a file", make_file),
    ATTACK("make-temporary-file", "make a file without a name (`O_TMPFILE`)", make_temporary),
    ATTACK("write-secret", "write to a `.env`", write_secret),
    ATTACK("append-others-journal", "append to another program's journal",
           append_to_others_journal),
    ATTACK("remove-others-journal", "remove another program's journal", remove_others_journal),
    SINGLE_CALL("unlink", "remove a file", SYS_unlinkat, (uintptr_t)AT_FDCWD, POINTER(OPEN_FILE),
                0),
    SINGLE_CALL("rename", "rename a file", SYS_renameat2, (uintptr_t)AT_FDCWD, POINTER(OPEN_FILE),
                (uintptr_t)AT_FDCWD, POINTER(NEW)),
    SINGLE_CALL("link", "give a file another name", SYS_linkat, (uintptr_t)AT_FDCWD,
                POINTER(OPEN_FILE), (uintptr_t)AT_FDCWD, POINTER(NEW)),
    SINGLE_CALL("symlink", "make a symbolic link", SYS_symlinkat, POINTER("/etc/passwd"),
                (uintptr_t)AT_FDCWD, POINTER(NEW)),
    SINGLE_CALL("mkdir", "make a folder", SYS_mkdirat, (uintptr_t)AT_FDCWD, POINTER(NEW), 0700),
    SINGLE_CALL("rmdir", "remove a folder", SYS_unlinkat, (uintptr_t)AT_FDCWD,
                POINTER(OPEN_FOLDER "/folder"), AT_REMOVEDIR),
    ATTACK("mkfifo", "make a FIFO", make_fifo),
    ATTACK("mknod", "make a device", make_device),
    SINGLE_CALL("truncate", "truncate a file (`truncate`)", SYS_truncate, POINTER(OPEN_FILE), 0),
    ATTACK("open-truncate", "truncate a file (`O_TRUNC`)", truncate_by_open),
    SINGLE_CALL("chmod", "change a file's permissions", SYS_fchmodat, (uintptr_t)AT_FDCWD,
                POINTER(OPEN_FILE), 0777),
    ATTACK("chown", "change a file's owner", change_owner),
    SINGLE_CALL("utime", "change a file's time", SYS_utimensat, (uintptr_t)AT_FDCWD,
                POINTER(OPEN_FILE), POINTER(NULL), 0),
    ATTACK("setxattr", "set a file's extended attribute", set_attribute),
    SINGLE_CALL("umask", "let new files be anybody's (`umask`)", SYS_umask, 0),
    ATTACKS_END,
};
