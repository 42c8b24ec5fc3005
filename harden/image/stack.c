/*
 * Layers upon each other, by what OCI's image specification says of them: a file hides those of its
 * name below; ".wh.NAME" takes NAME away from below, and ".wh..wh..opq" all that is below in its
 * folder; so does a file in the place of a folder.
 */
#include "image/layer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum mark {
    MARK_SEEN = 1, /* what is of that name below is hidden */
    MARK_CUT = 2,  /* what is in it below is hidden */
};

struct mark_row {
    uint64_t hash;
    const char *path; /* not NUL-terminated: of `length` bytes; NULL: the row is free */
    size_t length;
    unsigned marks;
};

/* Open addressing; at most half of it is full. */
struct marks {
    struct mark_row *rows;
    size_t room;
    uint64_t start; /* of each hash: another one each time, so that nobody makes names that clash */
};

static uint64_t hash_on(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}

static uint64_t hash_of(const struct marks *marks, const char *path, size_t length)
{
    uint64_t hash = marks->start;

    for (size_t i = 0; i < length; i++)
        hash = hash_on(hash, path[i]);
    return hash;
}

static struct mark_row *row_of(const struct marks *marks, const char *path, size_t length,
                               uint64_t hash)
{
    size_t at = (size_t)(hash ^ hash >> 32) & (marks->room - 1);

    for (;; at = (at + 1) & (marks->room - 1)) {
        struct mark_row *const row = &marks->rows[at];
        if (row->path == NULL ||
            (row->hash == hash && row->length == length && memcmp(row->path, path, length) == 0))
            return row;
    }
}

static void put_mark(struct marks *marks, const char *path, size_t length, unsigned mark)
{
    const uint64_t hash = hash_of(marks, path, length);
    struct mark_row *const row = row_of(marks, path, length, hash);

    row->path = path;
    row->length = length;
    row->hash = hash;
    row->marks |= mark;
}

/* Whether a layer above has it, or has taken away a folder that it is in. */
static bool is_hidden(const struct marks *marks, const char *path)
{
    uint64_t hash = marks->start;
    size_t i;

    if ((row_of(marks, "", 0, hash)->marks & MARK_CUT) != 0)
        return true;
    for (i = 0; path[i] != '\0'; i++) {
        if (path[i] == '/' && (row_of(marks, path, i, hash)->marks & MARK_CUT) != 0)
            return true;
        hash = hash_on(hash, path[i]);
    }
    return (row_of(marks, path, i, hash)->marks & MARK_SEEN) != 0;
}

static const char white[] = ".wh.";
static const char opaque[] = ".wh..wh..opq";

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* A layer's own files are not hidden by what it takes away from those below. */
static void mark_below(struct marks *marks, struct pool *pool, const struct layer_entry *entry)
{
    const char *const path = entry->file.path;
    const char *const base = base_of(path);
    const size_t folder = (size_t)(base - path);

    if (strcmp(base, opaque) == 0) {
        put_mark(marks, path, folder > 0 ? folder - 1 : 0, MARK_CUT);
    } else if (strncmp(base, white, sizeof(white) - 1) == 0) {
        const char *const name = base + sizeof(white) - 1;
        const size_t length = folder + strlen(name);
        char *const gone = pool_take(pool, length + 1);
        memcpy(gone, path, folder);
        memcpy(gone + folder, name, strlen(name));
        put_mark(marks, gone, length, MARK_SEEN | MARK_CUT);
    } else if (entry->type != '5') {
        put_mark(marks, path, strlen(path), MARK_CUT);
    }
}

static bool is_told(const struct image_file *file, char type)
{
    const bool has_rights = (file->mode & 06000) != 0 || file->has_capability;

    return (type == '0' || type == '1') && (file->contents != NULL || has_rights);
}

static void stack_layer(struct marks *marks, struct pool *pool, const struct layer *layer,
                        void (*visit)(void *context, const struct image_file *file), void *context)
{
    /* of a name that comes twice in a layer, the last one counts */
    for (size_t i = layer->count; i-- > 0;) {
        const struct layer_entry *const entry = &layer->entries[i];
        const struct image_file *const file = &entry->file;
        if (strncmp(base_of(file->path), white, sizeof(white) - 1) == 0 ||
            is_hidden(marks, file->path))
            continue;
        if (is_told(file, entry->type))
            visit(context, file);
        put_mark(marks, file->path, strlen(file->path), MARK_SEEN);
    }
    for (size_t i = 0; i < layer->count; i++)
        mark_below(marks, pool, &layer->entries[i]);
}

void stack_layers(struct layer *const *layers, size_t count,
                  void (*visit)(void *context, const struct image_file *file), void *context)
{
    struct marks marks = { .room = 64 };
    struct pool pool = { NULL };
    size_t entries = 0;

    for (size_t i = 0; i < count; i++)
        entries += layers[i]->count;
    if (getrandom(&marks.start, sizeof(marks.start), GRND_NONBLOCK) < 0)
        marks.start = UINT64_C(0xcbf29ce484222325);
    while (marks.room < entries * 4) /* each makes two rows at most */
        marks.room *= 2;
    marks.rows = need(marks.room, sizeof(marks.rows[0]));
    for (size_t i = count; i-- > 0;)
        stack_layer(&marks, &pool, layers[i], visit, context);
    pool_free(&pool);
    free(marks.rows);
}
