/* What the shipper opens with the rights that it is started with. */
#include "route/route.h"
#include "trail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_uuid(const char *text)
{
    return strlen(text) == 36 && strspn(text, "0123456789abcdef-") == 36;
}

/* A random UUID: RFC 9562, 5.4. */
static bool make_source(int folder, char source[SPOOL_SOURCE_BYTES])
{
    uint8_t random[16];

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return false;
    const int file = openat(folder, "source", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    random[6] = (uint8_t)((random[6] & 0x0f) | 0x40);
    random[8] = (uint8_t)((random[8] & 0x3f) | 0x80);
    size_t length = 0;
    for (size_t i = 0; i < sizeof(random); i++)
        length += (size_t)snprintf(source + length, SPOOL_SOURCE_BYTES - length, "%s%02x",
                                   i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", random[i]);
    const bool is_written = dprintf(file, "%s\n", source) == SPOOL_SOURCE_BYTES &&
                            fchmod(file, 0644) == 0 && fsync(file) == 0;
    close(file);
    return is_written;
}

static bool read_source(int folder, char source[SPOOL_SOURCE_BYTES])
{
    const int file = openat(folder, "source", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const ssize_t got = file >= 0 ? read(file, source, SPOOL_SOURCE_BYTES) : -1;

    if (file >= 0)
        close(file);
    if (got != SPOOL_SOURCE_BYTES || source[SPOOL_SOURCE_BYTES - 1] != '\n')
        return false;
    source[SPOOL_SOURCE_BYTES - 1] = '\0';
    return is_uuid(source);
}

static bool find_source(int folder, const char *path, char source[SPOOL_SOURCE_BYTES])
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.StdCLibraryFunctions): an open folder's descriptor */
    if (faccessat(folder, "source", F_OK, 0) != 0 && errno == ENOENT) {
        if (make_source(folder, source))
            return true;
        log_error("%s/source: can't be made: %s", path, strerror(errno));
        return false;
    }
    if (read_source(folder, source))
        return true;
    log_error("%s/source: holds no UUID, or can't be read: remove it to get a new one", path);
    return false;
}

static bool open_folder(struct spool *spool, const char *path, int parent, const char *name)
{
    struct folder *const folder = &spool->folders[spool->count];
    char whole[PATH_MAX];

    if (!entry_is_route(name)) {
        log_warning("%s/%s: is no journal's folder: left alone", path, name);
        return true;
    }
    if (spool->count == SPOOL_FOLDERS ||
        snprintf(whole, sizeof(whole), "%s/%s", path, name) >= (int)sizeof(whole)) {
        log_error("%s: more than %d journals, or a path too long", path, SPOOL_FOLDERS);
        return false;
    }
    snprintf(folder->name, sizeof(folder->name), "%s", name);
    /* NOLINTNEXTLINE(clang-analyzer-unix.StdCLibraryFunctions): likewise */
    folder->fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    folder->listing = folder->fd >= 0 ? fdopendir(folder->fd) : NULL;
    folder->watch =
        inotify_add_watch(spool->events, whole, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    if (folder->listing == NULL || folder->watch < 0) {
        log_error("%s: %s", whole, strerror(errno));
        return false;
    }
    spool->count++;
    return true;
}

static bool open_folders(struct spool *spool, const char *path, DIR *listing)
{
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
            !open_folder(spool, path, dirfd(listing), entry->d_name))
            return false;
    return true;
}

/* Not a handler: its end would be a call (rt_sigreturn) that no program may make. */
static bool open_end(struct spool *spool)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    spool->end = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return spool->end >= 0 && sigprocmask(SIG_BLOCK, &signals, NULL) == 0;
}

struct spool *before_drop_spool_open(const char *path)
{
    struct spool *const spool = calloc(1, sizeof(*spool));
    DIR *const listing = opendir(path);

    if (listing == NULL || spool == NULL ||
        (spool->events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0 || !open_end(spool))
        log_error("%s: %s", path, strerror(errno));
    else if (find_source(dirfd(listing), path, spool->source) &&
             open_folders(spool, path, listing)) {
        closedir(listing);
        return spool;
    }
    if (listing != NULL)
        closedir(listing);
    free(spool); /* and the process ends */
    return NULL;
}
