/* What is asked of a tree. */
#include "yaml/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct node *node_resolve(const struct node *node)
{
    /* an anchor is never an alias's: one step is enough */
    return node != NULL && node->kind == NODE_ALIAS ? node->target : node;
}

bool node_is(const struct node *node, const char *value)
{
    return node != NULL && node->kind == NODE_SCALAR && node->length == strlen(value) &&
           memcmp(node->value, value, node->length) == 0;
}

/* Whether it is one of them, in capitals or small letters; ends with NULL. */
static bool is_any(const struct node *node, const char *const *values)
{
    if (node == NULL || node->kind != NODE_SCALAR || strlen(node->value) != node->length)
        return false;
    for (size_t i = 0; values[i] != NULL; i++)
        if (strcasecmp(node->value, values[i]) == 0)
            return true;
    return false;
}

bool node_is_null(const struct node *node)
{
    static const char *const nulls[] = { "", "~", "null", NULL };

    return node != NULL && node->kind == NODE_SCALAR && node->style == STYLE_PLAIN &&
           node->tag == NULL && is_any(node, nulls);
}

bool node_is_true(const struct node *node)
{
    static const char *const trues[] = { "true", "yes", "on", NULL };

    return is_any(node, trues);
}

bool node_is_false(const struct node *node)
{
    static const char *const falses[] = { "false", "no", "off", NULL };

    return is_any(node, falses);
}

bool node_is_merge(const struct node *value)
{
    const struct node *const key = value->key;

    return key != NULL && key->style == STYLE_PLAIN && node_is(key, "<<");
}

const struct node *node_own(const struct node *mapping, const char *name)
{
    const struct node *last = NULL;

    if (mapping == NULL || mapping->kind != NODE_MAPPING)
        return NULL;
    const size_t length = strlen(name);
    for (const struct node *value = mapping->first; value != NULL; value = value->next) {
        const struct node *const key = node_resolve(value->key);
        if (key != NULL && key->length == length && key->kind == NODE_SCALAR &&
            memcmp(key->value, name, length) == 0)
            last = value;
    }
    return last;
}

/* In what a << has: a mapping, or a list of them, of which the first that has it counts. */
static const struct node *find_merged(const struct node *merged, const char *name)
{
    const struct node *found = NULL;

    if (merged->kind == NODE_MAPPING)
        return node_get(merged, name);
    if (merged->kind != NODE_SEQUENCE)
        return NULL;
    for (const struct node *item = merged->first; item != NULL && found == NULL; item = item->next)
        found = node_get(item, name);
    return found;
}

/* As deep as the merges are in each other: no more than anchors, which are bounded. */
const struct node *node_get(const struct node *mapping, const char *name)
{
    const struct node *const seen = node_resolve(mapping);
    const struct node *const own = node_own(seen, name);

    if (own != NULL || seen == NULL || seen->kind != NODE_MAPPING)
        return node_resolve(own);
    for (const struct node *value = seen->first; value != NULL; value = value->next) {
        if (!node_is_merge(value))
            continue;
        const struct node *const found = find_merged(node_resolve(value), name);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* --- names that come twice -------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    const struct node *const x = *(const struct node *const *)a;
    const struct node *const y = *(const struct node *const *)b;
    const size_t length = x->key->length < y->key->length ? x->key->length : y->key->length;
    const int order = memcmp(x->key->value, y->key->value, length);

    if (order != 0)
        return order;
    if (x->key->length != y->key->length)
        return x->key->length < y->key->length ? -1 : 1;
    return x->at.offset < y->at.offset ? -1 : x->at.offset > y->at.offset;
}

static bool is_same_key(const struct node *a, const struct node *b)
{
    return a->key->length == b->key->length &&
           memcmp(a->key->value, b->key->value, a->key->length) == 0;
}

/* << may be there twice to some, and is no name. */
const struct node *tree_find_twin(const struct node *mapping)
{
    const struct node *twin = NULL;
    size_t count = 0;

    if (mapping->kind != NODE_MAPPING || mapping->count < 2)
        return NULL;
    const struct node **const values = need(mapping->count, sizeof(void *));
    for (const struct node *value = mapping->first; value != NULL; value = value->next)
        if (value->key->kind == NODE_SCALAR)
            values[count++] = value;
    if (count > 1)
        qsort(values, count, sizeof(void *), compare_keys);
    for (size_t i = 1; i < count; i++)
        if (is_same_key(values[i - 1], values[i]) &&
            (twin == NULL || values[i]->key->at.offset < twin->key->at.offset))
            twin = values[i];
    free(values);
    return twin;
}

/* --- all of them ------------------------------------------------------------------------------ */

const struct node *node_following(const struct node *node)
{
    if (node->first != NULL)
        return node->first;
    while (node != NULL && node->next == NULL)
        node = node->parent;
    return node != NULL ? node->next : NULL;
}

const char *node_shared(const struct node *node)
{
    for (; node != NULL; node = node->parent)
        if (node->aliases > node->merges)
            return node->anchor;
    return NULL;
}
