#include "core/write.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BACKUPS_MAX = 1000, ATTRIBUTE_MAX = 64 * 1024 };

/* The file that is replaced, what is made beside it, and what went wrong. */
struct writing {
    char *path;   /* its own, behind all links */
    char *folder; /* that it is in */
    struct stat status;
    char *backup, *temporary; /* while they may have to be removed; NULL: they are not there */
    char **why;
};

static bool fail(struct writing *writing, const char *what, const char *why)
{
    free(*writing->why);
    *writing->why = format_text("%s: %s", what, why);
    return false;
}

/* --- the file --------------------------------------------------------------------------------- */

static bool look_at(struct writing *writing, const struct text *before)
{
    writing->path = realpath(before->name, NULL);
    if (writing->path == NULL || stat(writing->path, &writing->status) != 0)
        return fail(writing, before->name, strerror(errno));
    char *const copy = copy_bytes(writing->path, strlen(writing->path));
    writing->folder = format_text("%s", dirname(copy));
    free(copy);
    if (!S_ISREG(writing->status.st_mode))
        return fail(writing, writing->path, "it is no regular file");
    if ((writing->status.st_mode & 0222) == 0 ||
        faccessat(AT_FDCWD, writing->path, W_OK, AT_EACCESS) != 0)
        return fail(writing, writing->path, "it is read-only");
    if (writing->status.st_nlink > 1)
        return fail(writing, writing->path, "it has other names, which would keep the old text");
    return true;
}

static bool is_unchanged(struct writing *writing, const struct text *before)
{
    struct text now;
    const char *const why = text_read(&now, writing->path);

    if (why != NULL)
        return fail(writing, writing->path, why);
    const bool is_same =
        now.length == before->length && memcmp(now.bytes, before->bytes, now.length) == 0;
    text_free(&now);
    return is_same || fail(writing, writing->path, "it has changed since it was read");
}

/* --- copies ----------------------------------------------------------------------------------- */

static bool put_all(struct writing *writing, const char *path, int fd, const struct text *text)
{
    size_t done = 0;

    while (done < text->length) {
        const ssize_t count = write(fd, text->bytes + done, text->length - done);
        if (count < 0 && errno != EINTR)
            return fail(writing, path, strerror(errno));
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Access lists and labels. A file system without them has none to keep. */
static bool copy_attributes(struct writing *writing, const char *path, int fd)
{
    char *const names = need(1, ATTRIBUTE_MAX), *const value = need(1, ATTRIBUTE_MAX);
    const ssize_t size = listxattr(writing->path, names, ATTRIBUTE_MAX);
    bool is_done = size >= 0 || errno == ENOTSUP || fail(writing, path, strerror(errno));

    for (const char *name = names; is_done && name < names + (size > 0 ? size : 0);
         name += strlen(name) + 1) {
        const ssize_t length = getxattr(writing->path, name, value, ATTRIBUTE_MAX);
        if (length < 0 || fsetxattr(fd, name, value, (size_t)length, 0) != 0)
            is_done = fail(writing, name, strerror(errno));
    }
    free(names);
    free(value);
    return is_done;
}

/* Makes the new file be of the same owner as the old, and as open to others; then fills it. */
static bool fill(struct writing *writing, const char *path, int fd, const struct text *text)
{
    const struct stat *const status = &writing->status;
    struct stat own;

    if (fstat(fd, &own) != 0)
        return fail(writing, path, strerror(errno));
    if ((own.st_uid != status->st_uid || own.st_gid != status->st_gid) &&
        fchown(fd, status->st_uid, status->st_gid) != 0)
        return fail(writing, path, "it can't be given to the file's owner");
    if (!put_all(writing, path, fd, text) || !copy_attributes(writing, path, fd))
        return false;
    if (fchmod(fd, status->st_mode & 07777) != 0 || fsync(fd) != 0)
        return fail(writing, path, strerror(errno));
    return true;
}

static bool fill_and_close(struct writing *writing, const char *path, int fd,
                           const struct text *text)
{
    const bool is_filled = fill(writing, path, fd, text);

    if (close(fd) != 0 && is_filled)
        return fail(writing, path, strerror(errno));
    return is_filled;
}

/* The first name that nothing has. */
static bool make_backup(struct writing *writing, const struct text *before)
{
    for (int number = 0; number < BACKUPS_MAX; number++) {
        char *const path = number == 0 ? format_text("%s.bak", writing->path)
                                       : format_text("%s.bak.%d", writing->path, number);
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0) {
            writing->backup = path;
            return fill_and_close(writing, path, fd, before);
        }
        const int error = errno;
        if (error != EEXIST)
            fail(writing, path, strerror(error));
        free(path);
        if (error != EEXIST)
            return false;
    }
    return fail(writing, writing->path, "there are too many backups of it");
}

static bool make_temporary(struct writing *writing, const struct text *after)
{
    char *const path = format_text("%s/.harden-XXXXXX", writing->folder);
    const int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0) {
        fail(writing, path, strerror(errno));
        free(path);
        return false;
    }
    writing->temporary = path;
    return fill_and_close(writing, path, fd, after);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* The new name is on the disk once its folder is. */
static void sync_folder(const struct writing *writing)
{
    const int fd = open(writing->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (fsync(fd) != 0)
        fprintf(stderr, "harden: %s: %s\n", writing->folder, strerror(errno));
    close(fd);
}

static bool replace(struct writing *writing, const struct text *before, const struct text *after)
{
    if (!look_at(writing, before) || !make_backup(writing, before) ||
        !make_temporary(writing, after) || !is_unchanged(writing, before))
        return false;
    if (rename(writing->temporary, writing->path) != 0)
        return fail(writing, writing->path, strerror(errno));
    sync_folder(writing);
    return true;
}

bool write_text(const struct text *before, const struct text *after, char **backup, char **why)
{
    struct writing writing = { .why = why };

    *backup = *why = NULL;
    const bool is_done = replace(&writing, before, after);
    if (!is_done && writing.temporary != NULL)
        unlink(writing.temporary);
    if (!is_done && writing.backup != NULL)
        unlink(writing.backup);
    if (is_done) {
        *backup = writing.backup;
        writing.backup = NULL;
    }
    free(writing.backup);
    free(writing.temporary);
    free(writing.path);
    free(writing.folder);
    return is_done;
}

bool write_new(const struct text *text, mode_t mode, char **why)
{
    struct writing writing = { .why = why };
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

    *why = NULL;
    const int fd = open(text->name, flags, mode);
    if (fd < 0)
        return fail(&writing, text->name, strerror(errno));
    bool is_done = put_all(&writing, text->name, fd, text);
    if (is_done && fsync(fd) != 0)
        is_done = fail(&writing, text->name, strerror(errno));
    if (close(fd) != 0 && is_done)
        is_done = fail(&writing, text->name, strerror(errno));
    if (!is_done)
        unlink(text->name);
    return is_done;
}
