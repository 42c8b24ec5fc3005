/* C14, C15, C16: how much of the host a service may take. */
#include "compose/compose_checks.h"

#include <string.h>

static const char *const none[] = { NULL };
static const char *const memory_clashes[] = { "memswap_limit", "mem_reservation", NULL };
static const char *const cpus_same[] = { "cpu_quota", "cpu_percent", "cpu_count", "cpuset", NULL };

const struct compose_limit compose_memory = {
    .name = "mem_limit",
    .value = "512m",
    .deploy = "memory",
    .deploy_value = "512M",
    .message = "nothing limits its memory",
    .same = none,
    .clashes = memory_clashes,
};
const struct compose_limit compose_pids = {
    .name = "pids_limit",
    .value = "100",
    .deploy = "pids",
    .deploy_value = "100",
    .message = "nothing limits its processes",
    .same = none,
    .clashes = none,
};
const struct compose_limit compose_cpus = {
    .name = "cpus",
    .value = "1.0",
    .deploy = "cpus",
    .deploy_value = "1.0",
    .is_quoted = true,
    .message = "nothing limits its processors",
    .same = cpus_same,
    .clashes = none,
};

/* 0 and -1 are no limit. */
static bool is_limit(const struct node *value)
{
    if (value == NULL || node_is_null(value))
        return false;
    return value->kind != NODE_SCALAR ||
           (value->value[0] != '-' && strspn(value->value, "0.") != value->length);
}

/* deploy.resources.KIND, which is limits or reservations; NULL: it is not there. */
static const struct node *resources(const struct node *body, const char *kind)
{
    const struct node *const deploy = node_get(body, "deploy");

    return node_get(node_get(deploy, "resources"), kind);
}

static bool is_limited(const struct compose_service *service, const struct compose_limit *limit)
{
    for (int i = 0; i < 16 && service != NULL; i++, service = service->base) {
        const struct node *const limits = resources(service->body, "limits");
        const struct node *const own = node_get(service->body, limit->name);
        if (is_limit(own) || is_limit(node_get(limits, limit->deploy)) ||
            (own != NULL && own->tag != NULL) || (limits != NULL && limits->tag != NULL))
            return true;
        for (size_t j = 0; limit->same[j] != NULL; j++)
            if (is_limit(node_get(service->body, limit->same[j])))
                return true;
    }
    return false;
}

/* What is there in the place of the limit, and is none: what the fix would change. */
static const struct node *no_limit(const struct node *body, const struct compose_limit *limit)
{
    const struct node *const other = node_get(resources(body, "limits"), limit->deploy);

    return other != NULL ? other : node_get(body, limit->name);
}

void compose_find_limit(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct compose *const compose = document->model;
    const struct compose_limit *const limit = rule->detail;
    struct look look = { .document = document, .rule = rule, .findings = findings };

    for (size_t i = 0; i < compose->count; i++) {
        look.service = &compose->services[i];
        if (look.service->is_told && !is_limited(look.service, limit))
            compose_lacks(&look, rule->id, limit->name, no_limit(look.service->body, limit),
                          limit->message);
    }
}

/* --- the fix ---------------------------------------------------------------------------------- */

static bool has_clash(const struct compose_service *service, const struct compose_limit *limit,
                      struct edits *edits)
{
    for (size_t i = 0; limit->clashes[i] != NULL; i++)
        if (compose_has(service, limit->clashes[i])) {
            refuse(edits, "%s is there, and has to go with it: say both by hand",
                   limit->clashes[i]);
            return true;
        }
    if (node_get(resources(service->body, "reservations"), limit->deploy) != NULL) {
        refuse(edits, "some is reserved, and has to go with it: say both by hand");
        return true;
    }
    return false;
}

/* A value that is no limit becomes one. */
static bool set(const struct document *document, const struct node *value, const char *limit,
                bool is_quoted, struct edits *edits)
{
    const struct compose *const compose = document->model;

    return compose_may_change(edits, value) &&
           node_set(edits, &compose->tree, value, limit, is_quoted);
}

static bool fix_deploy(const struct document *document, const struct node *limits,
                       const struct compose_limit *limit, struct edits *edits)
{
    const char *const values[] = { limit->deploy_value, NULL };
    const struct fresh fresh = { .name = limit->deploy,
                                 .values = values,
                                 .is_quoted = limit->is_quoted };
    const struct compose *const compose = document->model;
    const struct node *const old = node_get(limits, limit->deploy);

    if (old != NULL)
        return set(document, old, limit->deploy_value, limit->is_quoted, edits);
    return compose_may_change(edits, limits) &&
           node_insert(edits, &compose->tree, limits, &fresh, 1);
}

bool compose_fix_limit(const struct document *document, const struct finding *finding,
                       struct edits *edits)
{
    const struct compose_limit *const limit = rule_of(document->reader, finding->check)->detail;
    const char *const values[] = { limit->value, NULL };
    const struct fresh fresh = { .name = limit->name, .values = values };
    const struct compose *const compose = document->model;
    const struct compose_service *const service = finding->node;
    const struct node *const limits = resources(service->body, "limits");
    const struct node *const old = node_get(service->body, limit->name);

    if (has_clash(service, limit, edits))
        return false;
    if (limits != NULL && limits->kind == NODE_MAPPING)
        return fix_deploy(document, limits, limit, edits);
    if (limits != NULL)
        return refuse(edits, "deploy.resources.limits is there, and is no mapping");
    if (old != NULL)
        return set(document, old, limit->value, false, edits);
    return compose_may_insert(document, service, edits) &&
           node_insert(edits, &compose->tree, service->body, &fresh, 1);
}
