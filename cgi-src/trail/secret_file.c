#include "trail/secret_file.h"

#include "route/route.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * LoadCredential= of systemd 254 or later: root's file, which an access list opens to one user
 * more; what stands in the group's place is the list's mask then.
 */
static bool is_credential(const struct stat *status)
{
    return status->st_uid == 0 && status->st_gid == 0 && (status->st_mode & 07777) == 0440;
}

/* One that others may read is no secret. */
static bool is_private(int fd, const char *name, const char *path)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        log_error("%s %s: %s", name, path, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        log_error("%s %s: is no file: name one", name, path);
    else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !is_credential(&status))
        log_error("%s %s: may be used by others (mode %04o): chmod 600 it", name, path,
                  (unsigned)status.st_mode & 07777);
    else
        return true;
    return false;
}

ssize_t secret_file_read(const char *name, const char *path, char *bytes, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t length = 0, got = -1;

    if (fd < 0) {
        log_error("%s %s: %s: name a file that can be read", name, path, strerror(errno));
        return -1;
    }
    if (is_private(fd, name, path)) {
        while ((size_t)length < size && (got = read(fd, bytes + length, size - (size_t)length)) > 0)
            length += got;
        if (got < 0)
            log_error("%s %s: %s", name, path, strerror(errno));
    }
    close(fd);
    return got < 0 ? -1 : length;
}
