/* What the files that read YAML share. Inside yaml/ only. */
#ifndef BULKHEAD_YAML_PARSER_H
#define BULKHEAD_YAML_PARSER_H

#include "yaml/tree.h"

#include <yaml.h>

/* Byte offsets of every 64th character. */
struct tree_marks {
    const struct text *text;
    size_t *offsets;
    size_t count;
};

void tree_marks_make(struct tree_marks *marks, const struct text *text);
void tree_marks_free(struct tree_marks *marks);

/* The offset of the character of that number, as libyaml counts them. */
size_t tree_marks_offset(const struct tree_marks *marks, size_t index);

/* Where what begins at `from` with a tag or an anchor begins without them; `end` at the latest. */
size_t tree_skip_properties(const struct text *text, size_t from, size_t end, int properties);

#endif
