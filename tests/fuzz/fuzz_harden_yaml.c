/* YAML that anybody wrote: every place is in the text, and libyaml's own loader reads the same. */
#include "yaml/tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_inside(const struct text *text, struct span span)
{
    if (span.offset > text->length || span.length > text->length - span.offset)
        abort();
}

/* A value in quotes begins and ends with them, and a flow with its brackets. */
static void expect_ends(const struct text *text, const struct node *node)
{
    static const char *const quotes[] = {
        [STYLE_SINGLE] = "''", [STYLE_DOUBLE] = "\"\"", [STYLE_FLOW] = "[]"
    };
    const char *const wanted =
        node->kind == NODE_MAPPING && node->style == STYLE_FLOW ? "{}" : quotes[node->style];

    /* [a: b] has a mapping without braces */
    if (node->style == STYLE_PLAIN || node->style == STYLE_BLOCK ||
        (node->parent != NULL && node->parent->kind == NODE_SEQUENCE && node->count == 1))
        return;
    if (node->at.length < 2 || text->bytes[node->at.offset] != wanted[0] ||
        text->bytes[node->at.offset + node->at.length - 1] != wanted[1])
        abort();
}

static void expect_node(const struct text *text, const struct node *node)
{
    expect_inside(text, node->at);
    if (node->begin > node->at.offset)
        abort();
    expect_ends(text, node);
    if (node->kind == NODE_ALIAS && node->target == NULL)
        abort();
    if (node->key != NULL)
        expect_inside(text, node->key->at);
}

static void expect_tree(const struct tree *tree)
{
    struct facts facts = { .ends = NULL };
    struct fault fault;

    for (size_t i = 0; i < tree->count; i++)
        for (const struct node *node = tree->roots[i]; node != NULL; node = node_following(node)) {
            expect_node(tree->text, node);
            node_get(node, "services");
        }
    tree_facts(&facts, tree);
    if (!facts.is_full && facts.count != tree->fact_count)
        abort();
    if (!tree->has_twin_anchors && !tree_judge(tree, &fault))
        abort();
    facts_free(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault;
    struct text text;
    struct tree tree;

    text_of(&text, "", (const char *)data, size);
    if (tree_read(&tree, &text, &fault))
        expect_tree(&tree);
    else if (fault.offset > size)
        abort();
    tree_free(&tree);
    text_free(&text);
    return 0;
}
