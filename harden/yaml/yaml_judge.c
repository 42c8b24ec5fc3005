/* A second opinion: libyaml's loader, which makes its own tree, and resolves aliases itself. */
#include "yaml/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A document of theirs, and which of our nodes each of its nodes is. */
struct comparison {
    yaml_document_t *theirs;
    const struct node **ours;
    size_t count;
};

static bool is_same(struct comparison *comparison, const struct node *ours, int id);

static bool is_same_scalar(const struct node *ours, const yaml_node_t *theirs)
{
    const bool is_plain = theirs->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    return ours->kind == NODE_SCALAR && is_plain == (ours->style == STYLE_PLAIN) &&
           theirs->data.scalar.length == ours->length &&
           memcmp(theirs->data.scalar.value, ours->value, ours->length) == 0;
}

static bool is_same_sequence(struct comparison *comparison, const struct node *ours,
                             const yaml_node_t *theirs)
{
    const yaml_node_item_t *item = theirs->data.sequence.items.start;
    const struct node *child = ours->first;

    if (ours->kind != NODE_SEQUENCE)
        return false;
    for (; child != NULL && item < theirs->data.sequence.items.top; child = child->next)
        if (!is_same(comparison, child, *item++))
            return false;
    return child == NULL && item == theirs->data.sequence.items.top;
}

static bool is_same_mapping(struct comparison *comparison, const struct node *ours,
                            const yaml_node_t *theirs)
{
    const yaml_node_pair_t *pair = theirs->data.mapping.pairs.start;
    const struct node *child = ours->first;

    if (ours->kind != NODE_MAPPING)
        return false;
    for (; child != NULL && pair < theirs->data.mapping.pairs.top; child = child->next, pair++)
        if (!is_same(comparison, child->key, pair->key) || !is_same(comparison, child, pair->value))
            return false;
    return child == NULL && pair == theirs->data.mapping.pairs.top;
}

/* An alias is the node that it stands for: each is compared once. */
static bool is_same(struct comparison *comparison, const struct node *ours, int id)
{
    const yaml_node_t *const theirs = yaml_document_get_node(comparison->theirs, id);

    ours = node_resolve(ours);
    if (theirs == NULL || id < 1 || (size_t)id >= comparison->count)
        return false;
    if (comparison->ours[id] != NULL)
        return comparison->ours[id] == ours;
    comparison->ours[id] = ours;
    switch (theirs->type) {
    case YAML_SCALAR_NODE:
        return is_same_scalar(ours, theirs);
    case YAML_SEQUENCE_NODE:
        return is_same_sequence(comparison, ours, theirs);
    case YAML_MAPPING_NODE:
        return is_same_mapping(comparison, ours, theirs);
    default:
        return false;
    }
}

static bool is_same_document(yaml_document_t *theirs, const struct node *ours)
{
    struct comparison comparison = {
        .theirs = theirs,
        .count = (size_t)(theirs->nodes.top - theirs->nodes.start) + 1,
    };

    comparison.ours = need(comparison.count, sizeof(void *));
    const bool is_agreed = is_same(&comparison, ours, 1);
    free(comparison.ours);
    return is_agreed;
}

/* The stream ends with a document without a root. */
static bool compare(yaml_parser_t *parser, const struct tree *tree, struct fault *fault)
{
    for (size_t i = 0;; i++) {
        yaml_document_t theirs;
        if (!yaml_parser_load(parser, &theirs))
            return fail_at(fault, tree->text->begin, "%s",
                           parser->problem != NULL ? parser->problem : "it is no YAML");
        const bool is_end = yaml_document_get_root_node(&theirs) == NULL;
        const bool is_agreed = is_end
                                   ? i == tree->count
                                   : i < tree->count && is_same_document(&theirs, tree->roots[i]);
        yaml_document_delete(&theirs);
        if (!is_agreed)
            return fail_at(fault, tree->text->begin, "the values are not the same");
        if (is_end)
            return true;
    }
}

bool tree_judge(const struct tree *tree, struct fault *fault)
{
    const struct text *const text = tree->text;
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        return fail_at(fault, 0, "there is not enough memory");
    /* the byte order mark is its own to find here */
    yaml_parser_set_input_string(&parser, (const yaml_char_t *)text->bytes, text->length);
    const bool is_agreed = compare(&parser, tree, fault);
    yaml_parser_delete(&parser);
    return is_agreed;
}
