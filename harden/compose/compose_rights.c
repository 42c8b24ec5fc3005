/* C1, C7, C8, C11, C17, C21: what a service has of the host, and of root's rights. */
#include "compose/compose_checks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- C1: privileged --------------------------------------------------------------------------- */

/* Whether it is true, if no variable says otherwise. */
static bool is_on(const struct look *look, const struct node *value)
{
    bool is_known;

    if (value->kind != NODE_SCALAR)
        return false;
    if (node_is_true(value))
        return true;
    const char *const expanded = compose_expand(look->document, value->value, &is_known);
    return is_known && (strcmp(expanded, "true") == 0 || strcmp(expanded, "yes") == 0);
}

static void see_privileged(const struct look *look, const struct node *value)
{
    if (is_on(look, value))
        compose_found(look, "C1", value, NULL, "it is privileged");
}

void compose_find_privileged(const struct document *document, const struct rule *rule,
                             struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each(&look, "privileged", see_privileged);
}

bool compose_fix_privileged(const struct document *document, const struct finding *finding,
                            struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const value = finding->node;

    return compose_may_change(edits, value) &&
           node_set(edits, &compose->tree, value, "false", false);
}

/* --- C7, C8: what is the host's --------------------------------------------------------------- */

const struct compose_share compose_networks[] = {
    { "network_mode", "it is on the host's network" },
    { "net", "it is on the host's network" },
    { NULL, NULL },
};
const struct compose_share compose_shares[] = {
    { "pid", "it sees and signals the host's processes" },
    { "ipc", "it has the host's shared memory" },
    { "uts", "it may change the host's name" },
    { "userns_mode", "its root is the host's" },
    { NULL, NULL },
};

static void see_shared(const struct look *look, const struct node *value)
{
    const struct compose_share *share = look->rule->detail;

    while (strcmp(share->name, look->name) != 0)
        share++;
    if (node_is(value, "host"))
        compose_found(look, look->rule->id, value, NULL, "%s", share->message);
}

void compose_find_shared(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    for (const struct compose_share *share = rule->detail; share->name != NULL; share++)
        compose_each(&look, share->name, see_shared);
}

static bool share_goes(const struct node *value)
{
    bool is_share = false;

    if (value->key == NULL || !node_is(value, "host"))
        return false;
    for (const struct compose_share *share = compose_shares; share->name != NULL; share++)
        is_share |= node_is(value->key, share->name);
    return is_share;
}

bool compose_fix_shared(const struct document *document, const struct finding *finding,
                        struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const value = finding->node;

    return compose_may_change(edits, value) &&
           node_remove(edits, &compose->tree, value, share_goes);
}

/* --- C11: capabilities ------------------------------------------------------------------------ */

static void see_capability(const struct look *look, const struct node *item)
{
    static const char *const strong[] = { "ALL",          "SYS_ADMIN",       "SYS_MODULE",
                                          "SYS_PTRACE",   "SYS_RAWIO",       "SYS_BOOT",
                                          "SYS_TIME",     "DAC_READ_SEARCH", "NET_ADMIN",
                                          "BPF",          "PERFMON",         "MAC_ADMIN",
                                          "MAC_OVERRIDE", "SYSLOG" };
    const struct node *const seen = node_resolve(item);
    const char *name = seen->kind == NODE_SCALAR ? seen->value : "";

    name += strncasecmp(name, "CAP_", 4) == 0 ? 4 : 0;
    for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++)
        if (strcasecmp(name, strong[i]) == 0)
            compose_found(look, "C11", item, strong[i], "it has the capability %s", strong[i]);
}

void compose_find_capabilities(const struct document *document, const struct rule *rule,
                               struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each_item(&look, "cap_add", see_capability);
}

/* --- C17: root -------------------------------------------------------------------------------- */

static void see_user(const struct look *look, const struct node *value)
{
    bool is_known;

    if (value->kind != NODE_SCALAR)
        return;
    const char *const user = compose_expand(look->document, value->value, &is_known);
    const size_t length = strcspn(user, ":");
    const bool is_zero = length > 0 && strspn(user, "0") == length;
    if (is_known && (is_zero || (length == 4 && memcmp(user, "root", 4) == 0)))
        compose_found(look, "C17", value, NULL, "it runs as root");
}

void compose_find_root(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each(&look, "user", see_user);
}

/* --- C21: devices ----------------------------------------------------------------------------- */

static void see_device(const struct look *look, const struct node *item)
{
    const struct node *const seen = node_resolve(item);
    const struct node *const source = seen->kind == NODE_MAPPING ? node_get(seen, "source") : seen;

    if (source == NULL || source->kind != NODE_SCALAR)
        return;
    char *const device = format_text("%.*s", (int)strcspn(source->value, ":"), source->value);
    compose_found(look, "C21", item, device, "it has %s of the host's", device);
    free(device);
}

void compose_find_devices(const struct document *document, const struct rule *rule,
                          struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each_item(&look, "devices", see_device);
}
