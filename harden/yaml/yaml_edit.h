/* What the files that edit YAML share. Inside yaml/ only. */
#ifndef BULKHEAD_YAML_EDIT_H
#define BULKHEAD_YAML_EDIT_H

#include "yaml/tree.h"

/* False, after refuse(): nothing in this text may be changed. */
bool tree_may_edit(struct edits *edits, const struct tree *tree);

void tree_expect_loss(struct edits *edits, const struct node *node);

/* Where the line of the offset begins, and where it ends, before its newline. */
size_t tree_line_start(const struct text *text, size_t offset);
size_t tree_line_end(const struct text *text, size_t offset);

/* Adds a blank, if what is at the offset is a comment: behind a plain scalar it needs one. */
void tree_keep_comment(struct bytes *out, const struct text *text, size_t offset);

#endif
