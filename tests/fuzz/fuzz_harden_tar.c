/* An image's archive that anybody made: in whatever pieces it comes, the same is seen. */
#include "image/layers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_wanted(const char *path)
{
    return strncmp(path, "etc/", 4) == 0;
}

struct seen {
    size_t files, bytes;
};

static void count(void *context, const struct image_file *file)
{
    struct seen *const seen = context;

    if (strstr(file->path, "../") == file->path || file->path[0] == '\0' ||
        (file->contents != NULL && file->contents[file->length] != '\0'))
        abort();
    seen->files++;
    seen->bytes += file->length + strlen(file->path);
}

static bool look(const char *bytes, size_t size, size_t piece, struct seen *seen)
{
    struct layers *const layers = layers_new(is_wanted);

    *seen = (struct seen){ .files = 0 };
    for (size_t at = 0; at < size; at += piece)
        if (!layers_feed(layers, bytes + at, size - at < piece ? size - at : piece))
            break;
    const bool is_read = layers_end(layers, count, seen);
    if (is_read != (layers_fault(layers)[0] == '\0'))
        abort();
    layers_free(layers);
    return is_read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole, pieces;
    const bool is_read = look((const char *)data, size, size + 1, &whole);

    if (look((const char *)data, size, 97, &pieces) != is_read ||
        (is_read && (whole.files != pieces.files || whole.bytes != pieces.bytes)))
        abort();
    return 0;
}
