/* Files: those of others, of the host and of the kernel; and what is made of one's own. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define NAME ".probe" /* the shipper takes no such file for a journal */

static int read_file(const char *path)
{
    char byte;
    const int fd = open(path, O_RDONLY | O_NONBLOCK);

    return fd < 0 ? errno : effect(read(fd, &byte, 1) == 1);
}

/* Nothing is written: that it could be is enough. */
static int open_for_writing(const char *path)
{
    return outcome(open(path, O_WRONLY | O_NONBLOCK));
}

/* A name beside "." and "..". */
static int list_folder(const char *path)
{
    DIR *folder = opendir(path);
    int names = 0;

    if (!folder)
        return errno;
    while (readdir(folder))
        names++;
    closedir(folder);
    return effect(names > 2);
}

/* A number that is not 0 beside the kernel's first symbol. */
static int read_addresses(const char *path)
{
    char digits[16] = "";
    const int fd = open(path, O_RDONLY);

    if (fd < 0)
        return errno;
    if (read(fd, digits, sizeof(digits)) < (ssize_t)sizeof(digits))
        return NO_EFFECT;
    for (size_t n = 0; n < sizeof(digits); n++)
        if (digits[n] != '0')
            return DONE;
    return NO_EFFECT;
}

static const char *inside(char *path, const char *folder)
{
    snprintf(path, PATH_MAX, "%s/" NAME, folder);
    unlink(path);
    return path;
}

static int create(const char *folder)
{
    char path[PATH_MAX];
    const int fd = open(inside(path, folder), O_WRONLY | O_CREAT | O_EXCL, 0600);
    const int result = outcome(fd);

    if (fd >= 0)
        unlink(path);
    return result;
}

static int copy_self(int to)
{
    const int from = open(SELF, O_RDONLY);
    struct stat about;

    if (from < 0 || fstat(from, &about) != 0)
        return errno;
    for (off_t left = about.st_size; left > 0;) {
        const ssize_t sent = sendfile(to, from, NULL, (size_t)left);
        if (sent <= 0)
            return errno;
        left -= sent;
    }
    close(from);
    return DONE;
}

static int run_file(int fd, const char *word)
{
    char path[32];
    const int pid = fork();

    if (pid == 0) {
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        execl(path, path, word, (char *)NULL);
        _exit(0);
    }
    return child_ran(pid);
}

/* A copy of this program. A folder that is too small for it may still run a script or a library. */
static int run_from(const char *folder)
{
    char path[PATH_MAX];
    int fd = open(inside(path, folder), O_WRONLY | O_CREAT | O_EXCL, 0700), result;

    if (fd < 0)
        return errno;
    result = copy_self(fd);
    close(fd);
    if (result == DONE) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        result = fd < 0 ? errno : run_file(fd, "ran");
    }
    unlink(path);
    return result;
}

/* The page of a file as code: what a loader does with a library. */
static int map_from(const char *folder)
{
    char path[PATH_MAX];
    const int fd = open(inside(path, folder), O_RDWR | O_CREAT | O_EXCL, 0700);
    const void *mapped;

    if (fd < 0)
        return errno;
    unlink(path);
    mapped = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    return mapped == MAP_FAILED ? errno : DONE;
}

static int run_from_memory(const char *argument)
{
    const int fd = memfd_create(argument, 0);
    const int result = fd < 0 ? errno : copy_self(fd);

    return result == DONE ? run_file(fd, "ran") : result;
}

/* The test's own file, which is root's and setuid. */
static int become_root_by(const char *path)
{
    const int pid = fork();

    if (pid == 0) {
        execl(path, path, "as-root", (char *)NULL);
        _exit(0);
    }
    return child_ran(pid);
}

static int give_to_root(const char *folder)
{
    char path[PATH_MAX];
    const int fd = open(inside(path, folder), O_WRONLY | O_CREAT | O_EXCL, 0700);
    int result;

    if (fd < 0)
        return errno;
    result = outcome(fchown(fd, 0, 0));
    unlink(path);
    return result;
}

static int make_device(const char *folder)
{
    char path[PATH_MAX];
    const int result = outcome(mknod(inside(path, folder), S_IFBLK | 0600, makedev(254, 0)));

    unlink(path);
    return result;
}

static int open_by_handle(const char *path)
{
    struct {
        struct file_handle handle;
        unsigned char bytes[MAX_HANDLE_SZ];
    } found = { .handle = { .handle_bytes = MAX_HANDLE_SZ } };
    const int near = open(path, O_RDONLY);
    int mount_id;

    if (near < 0 || name_to_handle_at(AT_FDCWD, path, &found.handle, &mount_id, 0) != 0)
        return errno;
    return outcome(open_by_handle_at(near, &found.handle, O_RDONLY));
}

/* --- mounts ----------------------------------------------------------------------------------- */

static int mount_memory(const char *folder)
{
    return outcome(mount("tmpfs", folder, "tmpfs", 0, NULL));
}

static int mount_again(const char *folder)
{
    return outcome(mount("/", folder, NULL, MS_BIND, NULL));
}

static int make_writable(const char *folder)
{
    return outcome(mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int unmount(const char *folder)
{
    return outcome(umount2(folder, MNT_DETACH));
}

static int open_file_system(const char *name)
{
    return outcome(syscall(SYS_fsopen, name, 0));
}

static int copy_tree(const char *folder)
{
    return outcome(syscall(SYS_open_tree, AT_FDCWD, folder, 1 /* OPEN_TREE_CLONE */));
}

static int change_root(const char *folder)
{
    return outcome(chroot(folder));
}

/* Who gets as far as being told that the two are one could have changed them. */
static int swap_roots(const char *folder)
{
    const int result = outcome(syscall(SYS_pivot_root, folder, folder));

    return result == EBUSY || result == EINVAL ? DONE : result;
}

const struct attempt attempts_on_files[] = { { "read", read_file },
                                             { "write", open_for_writing },
                                             { "list", list_folder },
                                             { "addresses", read_addresses },
                                             { "create", create },
                                             { "run", run_from },
                                             { "map", map_from },
                                             { "memfd", run_from_memory },
                                             { "setuid-file", become_root_by },
                                             { "give", give_to_root },
                                             { "mknod", make_device },
                                             { "handle", open_by_handle },
                                             { "mount", mount_memory },
                                             { "bind-mount", mount_again },
                                             { "remount", make_writable },
                                             { "umount", unmount },
                                             { "fsopen", open_file_system },
                                             { "open-tree", copy_tree },
                                             { "chroot", change_root },
                                             { "pivot-root", swap_roots },
                                             ATTEMPTS_END };
