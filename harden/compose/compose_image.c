/* C18, C19, C23: health, images, and names that are there twice. */
#include "compose/compose_checks.h"

#include "core/images.h"

#include <string.h>

/* --- C18 -------------------------------------------------------------------------------------- */

/* test: NONE, or ["NONE"]. */
static bool is_none(const struct node *test)
{
    if (test != NULL && test->kind == NODE_SEQUENCE)
        test = node_resolve(test->first);
    return node_is(test, "NONE");
}

static void see_health(const struct look *look, const struct node *value)
{
    const struct node *const disable = node_get(value, "disable");

    if (node_is_true(disable) || is_none(node_get(value, "test")))
        compose_found(look, "C18", value, NULL, "its health check is off");
}

/* An image that is built here may have one of its own: that is the Dockerfile's matter. */
void compose_find_health(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    const struct compose *const compose = document->model;
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each(&look, "healthcheck", see_health);
    for (size_t i = 0; i < compose->count; i++) {
        look.service = &compose->services[i];
        if (look.service->is_told && !compose_has(look.service, "build") &&
            !compose_has(look.service, "healthcheck"))
            compose_lacks(&look, "C18", "healthcheck", NULL, "nothing asks whether it works");
    }
}

/* --- C19 -------------------------------------------------------------------------------------- */

/* What is built here gets that name: nobody is asked for it. */
static void see_image(const struct look *look, const struct node *value)
{
    struct compose *const compose = look->document->model;
    bool is_known;

    if (value->kind != NODE_SCALAR || compose_has(look->service, "build"))
        return;
    const char *const reference = compose_expand(look->document, value->value, &is_known);
    const struct image image = image_split(&compose->tree.pool, reference);
    const char *const fault = is_known ? image_fault(&compose->tree.pool, &image) : NULL;
    if (fault != NULL)
        compose_found(look, "C19", value, NULL, "%s: %s", value->value, fault);
}

void compose_find_image(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each(&look, "image", see_image);
}

/* --- C23 -------------------------------------------------------------------------------------- */

void compose_find_twins(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct compose *const compose = document->model;

    for (size_t i = 0; i < compose->tree.count; i++)
        for (const struct node *node = compose->tree.roots[i]; node != NULL;
             node = node_following(node)) {
            if (node->twin == NULL)
                continue;
            const struct node *const key = node->twin->key;
            found(findings, rule->id,
                  (struct where){ .at = key->at, .node = node->twin, .subject = key->value },
                  "%s is there before, in the same mapping", key->value);
        }
}
