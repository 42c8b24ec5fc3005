#include "core/besides.h"

#include "core/bytes.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void beside_add(struct besides *besides, const char *name, const char *bytes, size_t length,
                mode_t mode)
{
    besides->list =
        need_room(besides->list, &besides->room, besides->count + 1, sizeof(besides->list[0]));
    besides->list[besides->count++] = (struct beside){
        .name = copy_bytes(name, strlen(name)),
        .bytes = copy_bytes(bytes, length),
        .length = length,
        .mode = mode,
    };
}

bool beside_has(const struct besides *besides, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(besides->list[i].name, name) == 0)
            return true;
    return false;
}

void besides_cut(struct besides *besides, size_t count)
{
    while (besides->count > count) {
        besides->count--;
        free(besides->list[besides->count].name);
        free(besides->list[besides->count].bytes);
    }
    if (count == 0) {
        free(besides->list);
        *besides = (struct besides){ .list = NULL };
    }
}

void besides_move(struct besides *to, struct besides *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct beside *const piece = &from->list[i];
        beside_add(to, piece->name, piece->bytes, piece->length, piece->mode);
    }
    besides_cut(from, 0);
}

bool beside_text(const struct besides *besides, size_t index, const struct text *text,
                 struct text *made)
{
    const char *const name = besides->list[index].name;
    const char *const slash = strrchr(text->name, '/');
    struct bytes bytes = { .data = NULL };

    if (beside_has(besides, index, name))
        return false;
    for (size_t i = index; i < besides->count; i++)
        if (strcmp(besides->list[i].name, name) == 0)
            bytes_add(&bytes, besides->list[i].bytes, besides->list[i].length);
    char *const path =
        format_text("%.*s%s", slash != NULL ? (int)(slash + 1 - text->name) : 0, text->name, name);
    text_of(made, path, bytes.data != NULL ? bytes.data : "", bytes.length);
    free(path);
    bytes_free(&bytes);
    return true;
}
