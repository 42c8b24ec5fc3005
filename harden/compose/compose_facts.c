/*
 * What a Compose file says: all that its tree does, and which lists have an item twice. Compose
 * takes no such list; so a fix that would make one means something that it did not say.
 */
#include "compose/compose.h"

#include <stdlib.h>
#include <string.h>

static int compare_items(const void *a, const void *b)
{
    const struct node *const x = *(const struct node *const *)a;
    const struct node *const y = *(const struct node *const *)b;
    const int order = memcmp(x->value, y->value, x->length < y->length ? x->length : y->length);

    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

bool compose_has_twice(const struct node *list)
{
    const struct node **const items = need(list->count, sizeof(void *));
    size_t count = 0;
    bool is_twice = false;

    for (const struct node *item = list->first; item != NULL; item = item->next)
        if (node_resolve(item)->kind == NODE_SCALAR)
            items[count++] = node_resolve(item);
    if (count > 1)
        qsort(items, count, sizeof(void *), compare_items);
    for (size_t i = 1; i < count && !is_twice; i++)
        is_twice = compare_items(&items[i - 1], &items[i]) == 0;
    free(items);
    return is_twice;
}

void compose_facts(const struct document *document, struct facts *facts)
{
    const struct compose *const compose = document->model;

    tree_facts(facts, &compose->tree);
    for (size_t i = 0; i < compose->count; i++) {
        const struct node *const body = compose->services[i].body;
        for (const struct node *value = body != NULL ? body->first : NULL; value != NULL;
             value = value->next) {
            struct bytes fact = { .data = NULL };
            if (value->kind != NODE_SEQUENCE || value->count < 2 || !compose_has_twice(value))
                continue;
            bytes_text(&fact, "an item twice in ");
            node_put_path(&fact, value);
            fact_add(facts, fact.data, fact.length);
            bytes_free(&fact);
        }
    }
}
