/* C13: services that may write to their image's files. */
#include "compose/compose_checks.h"

#include "core/images.h"

#include <string.h>

enum { FOLDERS_MAX = 4, EXTENDS_MAX = 16 };

/*
 * What images write to besides the volumes that they declare, by what their makers say of them. Of
 * any other image it is not known.
 */
static const struct known_image {
    const char *repository;
    const char *folders[FOLDERS_MAX];
    const char *beyond; /* something mounted there is read at the start, and written elsewhere */
} known_images[] = {
    { "postgres", { "/run", "/tmp" }, NULL },
    { "nginx", { "/var/cache/nginx", "/run" }, "/etc/nginx/templates" },
    { "nginxinc/nginx-unprivileged", { "/tmp" }, "/etc/nginx/templates" },
    { "redis", { "/tmp" }, NULL },
    { "valkey/valkey", { "/tmp" }, NULL },
    { "memcached", { "/tmp" }, NULL },
    { "mysql", { "/run/mysqld", "/tmp" }, NULL },
    { "mariadb", { "/run/mysqld", "/tmp" }, NULL },
    { "httpd", { "/usr/local/apache2/logs" }, NULL },
    { "traefik", { "/tmp" }, NULL },
    { "registry", { "/tmp" }, NULL },
    { "prom/prometheus", { "/tmp" }, NULL },
    { "prom/node-exporter", { "/tmp" }, NULL },
    { "prom/alertmanager", { "/tmp" }, NULL },
};

static const struct known_image *known(const char *repository)
{
    for (size_t i = 0; i < sizeof(known_images) / sizeof(known_images[0]); i++)
        if (strcmp(known_images[i].repository, repository) == 0)
            return &known_images[i];
    return NULL;
}

void compose_find_writable(const struct document *document, const struct rule *rule,
                           struct findings *findings)
{
    const struct compose *const compose = document->model;
    struct look look = { .document = document, .rule = rule, .findings = findings };

    for (size_t i = 0; i < compose->count; i++) {
        const struct node *const value = compose_get(&compose->services[i], "read_only");
        look.service = &compose->services[i];
        if (look.service->is_told &&
            (value == NULL || node_is_null(value) || (node_is_false(value) && value->tag == NULL)))
            compose_lacks(&look, rule->id, "read_only", value, "it may write to its image's files");
    }
}

/* --- the fix ---------------------------------------------------------------------------------- */

/* Whether a mount of one of these forms is at the path, or at one above: A:PATH, PATH:options. */
static bool is_at(const char *target, size_t length, const char *path)
{
    while (length > 1 && target[length - 1] == '/')
        length--;
    return length > 1 && strncmp(path, target, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/* /var/run is /run. */
static bool covers(const char *target, size_t length, const char *path)
{
    const bool is_run = length >= 8 && memcmp(target, "/var/run", 8) == 0;

    return is_at(target, length, path) || (is_run && is_at(target + 4, length - 4, path));
}

static bool has_volume(const struct compose_service *service, const char *path)
{
    const struct node *const volumes = compose_get(service, "volumes");

    if (volumes == NULL || volumes->kind != NODE_SEQUENCE)
        return false;
    for (const struct node *item = volumes->first; item != NULL; item = item->next) {
        const struct node *const seen = node_resolve(item);
        const struct node *const target = node_get(seen, "target");
        const char *value = seen->kind == NODE_SCALAR                       ? seen->value
                            : target != NULL && target->kind == NODE_SCALAR ? target->value
                                                                            : "";
        const char *const colon = strchr(value, ':');
        value = colon != NULL ? colon + 1 : value;
        if (covers(value, strcspn(value, ":"), path))
            return true;
    }
    return false;
}

static bool has_tmpfs(const struct compose_service *service, const char *path)
{
    const struct node *const tmpfs = compose_get(service, "tmpfs");
    const struct node *item = tmpfs;

    if (tmpfs != NULL && tmpfs->kind == NODE_SEQUENCE)
        item = tmpfs->first;
    for (; item != NULL; item = item == tmpfs ? NULL : item->next) {
        const struct node *const seen = node_resolve(item);
        if (seen->kind == NODE_SCALAR && covers(seen->value, strcspn(seen->value, ":"), path))
            return true;
    }
    return false;
}

/* Those of the image's folders that nothing is mounted at; ends with NULL. */
static void find_folders(const struct compose_service *service, const struct known_image *image,
                         const char **folders)
{
    size_t count = 0;

    for (size_t i = 0; i < FOLDERS_MAX && image->folders[i] != NULL; i++)
        if (!has_volume(service, image->folders[i]) && !has_tmpfs(service, image->folders[i]))
            folders[count++] = image->folders[i];
    folders[count] = NULL;
}

/* What is known of the service's image; NULL after refuse(). */
static const struct known_image *image_of(const struct document *document,
                                          const struct compose_service *service,
                                          struct edits *edits)
{
    struct compose *const compose = document->model;
    const struct node *const node = compose_get(service, "image");
    bool is_known = false;

    if (compose_has(service, "build") || node == NULL || node->kind != NODE_SCALAR) {
        refuse(edits, "what it writes to is not known: it is built here");
        return NULL;
    }
    const char *const reference = compose_expand(document, node->value, &is_known);
    const struct image image = image_split(&compose->tree.pool, reference);
    const struct known_image *const found = known(image.repository);
    if (found == NULL)
        refuse(edits, "what the image %.100s writes to is not known", image.repository);
    else if (found->beyond == NULL || !has_volume(service, found->beyond))
        return found;
    else
        refuse(edits, "of what is at %s it makes files in its image", found->beyond);
    return NULL;
}

/* Others that go on from this one may have another image. */
static bool is_base(const struct compose *compose, const struct compose_service *service)
{
    for (size_t i = 0; i < compose->count; i++) {
        const struct compose_service *above = compose->services[i].base;
        for (int depth = 0; above != NULL && depth < EXTENDS_MAX; depth++, above = above->base)
            if (above == service)
                return true;
    }
    return service->body->aliases > 0;
}

static bool fix_tmpfs(const struct document *document, const struct compose_service *service,
                      const struct fresh *tmpfs, struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const list = compose_get(service, "tmpfs");

    if (list->kind != NODE_SEQUENCE || list != node_own(service->body, "tmpfs"))
        return refuse(edits, "its tmpfs is no list here: add %s by hand", tmpfs->values[0]);
    return compose_may_change(edits, list) && node_append(edits, &compose->tree, list, tmpfs);
}

bool compose_fix_writable(const struct document *document, const struct finding *finding,
                          struct edits *edits)
{
    static const char *const yes[] = { "true", NULL };
    const struct compose *const compose = document->model;
    const struct compose_service *const service = finding->node;
    const struct node *const old = node_own(service->body, "read_only");
    const char *folders[FOLDERS_MAX + 1];
    struct fresh fresh[] = { { .name = "read_only", .values = yes },
                             { .name = "tmpfs", .values = folders, .is_list = true } };
    const struct known_image *const image = image_of(document, service, edits);

    if (image == NULL)
        return false;
    if (is_base(compose, service))
        return refuse(edits, "other services go on from it, and may write to other folders");
    if (!compose_may_insert(document, service, edits))
        return false;
    find_folders(service, image, folders);
    const bool is_new_list = folders[0] != NULL && compose_get(service, "tmpfs") == NULL;
    if (folders[0] != NULL && !is_new_list && !fix_tmpfs(document, service, &fresh[1], edits))
        return false;
    if (old == NULL)
        return node_insert(edits, &compose->tree, service->body, fresh, is_new_list ? 2 : 1);
    if (is_new_list && !node_insert(edits, &compose->tree, service->body, &fresh[1], 1))
        return false;
    return compose_may_change(edits, old) && node_set(edits, &compose->tree, old, "true", false);
}
