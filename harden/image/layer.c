/* What is in one layer: a tar, perhaps compressed. */
#include "image/layer.h"

#include <stdlib.h>
#include <string.h>

/* How much of a compressed layer is taken apart at a time, and a layer's most: zip bombs end. */
enum { PIECE = 64 * 1024 };
static const uint64_t unpacked_max = UINT64_C(1) << 34;

/* --- entries ---------------------------------------------------------------------------------- */

static void end_contents(struct layer *layer)
{
    if (!layer->is_kept)
        return;
    struct image_file *const file = &layer->entries[layer->count - 1].file;
    char *const copy = pool_take(&layer->pool, layer->contents.length + 1);
    if (layer->contents.length > 0)
        memcpy(copy, layer->contents.data, layer->contents.length);
    file->contents = copy;
    file->length = layer->contents.length;
    layer->is_kept = false;
    bytes_clear(&layer->contents);
}

/* A name that leads out of the image, or is longer than any system takes, is nobody's. */
static bool is_usable(const char *path)
{
    const size_t length = strlen(path);

    if (length > 4096)
        return false;
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}

static bool spend(struct layer *layer, size_t name, uint64_t contents)
{
    struct layer_budget *const budget = layer->budget;

    if (contents > CONTENTS_MAX)
        layer->fault = "one of its files that are read has more than 8 MiB";
    else if (budget->entries == 0 || budget->names < name || budget->contents < contents)
        layer->fault = "it has too many files";
    if (layer->fault != NULL)
        return false;
    budget->entries--;
    budget->names -= name;
    budget->contents -= (size_t)contents;
    return true;
}

static bool take_entry(void *context, const struct tar_entry *entry)
{
    struct layer *const layer = context;
    const size_t length = strlen(entry->path) + 1;

    end_contents(layer);
    if (entry->path[0] == '\0' || !is_usable(entry->path))
        return true;
    const bool is_kept = entry->type == '0' && layer->wanted(entry->path);
    if (!spend(layer, length, is_kept ? entry->size : 0))
        return false;
    char *const path = pool_take(&layer->pool, length);
    memcpy(path, entry->path, length);
    layer->entries =
        need_room(layer->entries, &layer->room, layer->count + 1, sizeof(layer->entries[0]));
    layer->entries[layer->count++] = (struct layer_entry){
        .type = entry->type,
        .file = { .path = path,
                  .mode = entry->mode,
                  .user = entry->user,
                  .group = entry->group,
                  .has_capability = entry->has_capability },
    };
    layer->is_kept = is_kept;
    return true;
}

static bool take_data(void *context, const char *bytes, size_t length)
{
    struct layer *const layer = context;

    if (layer->is_kept)
        bytes_add(&layer->contents, bytes, length);
    return true;
}

/* --- its bytes -------------------------------------------------------------------------------- */

struct layer *layer_new(const char *name, bool (*wanted)(const char *path),
                        struct layer_budget *budget)
{
    struct layer *const layer = need(1, sizeof(*layer));

    layer->name = copy_bytes(name, strlen(name));
    layer->wanted = wanted;
    layer->budget = budget;
    layer->tar.sink = (struct tar_sink){ .context = layer, .entry = take_entry, .data = take_data };
    return layer;
}

static void feed_tar(struct layer *layer, const char *bytes, size_t length)
{
    if (!tar_feed(&layer->tar, bytes, length) && layer->fault == NULL)
        layer->fault = layer->tar.fault;
}

static void feed_gzip(struct layer *layer, const char *bytes, size_t length)
{
    char piece[PIECE];
    z_stream *const gzip = layer->gzip;

    gzip->next_in = (const Bytef *)bytes;
    gzip->avail_in = (uInt)length;
    while (layer->fault == NULL) {
        gzip->next_out = (Bytef *)piece;
        gzip->avail_out = PIECE;
        const int code = inflate(gzip, Z_NO_FLUSH);
        const size_t made = PIECE - gzip->avail_out;
        feed_tar(layer, piece, made);
        if (gzip->total_out > unpacked_max)
            layer->fault = "it is too large when it is unpacked";
        else if ((code == Z_STREAM_END && inflateReset(gzip) != Z_OK) ||
                 (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR))
            layer->fault = "its compression is broken";
        if (gzip->avail_in == 0 && gzip->avail_out > 0)
            return;
        if (code == Z_BUF_ERROR)
            return;
    }
}

/* By its first byte: a tar begins with a name, gzip with 0x1f, zstd with a bracket. */
static void find_form(struct layer *layer, unsigned char first)
{
    layer->form = first == 0x1f ? FORM_GZIP : first == '(' ? FORM_OTHER : FORM_TAR;
    if (layer->form == FORM_OTHER)
        layer->fault = "it is compressed by zstd, which is not read here";
    if (layer->form != FORM_GZIP)
        return;
    layer->gzip = need(1, sizeof(*layer->gzip));
    if (inflateInit2(layer->gzip, 16 + MAX_WBITS) != Z_OK)
        layer->fault = "zlib does not start";
}

void layer_feed(struct layer *layer, const char *bytes, size_t length)
{
    if (length > 0 && layer->form == FORM_UNKNOWN)
        find_form(layer, (unsigned char)bytes[0]);
    while (length > 0 && layer->fault == NULL) {
        const size_t taken = length < PIECE ? length : PIECE;
        if (layer->form == FORM_GZIP)
            feed_gzip(layer, bytes, taken);
        else
            feed_tar(layer, bytes, taken);
        bytes += taken;
        length -= taken;
    }
}

void layer_end(struct layer *layer)
{
    if (layer->fault == NULL && layer->form == FORM_UNKNOWN)
        layer->fault = "it is empty";
    if (!tar_end(&layer->tar) && layer->fault == NULL)
        layer->fault = layer->tar.fault;
    end_contents(layer);
    if (layer->gzip != NULL)
        inflateEnd(layer->gzip);
    free(layer->gzip);
    layer->gzip = NULL;
    tar_free(&layer->tar);
    layer->tar = (struct tar){ .fault = layer->fault };
    bytes_free(&layer->contents);
}

void layer_free(struct layer *layer)
{
    layer_end(layer);
    pool_free(&layer->pool);
    free(layer->entries);
    free(layer->name);
    free(layer->link);
    free(layer);
}
