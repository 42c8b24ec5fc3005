/*
 * Files that a fix makes beside the one that it changes: a .dockerignore, an .env. They are made
 * only where nothing is of that name.
 */
#ifndef BULKHEAD_BESIDES_H
#define BULKHEAD_BESIDES_H

#include "core/text.h"

#include <sys/types.h>

/* A piece of one: those of one name are one file, in their order. */
struct beside {
    char *name; /* in the folder of the text */
    char *bytes;
    size_t length;
    mode_t mode;
};

struct besides {
    struct beside *list;
    size_t count, room;
};

void beside_add(struct besides *besides, const char *name, const char *bytes, size_t length,
                mode_t mode);

/* Whether one of the first `count` pieces is of that name. */
bool beside_has(const struct besides *besides, size_t count, const char *name);

/* Takes away all but the first `count` pieces. */
void besides_cut(struct besides *besides, size_t count);

/* Moves the pieces of `from` behind those of `to`. */
void besides_move(struct besides *to, struct besides *from);

/*
 * Makes a text of the file that the piece at `index` is the first of, with its path beside `text`.
 * False: that piece is not the first of its file.
 */
bool beside_text(const struct besides *besides, size_t index, const struct text *text,
                 struct text *made);

#endif
