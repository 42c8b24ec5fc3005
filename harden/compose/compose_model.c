/* Which services a Compose file tells of. */
#include "compose/compose.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { EXTENDS_MAX = 16 };

/* --- services --------------------------------------------------------------------------------- */

static bool is_mapping(const struct node *node)
{
    return node != NULL && node->kind == NODE_MAPPING;
}

static void add_services(struct compose *compose, const struct node *services)
{
    for (const struct node *value = services->first; value != NULL; value = value->next) {
        const struct node *const body = node_resolve(value);
        const struct node *const key = value->key;
        if (key->kind != NODE_SCALAR || node_is_merge(value))
            continue;
        compose->services = need_room(compose->services, &compose->room, compose->count + 1,
                                      sizeof(compose->services[0]));
        compose->services[compose->count++] = (struct compose_service){
            .name = key->value,
            .key = key,
            .value = value,
            .body = is_mapping(body) ? body : NULL,
        };
    }
}

/* Of version 1: no `services`, but something at the top that has an image, or is built. */
static bool is_version_1(const struct node *root)
{
    if (node_get(root, "services") != NULL || node_get(root, "version") != NULL)
        return false;
    for (const struct node *value = root->first; value != NULL; value = value->next)
        if (is_mapping(node_resolve(value)) && !node_is_merge(value) &&
            (node_get(value, "image") != NULL || node_get(value, "build") != NULL) &&
            strncmp(value->key->kind == NODE_SCALAR ? value->key->value : "", "x-", 2) != 0)
            return true;
    return false;
}

static void find_services(struct compose *compose)
{
    for (size_t i = 0; i < compose->tree.count; i++) {
        const struct node *const root = compose->tree.roots[i];
        const struct node *const services = node_get(root, "services");
        if (!is_mapping(root))
            continue;
        if (is_mapping(services)) {
            add_services(compose, services);
        } else if (is_version_1(root)) {
            compose->is_version_1 = true;
            add_services(compose, root);
        }
    }
}

/* --- what goes on from what ------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const struct compose_service *const x = *(struct compose_service *const *)a;
    const struct compose_service *const y = *(struct compose_service *const *)b;

    return strcmp(x->name, y->name);
}

/* The services, to be found by their name, and by the fact of what they are. */
struct index {
    const struct compose *compose;
    struct compose_service **names;
    struct compose_service **bodies;
};

static void make_index(struct index *index, const struct compose *compose)
{
    *index = (struct index){ .compose = compose };
    index->names = need(compose->count, sizeof(void *));
    index->bodies = need(compose->tree.fact_count, sizeof(void *));
    for (size_t i = 0; i < compose->count; i++) {
        struct compose_service *const service = &compose->services[i];
        index->names[i] = service;
        if (service->body != NULL && index->bodies[service->body->fact] == NULL)
            index->bodies[service->body->fact] = service;
    }
    if (compose->count > 1)
        qsort(index->names, compose->count, sizeof(void *), compare_names);
}

static struct compose_service *service_named(const struct index *index, const char *name)
{
    const struct compose_service like = { .name = name }, *const wanted = &like;
    struct compose_service **const found =
        bsearch(&wanted, index->names, index->compose->count, sizeof(void *), compare_names);

    return found != NULL ? *found : NULL;
}

/* What it extends: a service of another file, or of this. */
static void find_base(struct compose_service *service, const struct index *index)
{
    const struct node *const extends = node_get(service->body, "extends");
    const struct node *const name = is_mapping(extends) ? node_get(extends, "service") : extends;

    if (extends == NULL || node_is_null(extends))
        return;
    if (name != NULL && name->kind == NODE_SCALAR &&
        (!is_mapping(extends) || node_get(extends, "file") == NULL))
        service->base = service_named(index, name->value);
    service->extends_file = service->base == NULL;
}

const struct node *compose_get(const struct compose_service *service, const char *name)
{
    for (int i = 0; i < EXTENDS_MAX && service != NULL; i++, service = service->base) {
        const struct node *const value = node_get(service->body, name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

bool compose_has(const struct compose_service *service, const char *name)
{
    const struct node *const value = compose_get(service, name);

    return value != NULL && (!node_is_null(value) || value->tag != NULL);
}

static bool is_whole(const struct compose *compose, const struct compose_service *service)
{
    const struct compose_service *above = service;

    for (int i = 0; i < EXTENDS_MAX && above != NULL; i++, above = above->base)
        if (above->extends_file)
            return false;
    return !compose->is_override && service->body != NULL &&
           (compose_has(service, "image") || compose_has(service, "build"));
}

static bool is_other(const struct index *index, const struct compose_service *service,
                     const struct node *body)
{
    const struct compose_service *const other = index->bodies[node_resolve(body)->fact];

    return other != NULL && other != service && is_whole(index->compose, other);
}

/* Whether all that it lacks is told of another one: it is that, extends it, or merges it. */
static bool is_copy(const struct index *index, const struct compose_service *service)
{
    if (service->base != NULL && is_whole(index->compose, service->base))
        return true;
    if (is_other(index, service, service->body))
        return true;
    for (const struct node *value = service->body->first; value != NULL; value = value->next) {
        const struct node *const merged = node_resolve(value);
        if (!node_is_merge(value))
            continue;
        if (is_other(index, service, merged))
            return true;
        for (const struct node *item = merged->first; item != NULL; item = item->next)
            if (merged->kind == NODE_SEQUENCE && is_other(index, service, item))
                return true;
    }
    return false;
}

static void relate(struct compose *compose)
{
    struct index index;

    make_index(&index, compose);
    for (size_t i = 0; i < compose->count; i++)
        find_base(&compose->services[i], &index);
    for (size_t i = 0; i < compose->count; i++) {
        struct compose_service *const service = &compose->services[i];
        service->is_told = is_whole(compose, service) && !is_copy(&index, service);
    }
    free(index.names);
    free(index.bodies);
}

/* --- the model -------------------------------------------------------------------------------- */

static const char *base_name(const struct text *text)
{
    const char *const slash = strrchr(text->name, '/');

    return slash != NULL ? slash + 1 : text->name;
}

struct compose *compose_read(const struct text *text, struct fault *fault)
{
    struct compose *const compose = need(1, sizeof(*compose));

    if (!tree_read(&compose->tree, text, fault)) {
        compose_free(compose);
        return NULL;
    }
    compose->is_override = fnmatch("*[._-]override[._-]*", base_name(text), FNM_CASEFOLD) == 0;
    find_services(compose);
    relate(compose);
    return compose;
}

void compose_free(struct compose *compose)
{
    tree_free(&compose->tree);
    free(compose->services);
    free(compose);
}

bool compose_looks(const struct text *text)
{
    static const char *const names[] = { "compose.y*ml", "compose.*.y*ml", "docker-compose*.y*ml" };
    static const char word[] = "services:";

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (fnmatch(names[i], base_name(text), FNM_CASEFOLD) == 0)
            return true;
    for (size_t line = 1; line <= text->line_count; line++) {
        const struct span span = text_line(text, line);
        if (span.length >= sizeof(word) - 1 &&
            memcmp(text->bytes + span.offset, word, sizeof(word) - 1) == 0)
            return true;
    }
    return false;
}
