/* One layer of an image, as layers.c collects it and stack.c puts it upon others. */
#ifndef BULKHEAD_LAYER_H
#define BULKHEAD_LAYER_H

#include "core/memory.h"
#include "image/layers.h"
#include "image/tar.h"

#define ZLIB_CONST
#include <zlib.h>

struct layer_entry {
    struct image_file file;
    char type; /* as in tar.h */
};

/* What all layers together may take. */
struct layer_budget {
    size_t entries, names, contents;
};

enum layer_form { FORM_UNKNOWN, FORM_TAR, FORM_GZIP, FORM_OTHER };

struct layer {
    char *name; /* of its member in the archive */
    char *link; /* the member that it is another name of; NULL: it is one itself */
    struct layer_entry *entries;
    size_t count, room;
    struct pool pool; /* names and contents */
    struct layer_budget *budget;
    bool (*wanted)(const char *path);
    enum layer_form form;
    z_stream *gzip;
    struct tar tar;
    struct bytes contents; /* of the last entry, so far */
    bool is_kept;          /* those of the last entry are */
    const char *fault;     /* it is no layer, or too large */
};

struct layer *layer_new(const char *name, bool (*wanted)(const char *path),
                        struct layer_budget *budget);
void layer_feed(struct layer *layer, const char *bytes, size_t length);
void layer_end(struct layer *layer);
void layer_free(struct layer *layer);

/* What is seen of the layers, the lowest first. */
void stack_layers(struct layer *const *layers, size_t count,
                  void (*visit)(void *context, const struct image_file *file), void *context);

#endif
