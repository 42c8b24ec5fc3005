/* The tree, from libyaml's events. */
#include "yaml/tree.h"

#include "yaml/yaml_parser.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct anchor {
    const char *name;
    size_t length;
    struct node *node;
};

struct builder {
    struct tree *tree;
    struct tree_marks marks;
    struct node *open;  /* the collection that is read */
    struct node *key;   /* of a mapping, the key whose value is next; NULL: a key is next */
    struct node **keys; /* that of each open collection but the last, by its depth */
    size_t depth, nodes;
    struct anchor anchors[YAML_ANCHORS_MAX];
    size_t anchor_count; /* of this document */
};

static const char *copy(struct builder *builder, const yaml_char_t *bytes, size_t length)
{
    char *const taken = pool_take(&builder->tree->pool, length + 1);

    if (length > 0)
        memcpy(taken, bytes, length);
    return taken;
}

static const char *copy_name(struct builder *builder, const yaml_char_t *name)
{
    return name != NULL ? copy(builder, name, strlen((const char *)name)) : NULL;
}

/* --- anchors ---------------------------------------------------------------------------------- */

/* The last of that name: a name may be given again. */
static struct anchor *find_anchor(struct builder *builder, const char *name)
{
    const size_t length = strlen(name);

    for (size_t i = builder->anchor_count; i > 0; i--) {
        struct anchor *const anchor = &builder->anchors[i - 1];
        if (anchor->length == length && memcmp(anchor->name, name, length) == 0)
            return anchor;
    }
    return NULL;
}

static bool add_anchor(struct builder *builder, struct node *node, struct fault *fault)
{
    if (node->anchor == NULL)
        return true;
    struct anchor *anchor = find_anchor(builder, node->anchor);
    if (anchor != NULL) {
        builder->tree->has_twin_anchors = true;
        anchor->node = node;
        return true;
    }
    if (builder->anchor_count == YAML_ANCHORS_MAX)
        return fail_at(fault, node->begin, "there are more than %d anchors", YAML_ANCHORS_MAX);
    builder->anchors[builder->anchor_count++] =
        (struct anchor){ .name = node->anchor, .length = strlen(node->anchor), .node = node };
    return true;
}

/* Whether the alias is the value of a <<, or in the list that is. */
static bool is_merged(const struct node *alias)
{
    return node_is_merge(alias) || (alias->parent != NULL && alias->parent->kind == NODE_SEQUENCE &&
                                    node_is_merge(alias->parent));
}

static bool aim(struct builder *builder, struct node *alias, struct fault *fault)
{
    const struct anchor *const anchor = find_anchor(builder, alias->value);

    if (anchor == NULL)
        return fail_at(fault, alias->at.offset, "the alias names an anchor that is not there");
    alias->target = anchor->node;
    for (const struct node *above = builder->open; above != NULL; above = above->parent)
        if (above == alias->target)
            return fail_at(fault, alias->at.offset, "the alias stands for what it is in");
    alias->expanded = alias->target->expanded;
    alias->target->aliases++;
    alias->target->merges += is_merged(alias);
    return true;
}

/* --- nodes ------------------------------------------------------------------------------------ */

static void put_key(struct builder *builder, struct node *node)
{
    builder->open->expanded += node->expanded;
    builder->key = node;
}

static void put_value(struct builder *builder, struct node *node)
{
    struct node *const open = builder->open;

    if (open->last != NULL)
        open->last->next = node;
    else
        open->first = node;
    open->last = node;
    open->count++;
    node->key = open->kind == NODE_MAPPING ? builder->key : NULL;
    builder->key = NULL;
}

static void put_root(struct tree *tree, struct node *node)
{
    tree->roots = need_room(tree->roots, &tree->room, tree->count + 1, sizeof(void *));
    tree->roots[tree->count++] = node;
}

/* Where the node goes: then it knows what it is in. A scalar that is a key has no fact of its own.
 */
static void place(struct builder *builder, struct node *node)
{
    const bool is_key =
        builder->open != NULL && builder->open->kind == NODE_MAPPING && builder->key == NULL;

    node->parent = builder->open;
    node->fact = builder->tree->fact_count;
    builder->tree->fact_count += !is_key || node->kind != NODE_SCALAR;
    if (builder->open == NULL)
        put_root(builder->tree, node);
    else if (is_key)
        put_key(builder, node);
    else
        put_value(builder, node);
}

static struct node *make(struct builder *builder, const yaml_event_t *event, enum node_kind kind,
                         const yaml_char_t *tag, const yaml_char_t *anchor)
{
    struct node *const node = pool_take(&builder->tree->pool, sizeof(*node));
    const size_t begin = tree_marks_offset(&builder->marks, event->start_mark.index);
    const size_t end = tree_marks_offset(&builder->marks, event->end_mark.index);
    const bool is_open = kind == NODE_SEQUENCE || kind == NODE_MAPPING;
    const int properties = (tag != NULL) + (anchor != NULL);

    *node = (struct node){ .kind = kind, .begin = begin, .expanded = 1 };
    node->tag = copy_name(builder, tag);
    node->anchor = copy_name(builder, anchor);
    node->at.offset = begin;
    if (properties > 0)
        node->at.offset = tree_skip_properties(
            builder->tree->text, begin, is_open ? builder->tree->text->length : end, properties);
    node->at.length = end > node->at.offset ? end - node->at.offset : 0;
    builder->nodes++;
    return node;
}

/* --- events ----------------------------------------------------------------------------------- */

static bool take_scalar(struct builder *builder, const yaml_event_t *event, struct fault *fault)
{
    static const enum node_style styles[] = {
        [YAML_ANY_SCALAR_STYLE] = STYLE_PLAIN,
        [YAML_PLAIN_SCALAR_STYLE] = STYLE_PLAIN,
        [YAML_SINGLE_QUOTED_SCALAR_STYLE] = STYLE_SINGLE,
        [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = STYLE_DOUBLE,
        [YAML_LITERAL_SCALAR_STYLE] = STYLE_BLOCK,
        [YAML_FOLDED_SCALAR_STYLE] = STYLE_BLOCK,
    };
    struct node *const node =
        make(builder, event, NODE_SCALAR, event->data.scalar.tag, event->data.scalar.anchor);

    node->style = styles[event->data.scalar.style];
    node->value = copy(builder, event->data.scalar.value, event->data.scalar.length);
    node->length = event->data.scalar.length;
    place(builder, node);
    return add_anchor(builder, node, fault);
}

static bool take_alias(struct builder *builder, const yaml_event_t *event, struct fault *fault)
{
    struct node *const node = make(builder, event, NODE_ALIAS, NULL, NULL);

    node->length = strlen((const char *)event->data.alias.anchor);
    node->value = copy(builder, event->data.alias.anchor, node->length);
    place(builder, node);
    return aim(builder, node, fault);
}

static bool open_collection(struct builder *builder, struct node *node, struct fault *fault)
{
    if (builder->depth == YAML_DEPTH_MAX)
        return fail_at(fault, node->at.offset, "it is more than %d levels deep", YAML_DEPTH_MAX);
    place(builder, node);
    builder->keys[builder->depth++] = builder->key;
    builder->open = node;
    builder->key = NULL;
    return add_anchor(builder, node, fault);
}

static bool take_sequence(struct builder *builder, const yaml_event_t *event, struct fault *fault)
{
    struct node *const node = make(builder, event, NODE_SEQUENCE, event->data.sequence_start.tag,
                                   event->data.sequence_start.anchor);

    node->style =
        event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? STYLE_FLOW : STYLE_BLOCK;
    return open_collection(builder, node, fault);
}

static bool take_mapping(struct builder *builder, const yaml_event_t *event, struct fault *fault)
{
    struct node *const node = make(builder, event, NODE_MAPPING, event->data.mapping_start.tag,
                                   event->data.mapping_start.anchor);

    node->style =
        event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? STYLE_FLOW : STYLE_BLOCK;
    return open_collection(builder, node, fault);
}

/* Whether what a << has is a mapping, or a list of them. */
static bool is_mergeable(const struct node *value)
{
    const struct node *const merged = node_resolve(value);

    if (merged->kind != NODE_SEQUENCE)
        return merged->kind == NODE_MAPPING;
    for (const struct node *item = merged->first; item != NULL; item = item->next)
        if (node_resolve(item)->kind != NODE_MAPPING)
            return false;
    return true;
}

/* The end of a flow is after its bracket; that of a block may be far behind what is in it. */
static bool close_collection(struct builder *builder, const yaml_event_t *event,
                             struct fault *fault)
{
    struct node *const node = builder->open;
    const size_t end = tree_marks_offset(&builder->marks, event->end_mark.index);

    for (const struct node *child = node->first; child != NULL; child = child->next) {
        node->expanded += child->expanded;
        builder->tree->has_odd_merges |= node_is_merge(child) && !is_mergeable(child);
    }
    if (node->expanded > YAML_EXPANDED_MAX)
        return fail_at(fault, node->at.offset,
                       "with its aliases replaced it would be more than %d values",
                       YAML_EXPANDED_MAX);
    if (node->style == STYLE_FLOW && end > node->at.offset)
        node->at.length = end - node->at.offset;
    node->twin = tree_find_twin(node);
    builder->open = node->parent;
    builder->key = builder->keys[--builder->depth];
    if (builder->key == node) /* it is a key: what it holds is its mapping's too */
        node->parent->expanded += node->expanded - 1;
    return true;
}

static bool take(struct builder *builder, const yaml_event_t *event, struct fault *fault)
{
    if (builder->nodes > YAML_NODES_MAX)
        return fail_at(fault, tree_marks_offset(&builder->marks, event->start_mark.index),
                       "there are more than %d values", YAML_NODES_MAX);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        builder->anchor_count = 0;
        builder->tree->fact_count++;
        return true;
    case YAML_SCALAR_EVENT:
        return take_scalar(builder, event, fault);
    case YAML_ALIAS_EVENT:
        return take_alias(builder, event, fault);
    case YAML_SEQUENCE_START_EVENT:
        return take_sequence(builder, event, fault);
    case YAML_MAPPING_START_EVENT:
        return take_mapping(builder, event, fault);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(builder, event, fault);
    default:
        return true;
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool fail_as(struct builder *builder, const yaml_parser_t *parser, struct fault *fault)
{
    const struct text *const text = builder->tree->text;
    const char *const problem = parser->problem != NULL ? parser->problem : "it is no YAML";
    size_t offset = text->begin + parser->problem_offset;

    if (parser->error != YAML_READER_ERROR)
        offset = tree_marks_offset(&builder->marks, parser->problem_mark.index);
    return fail_at(fault, offset < text->length ? offset : text->length, "%s", problem);
}

static bool build(struct builder *builder, yaml_parser_t *parser, struct fault *fault)
{
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return fail_as(builder, parser, fault);
        const bool is_end = event.type == YAML_STREAM_END_EVENT;
        const bool is_taken = take(builder, &event, fault);
        yaml_event_delete(&event);
        if (!is_taken || is_end)
            return is_taken;
    }
}

/* Lone carriage returns, and the line ends of Unicode: lines to libyaml, but not to editors. */
static bool has_odd_breaks(const struct text *text)
{
    const char *at = text->bytes, *const end = text->bytes + text->length;

    while ((at = memchr(at, '\r', (size_t)(end - at))) != NULL)
        if (*++at != '\n')
            return true;
    return memmem(text->bytes, text->length, "\xc2\x85", 2) != NULL ||
           memmem(text->bytes, text->length, "\xe2\x80\xa8", 3) != NULL ||
           memmem(text->bytes, text->length, "\xe2\x80\xa9", 3) != NULL;
}

bool tree_read(struct tree *tree, const struct text *text, struct fault *fault)
{
    struct builder *const builder = need(1, sizeof(*builder));
    struct node *keys[YAML_DEPTH_MAX];
    yaml_parser_t parser;

    *tree = (struct tree){ .text = text, .has_odd_breaks = has_odd_breaks(text) };
    if (!yaml_parser_initialize(&parser)) {
        free(builder);
        return fail_at(fault, 0, "there is not enough memory");
    }
    builder->tree = tree;
    builder->keys = keys;
    tree_marks_make(&builder->marks, text);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const yaml_char_t *)text->bytes + text->begin,
                                 text->length - text->begin);
    const bool is_read = build(builder, &parser, fault);
    yaml_parser_delete(&parser);
    tree_marks_free(&builder->marks);
    free(builder);
    return is_read;
}

void tree_free(struct tree *tree)
{
    pool_free(&tree->pool);
    free(tree->roots);
    *tree = (struct tree){ .roots = NULL };
}
