/* Which settings of dockerd are looked at. */
#include "daemon/daemon.h"

#include <string.h>

/* A setting of which one value is the right one, written as in the file. */
struct setting {
    const char *name;
    const char *right;
    const char *lacking; /* what is so without it; NULL: then it is right */
    const char *clash;   /* a setting that goes with none of this one; NULL: all do */
};

/* Any name of users will do: whose they are, the operator knows. */
static bool is_right(const struct document *document, const struct setting *setting,
                     const struct json *value)
{
    if (value == NULL)
        return setting->lacking == NULL;
    if (setting->right[0] == '"')
        return value->kind == JSON_STRING && value->string_length > 0;
    return text_is(document->text, value->at, setting->right);
}

static void find_setting(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    const struct setting *const setting = rule->detail;
    const struct json *const value = json_member(daemon_settings(document), setting->name);

    if (!daemon_is_readable(document) || is_right(document, setting, value))
        return;
    const struct where where = daemon_place(document, value, setting->name);
    if (value == NULL)
        found(findings, rule->id, where, "%s is not set: %s", setting->name, setting->lacking);
    else
        found(findings, rule->id, where, "%s is not %s", setting->name,
              setting->right[0] == '"' ? "the name of users" : setting->right);
}

static bool fix_setting(const struct document *document, const struct finding *finding,
                        struct edits *edits)
{
    const struct rule *const rule = rule_of(document->reader, finding->check);
    const struct setting *const setting = rule->detail;
    const struct json *const settings = daemon_settings(document);

    if (setting->clash != NULL && json_member(settings, setting->clash) != NULL)
        return refuse(edits, "%s is set: the engine does not start with both", setting->clash);
    return json_set(edits, document->text, settings, setting->name, setting->right);
}

/* A setting that turns something off, for which the fix is not ours to make. */
struct warning {
    const char *name;
    const char *wrong; /* written as in the file */
    const char *message;
};

static void find_warning(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    const struct warning *const warning = rule->detail;
    const struct json *const value = json_member(daemon_settings(document), warning->name);

    if (value != NULL && daemon_is_readable(document) &&
        text_is(document->text, value->at, warning->wrong))
        found(findings, rule->id, daemon_place(document, value, warning->name), "%s",
              warning->message);
}

static const struct setting icc = {
    .name = "icc",
    .right = "false",
    .lacking = "all containers of the default bridge reach each other's ports",
};
static const struct setting userns_remap = {
    .name = "userns-remap",
    .right = "\"default\"",
    .lacking = "root in a container is root of the host",
};
static const struct setting live_restore = {
    .name = "live-restore",
    .right = "true",
    .lacking = "when the engine stops, so do all containers",
    .clash = "swarm-default-advertise-addr",
};
static const struct setting userland_proxy = {
    .name = "userland-proxy",
    .right = "false",
    .lacking = "a process of root's listens for each published port",
};
static const struct setting no_new_privileges = {
    .name = "no-new-privileges",
    .right = "true",
    .lacking = "setuid programs in containers give their rights away",
};
static const struct warning iptables = {
    .name = "iptables",
    .wrong = "false",
    .message = "iptables is off: nothing keeps containers apart, nor their ports from the network",
};
static const struct warning seccomp = {
    .name = "seccomp-profile",
    .wrong = "\"unconfined\"",
    .message = "containers may call all of the kernel",
};

const struct rule daemon_rules[] = {
    { "D1", find_setting, fix_setting, &icc },
    { "D2", find_setting, fix_setting, &userns_remap },
    { "D3", find_setting, fix_setting, &live_restore },
    { "D4", find_setting, fix_setting, &userland_proxy },
    { "D5", find_setting, fix_setting, &no_new_privileges },
    { "D6", daemon_find_logs, daemon_fix_logs, NULL },
    { "D7", daemon_find_hosts, NULL, NULL },
    { "D8", daemon_find_registries, NULL, NULL },
    { "D9", find_warning, NULL, &iptables },
    { "D10", daemon_find_debug, daemon_fix_debug, NULL },
    { "D11", find_warning, NULL, &seccomp },
    { "D12", daemon_find_broken, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};
