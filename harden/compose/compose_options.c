/* C9, C10, C12: security_opt and cap_drop. */
#include "compose/compose_checks.h"

#include <string.h>
#include <strings.h>

static bool is_item(const struct node *item, bool (*is_it)(const char *value))
{
    const struct node *const seen = node_resolve(item);

    return seen->kind == NODE_SCALAR && is_it(seen->value);
}

/* The last item that `is_it`, which is the one that counts; NULL: there is none. */
static const struct node *find_item(const struct node *list, bool (*is_it)(const char *value))
{
    const struct node *last = NULL;

    if (list == NULL || list->kind != NODE_SEQUENCE)
        return NULL;
    for (const struct node *item = list->first; item != NULL; item = item->next)
        if (is_item(item, is_it))
            last = item;
    return last;
}

/* Whether what is there is known to us all: a list, of this file. */
static bool is_list(const struct node *value)
{
    return value == NULL || node_is_null(value) ||
           (value->kind == NODE_SEQUENCE &&
            (value->tag == NULL || value->tag[0] != '!' || strcmp(value->tag, "!override") == 0));
}

/* A list of the service gets one item more, or is made of it. */
static bool add_item(const struct document *document, const struct compose_service *service,
                     const struct fresh *fresh, struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const list = node_get(service->body, fresh->name);

    if (list == NULL)
        return compose_may_insert(document, service, edits) &&
               node_insert(edits, &compose->tree, service->body, fresh, 1);
    if (list->kind != NODE_SEQUENCE)
        return refuse(edits, "%s is there, and is nothing", fresh->name);
    return compose_may_change(edits, list) && node_append(edits, &compose->tree, list, fresh);
}

/* Compose takes no list with an item twice: one that goes may make it one that Compose takes. */
static bool may_shorten(const struct node *list, struct edits *edits)
{
    enum { ITEMS_MAX = 100 }; /* each finding in it asks for all of it */

    if (list->kind != NODE_SEQUENCE)
        return refuse(edits, "security_opt is no list");
    if (list->count > ITEMS_MAX)
        return refuse(edits, "security_opt has more than %d items", ITEMS_MAX);
    return !compose_has_twice(list) ||
           refuse(edits, "an item is there twice: Compose takes no such list");
}

/* --- C9 --------------------------------------------------------------------------------------- */

/* no-new-privileges, with :true or =true; it is on without as well. */
static bool is_new_privileges(const char *value)
{
    return strncmp(value, "no-new-privileges", strlen("no-new-privileges")) == 0;
}

/* The words that Docker takes for false. */
static bool is_off(const char *value)
{
    static const char *const falses[] = { "false", "f", "0" };

    value += strcspn(value, ":=");
    for (size_t i = 0; i < sizeof(falses) / sizeof(falses[0]); i++)
        if (value[0] != '\0' && strcasecmp(value + 1, falses[i]) == 0)
            return true;
    return false;
}

static bool is_privileges_on(const char *value)
{
    return is_new_privileges(value) && !is_off(value);
}

static bool is_privileges_off(const char *value)
{
    return is_new_privileges(value) && is_off(value);
}

void compose_find_new_privileges(const struct document *document, const struct rule *rule,
                                 struct findings *findings)
{
    const struct compose *const compose = document->model;
    struct look look = { .document = document, .rule = rule, .findings = findings };

    for (size_t i = 0; i < compose->count; i++) {
        const struct compose_service *const service = &compose->services[i];
        const struct node *const list = compose_get(service, "security_opt");
        const struct node *const item = find_item(list, is_new_privileges);
        look.service = service;
        if (service->is_told && is_list(list) && (item == NULL || is_item(item, is_off)))
            compose_lacks(&look, "C9", "security_opt", item != NULL ? item : list,
                          item == NULL ? "nothing says no-new-privileges"
                                       : "no-new-privileges is false");
    }
}

static bool off_goes(const struct node *item)
{
    return is_item(item, is_privileges_off);
}

/* What says no becomes yes; or it goes, where another says yes, as Compose takes no item twice. */
static bool turn_on(const struct compose *compose, const struct node *list, const char *value,
                    struct edits *edits)
{
    const struct node *const last = find_item(list, is_new_privileges);
    bool is_removed = true;

    if (!compose_may_change(edits, last))
        return false;
    if (find_item(list, is_privileges_on) == NULL) {
        for (const struct node *item = list->first; item != last; item = item->next)
            if (off_goes(item))
                return refuse(edits, "it is there twice");
        return node_set(edits, &compose->tree, last, value, false);
    }
    if (!may_shorten(list, edits))
        return false;
    for (const struct node *item = list->first; item != NULL && is_removed; item = item->next)
        if (off_goes(item))
            is_removed = node_remove(edits, &compose->tree, item, off_goes);
    return is_removed;
}

bool compose_fix_new_privileges(const struct document *document, const struct finding *finding,
                                struct edits *edits)
{
    static const char *const values[] = { "no-new-privileges:true", NULL };
    static const struct fresh option = {
        .name = "security_opt", .values = values, .is_list = true, .is_quoted = true
    };
    const struct compose *const compose = document->model;
    const struct compose_service *const service = finding->node;
    const struct node *const list = node_get(service->body, "security_opt");

    if (find_item(list, is_new_privileges) != NULL)
        return turn_on(compose, list, values[0], edits);
    return add_item(document, service, &option, edits);
}

/* --- C10 -------------------------------------------------------------------------------------- */

static bool is_unconfined(const char *value)
{
    static const char *const off[] = { "seccomp:unconfined",     "seccomp=unconfined",
                                       "apparmor:unconfined",    "apparmor=unconfined",
                                       "label:disable",          "label=disable",
                                       "systempaths:unconfined", "systempaths=unconfined" };

    for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
        if (strcasecmp(value, off[i]) == 0)
            return true;
    return false;
}

static void see_option(const struct look *look, const struct node *item)
{
    const char *const value = node_resolve(item)->value;

    if (node_resolve(item)->kind == NODE_SCALAR && is_unconfined(value))
        compose_found(look, "C10", item, value, "%s", value);
}

void compose_find_unconfined(const struct document *document, const struct rule *rule,
                             struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each_item(&look, "security_opt", see_option);
}

static bool item_goes(const struct node *item)
{
    return is_item(item, is_unconfined);
}

/* Of the service: the list goes. */
static bool list_goes(const struct node *value)
{
    return value->key != NULL && node_is(value->key, "security_opt");
}

/* When all of a list's items go, so does the list: once, for all of them. */
bool compose_fix_unconfined(const struct document *document, const struct finding *finding,
                            struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const item = finding->node;
    const struct node *const list = item->parent;
    bool is_all = true;

    if (!compose_may_change(edits, item) || !may_shorten(list, edits))
        return false;
    for (const struct node *other = list->first; other != NULL; other = other->next)
        is_all &= item_goes(other);
    return is_all ? node_remove(edits, &compose->tree, list, list_goes)
                  : node_remove(edits, &compose->tree, item, item_goes);
}

/* --- C12 -------------------------------------------------------------------------------------- */

static bool is_all(const char *value)
{
    return strcasecmp(value, "ALL") == 0 || strcasecmp(value, "CAP_ALL") == 0;
}

void compose_find_cap_drop(const struct document *document, const struct rule *rule,
                           struct findings *findings)
{
    const struct compose *const compose = document->model;
    struct look look = { .document = document, .rule = rule, .findings = findings };

    for (size_t i = 0; i < compose->count; i++) {
        const struct node *const list = compose_get(&compose->services[i], "cap_drop");
        look.service = &compose->services[i];
        if (look.service->is_told && is_list(list) && find_item(list, is_all) == NULL)
            compose_lacks(&look, "C12", "cap_drop", list, "it keeps the default capabilities");
    }
}

bool compose_fix_cap_drop(const struct document *document, const struct finding *finding,
                          struct edits *edits)
{
    static const char *const values[] = { "ALL", NULL };
    static const struct fresh drop = { .name = "cap_drop", .values = values, .is_list = true };

    return add_item(document, finding->node, &drop, edits);
}
