#include "trail/spool.h"

#include "route/route.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

int64_t spool_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool is_segment_name(const char *name)
{
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz-_.T";
    const size_t length = strlen(name);

    return length < SEGMENT_NAME_BYTES && length > 6 && name[0] != '.' &&
           strspn(name, allowed) == length && strcmp(name + length - 6, ".jsonl") == 0;
}

/* Where it is, or where it belongs. */
static size_t place_of(const struct folder *folder, const char *name)
{
    size_t low = 0, high = folder->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(folder->segments[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct segment *folder_find(const struct folder *folder, const char *name)
{
    const size_t place = place_of(folder, name);

    return place < folder->count && strcmp(folder->segments[place].name, name) == 0
               ? &folder->segments[place]
               : NULL;
}

static struct segment *add(struct folder *folder, const char *name)
{
    const size_t place = place_of(folder, name);

    if (folder->count == folder->room) {
        const size_t room = folder->room > 0 ? 2 * folder->room : 64;
        struct segment *const segments =
            reallocarray(folder->segments, room, sizeof(*folder->segments));
        if (segments == NULL)
            return NULL;
        folder->segments = segments;
        folder->room = room;
    }
    struct segment *const segment = &folder->segments[place];
    memmove(segment + 1, segment, (folder->count - place) * sizeof(*segment));
    folder->count++;
    *segment = (struct segment){ .changed = spool_clock() };
    snprintf(segment->name, sizeof(segment->name), "%s", name);
    /* gcc-suppress analyzer-malloc-leak: the folder keeps its segments, which it loses sight of */
    return segment;
}

/* A folder says that it is longer than any file. */
static const int64_t no_file_bytes = INT64_C(1) << 40;

static int open_segment(const struct folder *folder, const char *name)
{
    return openat(folder->fd, name, SEGMENT_OPEN_FLAGS);
}

static void measure(const struct folder *folder, struct segment *segment)
{
    const int file = open_segment(folder, segment->name);
    const off_t size = file >= 0 ? lseek(file, 0, SEEK_END) : -1;

    segment->is_written = false;
    if (size >= 0 && size < no_file_bytes && size != segment->size) {
        segment->changed = spool_clock();
        segment->size = size;
    }
    if (file >= 0)
        close(file);
}

/* Something was written there, or may have been. False without memory. */
static bool note(struct folder *folder, const char *name)
{
    if (!is_segment_name(name))
        return true;
    struct segment *segment = folder_find(folder, name);
    if (segment == NULL && folder->count >= FOLDER_SEGMENTS) {
        folder->has_more = true;
        return true;
    }
    if (segment == NULL)
        segment = add(folder, name);
    if (segment == NULL)
        return false;
    segment->is_there = segment->is_written = true;
    return true;
}

/* Each once, however much was written to it. */
static void measure_written(struct spool *spool)
{
    for (size_t i = 0; i < spool->count; i++)
        for (size_t j = 0; j < spool->folders[i].count; j++)
            if (spool->folders[i].segments[j].is_written)
                measure(&spool->folders[i], &spool->folders[i].segments[j]);
}

int64_t segment_read(const struct folder *folder, const struct segment *segment, int64_t from,
                     char *bytes, size_t room)
{
    const int file = open_segment(folder, segment->name);
    const ssize_t got = file >= 0 ? pread(file, bytes, room, from) : -1;

    if (got < 0)
        log_error("%s/%s: %s", folder->name, segment->name, strerror(errno));
    if (file >= 0)
        close(file);
    return got;
}

bool segment_is_over(const struct folder *folder, const struct segment *segment)
{
    const int file = open_segment(folder, segment->name);
    const bool is_over = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0;

    if (file >= 0)
        close(file); /* and the lock is gone */
    return is_over;
}

bool spool_remove(struct folder *folder, struct segment *segment)
{
    if (unlinkat(folder->fd, segment->name, 0) != 0 && errno != ENOENT) {
        log_error("%s/%s: can't be removed: %s", folder->name, segment->name, strerror(errno));
        return false;
    }
    const size_t place = (size_t)(segment - folder->segments);
    memmove(segment, segment + 1, (folder->count - place - 1) * sizeof(*segment));
    folder->count--;
    return true;
}

/* --- folders ---------------------------------------------------------------------------------- */

/* Those that are gone are known no longer. */
static bool list_folder(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        folder->segments[i].is_there = false;
    folder->has_more = false;
    rewinddir(folder->listing);
    for (const struct dirent *entry; (entry = readdir(folder->listing)) != NULL;)
        if (!note(folder, entry->d_name))
            return false;
    size_t kept = 0;
    for (size_t i = 0; i < folder->count; i++)
        if (folder->segments[i].is_there)
            folder->segments[kept++] = folder->segments[i];
    folder->count = kept;
    return true;
}

bool spool_list(struct spool *spool)
{
    for (size_t i = 0; i < spool->count; i++)
        if (!list_folder(&spool->folders[i]))
            return false;
    measure_written(spool);
    return true;
}

struct folder *spool_find(struct spool *spool, const char *folder)
{
    for (size_t i = 0; i < spool->count; i++)
        if (strcmp(spool->folders[i].name, folder) == 0)
            return &spool->folders[i];
    return NULL;
}

int64_t spool_behind(const struct spool *spool)
{
    int64_t behind = 0;

    for (size_t i = 0; i < spool->count; i++)
        for (size_t j = 0; j < spool->folders[i].count; j++) {
            const struct segment *const segment = &spool->folders[i].segments[j];
            if (segment->size > segment->reached)
                behind += segment->size - segment->reached;
        }
    return behind;
}

/* --- events ----------------------------------------------------------------------------------- */

static bool take_event(struct spool *spool, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0)
        return spool_list(spool);
    for (size_t i = 0; i < spool->count; i++)
        if (spool->folders[i].watch == event->wd && event->len > 0)
            return note(&spool->folders[i], event->name);
    return true;
}

bool spool_is_to_end(const struct spool *spool)
{
    struct pollfd wanted = { .fd = spool->end, .events = POLLIN };

    return poll(&wanted, 1, 0) > 0;
}

/* All that are there, or most: each write to a journal is one. False without memory. */
static bool take_events(struct spool *spool)
{
    enum { READS = 64 }; /* more than the kernel queues, unless it was told to queue more */
    union {
        struct inotify_event first; /* for its alignment */
        char bytes[16 * 1024];
    } events;
    ssize_t got = 1;

    for (int i = 0; i < READS && got > 0; i++) {
        got = read(spool->events, events.bytes, sizeof(events.bytes));
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *const event =
                (const struct inotify_event *)(const void *)(events.bytes + at);
            if (!take_event(spool, event))
                return false;
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
    return true;
}

bool spool_wait(struct spool *spool, int milliseconds, int other)
{
    struct pollfd wanted[] = { { .fd = spool->events, .events = POLLIN },
                               { .fd = spool->end, .events = POLLIN },
                               { .fd = other, .events = POLLIN } };

    if (poll(wanted, sizeof(wanted) / sizeof(wanted[0]), milliseconds) <= 0)
        return true;
    if (!take_events(spool))
        return false;
    measure_written(spool);
    return true;
}
