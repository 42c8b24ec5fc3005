/* How checks go through the services, and what they say of them. */
#include "compose/compose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool look_first(const struct look *look, const struct node *node)
{
    const bool is_new = !look->seen[node->fact];

    look->seen[node->fact] = 1;
    return is_new;
}

static bool is_wanted(const struct node *value)
{
    return value != NULL && !node_is_null(value) &&
           (value->tag == NULL || strcmp(value->tag, "!reset") != 0);
}

static void each(struct look *look, const char *name, bool is_items,
                 void (*see)(const struct look *look, const struct node *value))
{
    const struct compose *const compose = look->document->model;

    look->seen = need(compose->tree.fact_count, 1);
    look->name = name;
    for (size_t i = 0; i < compose->count; i++) {
        const struct node *const value = node_get(compose->services[i].body, name);
        look->service = &compose->services[i];
        if (!is_wanted(value) || !look_first(look, value))
            continue;
        if (!is_items || value->kind != NODE_SEQUENCE) {
            see(look, value);
            continue;
        }
        for (const struct node *item = value->first; item != NULL; item = item->next)
            see(look, item);
    }
    free(look->seen);
    look->seen = NULL;
}

void compose_each(struct look *look, const char *name,
                  void (*see)(const struct look *look, const struct node *value))
{
    each(look, name, false, see);
}

void compose_each_item(struct look *look, const char *name,
                       void (*see)(const struct look *look, const struct node *item))
{
    each(look, name, true, see);
}

/* --- findings --------------------------------------------------------------------------------- */

/* What to point at: a block that is a collection has no end to be sure of. */
static struct span place_of(const struct node *node)
{
    const bool is_block = node->style == STYLE_BLOCK && node->kind != NODE_ALIAS;

    if (!is_block && node->at.length > 0)
        return node->at;
    if (node->key != NULL && node->key->at.length > 0 && node->key->style != STYLE_BLOCK &&
        node->key->kind == NODE_SCALAR)
        return node->key->at;
    return (struct span){ .offset = node->at.offset, .length = node->at.length > 0 };
}

/* The entry of the service that it is a part of: a comment before that counts too. */
static struct span statement_of(const struct look *look, const struct node *node)
{
    while (node->parent != NULL && (node->key == NULL || !node_is(node->key, look->name)))
        node = node->parent;
    return place_of(node->key != NULL ? node->key : node);
}

static char *subject_of(const struct look *look, const char *name, const char *detail)
{
    return format_text("services.%s.%s%s%s", look->service->name, name, detail != NULL ? "." : "",
                       detail != NULL ? detail : "");
}

void compose_found(const struct look *look, const char *id, const struct node *node,
                   const char *detail, const char *format, ...)
{
    char *const subject = subject_of(look, look->name, detail);
    const struct where where = {
        .at = place_of(node), .within = statement_of(look, node), .node = node, .subject = subject
    };
    char *message;
    va_list args;

    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = NULL;
    va_end(args);
    found(look->findings, id, where, "%s: %s", look->service->name, message != NULL ? message : id);
    free(message);
    free(subject);
}

void compose_lacks(const struct look *look, const char *id, const char *name,
                   const struct node *there, const char *message)
{
    const struct node *const key = look->service->key;
    char *const subject = subject_of(look, name, NULL);
    const struct where where = { .at = place_of(there != NULL ? there : key),
                                 .within = place_of(key),
                                 .node = look->service,
                                 .subject = subject };

    found(look->findings, id, where, "%s: %s", look->service->name, message);
    free(subject);
}

/* --- variables -------------------------------------------------------------------------------- */

size_t compose_skip_variable(const char *value, size_t at)
{
    size_t depth = 0;

    if (value[at] != '$' || value[at + 1] != '{')
        return at + 1;
    for (size_t end = at; value[end] != '\0'; end++) {
        if (value[end] == '$' && value[end + 1] == '{')
            depth++;
        else if (value[end] == '}' && --depth == 0)
            return end + 1;
    }
    return at + 1;
}

/* Longer values are no ports nor paths. */
enum { EXPAND_MAX = 4096 };

/* Of ${NAME:-VALUE} or ${NAME-VALUE}, adds the value. */
static bool add_default(struct bytes *out, const char *variable, size_t length)
{
    size_t at = 2 + strspn(variable + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789_");

    at += variable[at] == ':';
    if (at + 1 >= length || variable[at] != '-')
        return false;
    bytes_add(out, variable + at + 1, length - at - 2);
    return memchr(variable + at + 1, '$', length - at - 2) == NULL;
}

const char *compose_expand(const struct document *document, const char *value, bool *is_known)
{
    struct compose *const compose = document->model;
    struct bytes out = { .data = NULL };

    *is_known = strlen(value) <= EXPAND_MAX;
    if (!*is_known)
        return value;
    bytes_text(&out, "");
    for (size_t at = 0; value[at] != '\0';) {
        const size_t end = compose_skip_variable(value, at);
        if (value[at] == '$' && value[at + 1] == '$') {
            bytes_text(&out, "$");
            at += 2;
            continue;
        }
        if (value[at] != '$')
            bytes_add(&out, value + at, 1);
        else if (end == at + 1 || !add_default(&out, value + at, end - at))
            *is_known = false;
        at = end;
    }
    char *const copy = pool_take(&compose->tree.pool, out.length + 1);
    memcpy(copy, out.data, out.length);
    bytes_free(&out);
    return copy;
}

/* --- fixes ------------------------------------------------------------------------------------ */

bool compose_may_change(struct edits *edits, const struct node *node)
{
    const char *const shared = node_shared(node);

    if (shared != NULL)
        return refuse(edits, "it is of &%s, which other parts of the file stand for", shared);
    if (node->kind == NODE_ALIAS)
        return refuse(edits, "it is *%s, which is written elsewhere", node->value);
    for (; node != NULL; node = node->parent)
        if (node->twin != NULL)
            return refuse(edits, "a name is there twice: programs disagree about which counts");
    return true;
}

/* How many services merge that mapping and nothing else. */
static size_t count_merging(const struct compose *compose, const struct node *body)
{
    size_t count = 0;

    for (size_t i = 0; i < compose->count; i++) {
        const struct node *const other = compose->services[i].body;
        const struct node *merged = NULL;
        size_t merges = 0;
        for (const struct node *value = other != NULL ? other->first : NULL; value != NULL;
             value = value->next)
            if (node_is_merge(value)) {
                merged = node_resolve(value);
                merges++;
            }
        count += merges == 1 && merged == body;
    }
    return count;
}

bool compose_may_insert(const struct document *document, const struct compose_service *service,
                        struct edits *edits)
{
    const struct compose *const compose = document->model;

    if (compose->is_version_1)
        return refuse(edits, "it is a file of version 1, which has other names");
    if (service->body == NULL || service->value != service->body)
        return refuse(edits, "the service is an alias: it is written elsewhere");
    if (!compose_may_change(edits, service->body))
        return false;
    if (service->body->aliases > 0 &&
        service->body->aliases != count_merging(compose, service->body))
        return refuse(edits, "it is of &%s, which other parts of the file stand for",
                      service->body->anchor);
    return true;
}
