#include "trail/keep.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

enum {
    REST_MS = 10 * 1000, /* since a file grew: no writer is between making it and locking it */
    FOLDER_FILES = 1024, /* shipped or not */
    FREE_PARTS = 20,     /* nearly full: less than one of them is free */
};

/* --- sizes ------------------------------------------------------------------------------------ */

static const struct unit {
    const char *name;
    int64_t bytes;
} units[] = {
    { "", 1 },
    { "KiB", INT64_C(1) << 10 },
    { "MiB", INT64_C(1) << 20 },
    { "GiB", INT64_C(1) << 30 },
    { "TiB", INT64_C(1) << 40 },
};

/* -1: no size. */
int64_t size_of(const char *value)
{
    static const int64_t most = INT64_C(1) << 50;
    const size_t digits = strspn(value, "0123456789");
    int64_t number = 0;

    if (digits == 0 || digits > 15)
        return -1;
    for (size_t i = 0; i < digits; i++)
        number = 10 * number + (value[i] - '0');
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(value + digits, units[i].name) == 0)
            return number <= most / units[i].bytes ? number * units[i].bytes : -1;
    return -1;
}

bool is_size(const char *value)
{
    return size_of(value) >= 0;
}

/* --- removing --------------------------------------------------------------------------------- */

static bool is_nearly_full(const struct spool *spool)
{
    struct statfs disk;

    return spool->count > 0 && fstatfs(spool->folders[0].fd, &disk) == 0 && disk.f_blocks > 0 &&
           disk.f_bavail < disk.f_blocks / FREE_PARTS;
}

/* Its writer's last word is not the file's age but its lock; the age is for who has not locked yet.
 */
static bool may_go(const struct folder *folder, const struct segment *segment)
{
    return segment->reached >= segment->size && spool_clock() - segment->changed > REST_MS &&
           segment_is_over(folder, segment);
}

static int64_t bytes_of(const struct folder *folder)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < folder->count; i++)
        bytes += folder->segments[i].size;
    return bytes;
}

/* The file first: where the database does not learn of it, the next one who connects tells it. */
static bool remove_segment(struct spool *spool, struct store *store, struct folder *folder,
                           struct segment *segment)
{
    char name[SEGMENT_NAME_BYTES];

    memcpy(name, segment->name, sizeof(name));
    return spool_remove(folder, segment) && store_forget(store, spool, folder->name, name);
}

/* The oldest of all: files of programs are named by their time, and so are the edge's. */
static bool remove_oldest(struct spool *spool, struct store *store, struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        if (may_go(folder, &folder->segments[i]))
            return remove_segment(spool, store, folder, &folder->segments[i]);
    return false;
}

/* Each folder has its share: a program that is asked a lot takes nothing from the others. */
static void keep_folder_within(struct spool *spool, struct store *store, struct folder *folder,
                               int64_t share)
{
    while (store_is_connected(store) &&
           (bytes_of(folder) > share || folder->count > FOLDER_FILES || is_nearly_full(spool)))
        if (!remove_oldest(spool, store, folder))
            return;
}

int64_t keep_within(struct spool *spool, struct store *store, int64_t keep)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < spool->count; i++) {
        struct folder *const folder = &spool->folders[i];
        keep_folder_within(spool, store, folder, keep / (int64_t)spool->count);
        bytes += bytes_of(folder);
    }
    return bytes;
}
