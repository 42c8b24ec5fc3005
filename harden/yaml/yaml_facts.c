/* What a tree says, as facts: those of a document in the order of the text, after one of its own.
 */
#include "yaml/tree.h"

#include <string.h>

static void put_key(struct bytes *out, const struct node *value)
{
    const struct node *const key = value->key;

    if (key == NULL) {
        bytes_text(out, "[]");
        return;
    }
    bytes_text(out, "/");
    if (key->kind != NODE_SCALAR) {
        bytes_text(out, "?");
        return;
    }
    bytes_add(out, key->value, key->length);
    if (key->anchor != NULL)
        bytes_format(out, " &%s", key->anchor);
    if (key->tag != NULL)
        bytes_format(out, " !%s", key->tag);
}

/* What is behind the path. */
static void put_value(struct bytes *out, const struct node *node)
{
    if (node->anchor != NULL)
        bytes_format(out, " &%s", node->anchor);
    if (node->tag != NULL)
        bytes_format(out, " !%s", node->tag);
    switch (node->kind) {
    case NODE_SCALAR:
        bytes_text(out, node->style == STYLE_PLAIN ? " = " : " = '");
        bytes_add(out, node->value, node->length);
        bytes_text(out, node->style == STYLE_PLAIN ? "" : "'");
        return;
    case NODE_ALIAS:
        bytes_format(out, " *%s", node->value);
        return;
    case NODE_SEQUENCE:
        bytes_text(out, " [");
        return;
    case NODE_MAPPING:
        bytes_text(out, " {");
        return;
    }
}

/* Whether the node is the key of what comes, in its parent. */
static bool is_key(const struct node *node)
{
    const struct node *const parent = node->parent;

    if (parent == NULL || parent->kind != NODE_MAPPING)
        return false;
    return node->key == NULL;
}

static void put_step(struct bytes *out, const struct node *node)
{
    if (is_key(node))
        bytes_text(out, "/?");
    else if (node->parent != NULL)
        put_key(out, node);
}

void node_put_path(struct bytes *out, const struct node *node)
{
    const struct node *path[YAML_DEPTH_MAX + 1];
    size_t depth = 0;

    for (const struct node *above = node; above != NULL; above = above->parent)
        path[depth++] = above;
    while (depth > 0)
        put_step(out, path[--depth]);
}

void node_put_fact(struct bytes *out, const struct node *node)
{
    node_put_path(out, node);
    put_value(out, node);
}

/* The path of what it is in is in `path`. As deep as the tree, which is bounded. */
static void add(struct facts *facts, struct bytes *path, const struct node *node)
{
    const size_t length = path->length;

    put_step(path, node);
    const size_t mark = path->length;
    put_value(path, node);
    fact_add(facts, path->data != NULL ? path->data : "", path->length);
    path->length = mark;
    for (const struct node *child = node->first; child != NULL && !facts->is_full;
         child = child->next) {
        if (child->key != NULL && child->key->kind != NODE_SCALAR)
            add(facts, path, child->key);
        add(facts, path, child);
    }
    path->length = length;
}

void tree_facts(struct facts *facts, const struct tree *tree)
{
    struct bytes path = { .data = NULL };

    for (size_t i = 0; i < tree->count; i++) {
        fact_add(facts, "---", 3);
        add(facts, &path, tree->roots[i]);
    }
    bytes_free(&path);
}
