#include "image/layers.h"

#include "image/layer.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX = 1024 * 1024 };

struct layers {
    struct tar tar;
    struct layer **list; /* each member that may be one, in the order of the archive */
    size_t count, room;
    struct layer *open; /* the one whose bytes come now; NULL: none */
    struct layer_budget budget;
    bool (*wanted)(const char *path);
    struct bytes manifest;
    bool is_manifest; /* what comes now is it */
    char fault[200];
};

static bool fail(struct layers *layers, const char *what, const char *why)
{
    if (layers->fault[0] == '\0') {
        struct bytes text = { .data = NULL };
        bytes_format(&text, "%s%s%s", what, what[0] != '\0' ? ": " : "", why);
        const size_t length =
            text.length < sizeof(layers->fault) ? text.length : sizeof(layers->fault) - 1;
        memcpy(layers->fault, text.data, length);
        layers->fault[length] = '\0';
        bytes_free(&text);
    }
    return false;
}

/* --- the archive of layers -------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), last = strlen(end);

    return length >= last && strcmp(text + length - last, end) == 0;
}

/* "ID/layer.tar" up to Docker 24, "blobs/sha256/DIGEST" after, where others are blobs too. */
static bool may_be_layer(const char *path)
{
    return ends_with(path, "/layer.tar") || strncmp(path, "blobs/", 6) == 0;
}

/* What a link from there leads to; the engine makes "../ID/layer.tar". */
static char *follow(const char *path, const char *link)
{
    const char *const slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) : 0;

    for (; strncmp(link, "../", 3) == 0; link += 3)
        while (folder > 0 && path[--folder] != '/')
            ;
    return format_text("%.*s%s%s", (int)folder, path, folder > 0 ? "/" : "", link);
}

static bool take_entry(void *context, const struct tar_entry *entry)
{
    struct layers *const layers = context;

    if (layers->open != NULL)
        layer_end(layers->open);
    layers->open = NULL;
    layers->is_manifest = strcmp(entry->path, "manifest.json") == 0;
    if (layers->is_manifest && entry->size > MANIFEST_MAX)
        return fail(layers, "manifest.json", "it has more than 1 MiB");
    if (layers->is_manifest)
        bytes_clear(&layers->manifest);
    if (!may_be_layer(entry->path) || strchr("012", entry->type) == NULL)
        return true;
    if (layers->count == LAYERS_MAX)
        return fail(layers, "", "it has more than 1024 layers");
    struct layer *const layer = layer_new(entry->path, layers->wanted, &layers->budget);
    layers->list = need_room(layers->list, &layers->room, layers->count + 1, sizeof(void *));
    layers->list[layers->count++] = layer;
    if (entry->type == '0')
        layers->open = layer;
    else
        layer->link = entry->type == '1' ? copy_bytes(entry->link, strlen(entry->link))
                                         : follow(entry->path, entry->link);
    return true;
}

static bool take_data(void *context, const char *bytes, size_t length)
{
    struct layers *const layers = context;

    if (layers->open != NULL)
        layer_feed(layers->open, bytes, length);
    else if (layers->is_manifest)
        bytes_add(&layers->manifest, bytes, length);
    return true;
}

struct layers *layers_new(bool (*wanted)(const char *path))
{
    struct layers *const layers = need(1, sizeof(*layers));

    layers->wanted = wanted;
    layers->budget = (struct layer_budget){ .entries = ENTRIES_MAX,
                                            .names = NAMES_MAX,
                                            .contents = CONTENTS_SUM_MAX };
    layers->tar.sink =
        (struct tar_sink){ .context = layers, .entry = take_entry, .data = take_data };
    return layers;
}

bool layers_feed(struct layers *layers, const char *bytes, size_t length)
{
    return tar_feed(&layers->tar, bytes, length) || fail(layers, "", layers->tar.fault);
}

/* --- their order ------------------------------------------------------------------------------ */

/* The member of that name, or what it is a link to; NULL: there is none. */
static struct layer *layer_named(const struct layers *layers, const char *name)
{
    for (int links = 0; links < 8; links++) {
        struct layer *layer = NULL;
        for (size_t i = 0; i < layers->count && layer == NULL; i++)
            if (strcmp(layers->list[i]->name, name) == 0)
                layer = layers->list[i];
        if (layer == NULL || layer->link == NULL)
            return layer;
        name = layer->link;
    }
    return NULL;
}

/* Of a layer that comes twice all is hidden, but where it comes last. */
static void drop(struct layer **order, size_t *count, const struct layer *layer)
{
    for (size_t i = 0; i < *count; i++)
        if (order[i] == layer) {
            memmove(order + i, order + i + 1, (*count - i - 1) * sizeof(void *));
            (*count)--;
            return;
        }
}

/* The layers that the list names, the lowest first; NULL, with the fault: one is not there. */
static struct layer **order_of(struct layers *layers, const struct json *names, size_t *length)
{
    struct layer **const order = need(names->count + 1, sizeof(void *));
    size_t count = 0;

    for (const struct json *name = names->first; name != NULL; name = name->next) {
        struct layer *const layer =
            name->kind == JSON_STRING ? layer_named(layers, name->string) : NULL;
        if (layer == NULL || layer->fault != NULL) {
            fail(layers, name->kind == JSON_STRING ? name->string : "a layer",
                 layer != NULL ? layer->fault : "it is not in the archive");
            free(order);
            return NULL;
        }
        drop(order, &count, layer);
        order[count++] = layer;
    }
    *length = count;
    return order;
}

bool layers_end(struct layers *layers, void (*visit)(void *context, const struct image_file *file),
                void *context)
{
    struct json_document document;
    struct layer **order = NULL;
    size_t count = 0;
    struct text text;

    if (!tar_end(&layers->tar))
        return fail(layers, "", layers->tar.fault);
    if (layers->open != NULL)
        layer_end(layers->open);
    layers->open = NULL;
    text_of(&text, "manifest.json", layers->manifest.data != NULL ? layers->manifest.data : "",
            layers->manifest.length);
    json_read(&document, &text);
    const struct json *const names =
        document.root != NULL && document.root->kind == JSON_ARRAY && document.faults.count == 0
            ? json_member(document.root->first, "Layers")
            : NULL;
    if (names == NULL || (names->kind != JSON_ARRAY && names->kind != JSON_NULL) ||
        names->count > LAYERS_MAX)
        fail(layers, "manifest.json", "it does not say which layers the image has");
    else
        order = order_of(layers, names, &count);
    if (order != NULL)
        stack_layers(order, count, visit, context);
    free(order);
    json_free(&document);
    text_free(&text);
    return layers->fault[0] == '\0';
}

const char *layers_fault(const struct layers *layers)
{
    return layers->fault;
}

void layers_free(struct layers *layers)
{
    for (size_t i = 0; i < layers->count; i++)
        layer_free(layers->list[i]);
    free(layers->list);
    tar_free(&layers->tar);
    bytes_free(&layers->manifest);
    free(layers);
}
