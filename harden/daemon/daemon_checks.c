/* Checks of daemon.json that look at more than one setting, or into one. */
#include "daemon/daemon.h"

#include <string.h>

/* --- D12: what dockerd does not start with ---------------------------------------------------- */

void daemon_find_broken(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct json_document *const model = document->model;
    const struct text *const text = document->text;

    for (size_t i = 0; i < model->faults.count; i++) {
        const struct fault *const fault = &model->faults.list[i];
        const struct span at = { .offset = fault->offset, .length = fault->offset < text->length };
        found(findings, rule->id, (struct where){ .at = at, .subject = fault->why }, "%s",
              fault->why);
    }
    if (model->root != NULL && model->root->kind != JSON_OBJECT)
        found(findings, rule->id, (struct where){ .at = model->root->at, .subject = "/" },
              "it is no object, which is what the settings have to be in");
}

/* --- D10: what is logged, and who sees it ----------------------------------------------------- */

void daemon_find_debug(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct json *const settings = daemon_settings(document);
    const struct json *const debug = json_member(settings, "debug");
    const struct json *const level = json_member(settings, "log-level");

    if (!daemon_is_readable(document))
        return;
    if (debug != NULL && debug->kind == JSON_TRUE)
        found(findings, rule->id, daemon_place(document, debug, "debug"), "debug is on");
    if (json_is_string(level, "debug"))
        found(findings, rule->id, daemon_place(document, level, "log-level"), "log-level is debug");
}

bool daemon_fix_debug(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    const struct json *const value = finding->node;
    const bool is_level = value->kind == JSON_STRING;

    return json_set(edits, document->text, daemon_settings(document),
                    is_level ? "log-level" : "debug", is_level ? "\"info\"" : "false");
}

/* --- D6: logs that fill the disk -------------------------------------------------------------- */

/* A size that is a limit: "-1" is none. */
static bool is_bound(const struct json *size)
{
    return size != NULL && size->kind == JSON_STRING && size->string_length > 0 &&
           size->string[0] != '-';
}

void daemon_find_logs(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    const struct json *const settings = daemon_settings(document);
    const struct json *const driver = json_member(settings, "log-driver");
    const struct json *const options = json_member(settings, "log-opts");
    const struct json *const size = json_member(options, "max-size");

    /* the others bound what they keep, or keep nothing */
    if (!daemon_is_readable(document) || (driver != NULL && !json_is_string(driver, "json-file")))
        return;
    if (!is_bound(size))
        found(findings, rule->id,
              daemon_place(document, size != NULL ? size : options, "log-opts/max-size"),
              "the logs of a container grow until the disk is full");
}

bool daemon_fix_logs(const struct document *document, const struct finding *finding,
                     struct edits *edits)
{
    static const char *const gains[] = { "/log-opts/max-size = \"10m\"",
                                         "/log-opts/max-file = \"3\"" };
    const struct json *const settings = daemon_settings(document);
    const struct json *const options = json_member(settings, "log-opts");

    (void)finding;
    if (options != NULL && options->kind == JSON_OBJECT)
        return json_set(edits, document->text, options, "max-size", "\"10m\"");
    if (options != NULL)
        return refuse(edits, "log-opts is no object");
    for (size_t i = 0; i < sizeof(gains) / sizeof(gains[0]); i++)
        expect_gain(edits, ANYWHERE, gains[i], strlen(gains[i]));
    return json_set(edits, document->text, settings, "log-opts",
                    "{\"max-size\": \"10m\", \"max-file\": \"3\"}");
}

/* --- D7: who may ask the engine --------------------------------------------------------------- */

static bool begins_with(const struct json *value, const char *prefix)
{
    const size_t length = strlen(prefix);

    return value->string_length >= length && memcmp(value->string, prefix, length) == 0;
}

/* What has no scheme is TCP to dockerd. */
static bool is_tcp(const struct json *host)
{
    static const char *const local[] = { "unix://", "fd://", "npipe://" };

    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        if (begins_with(host, local[i]))
            return false;
    return true;
}

void daemon_find_hosts(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct json *const settings = daemon_settings(document);
    const struct json *const hosts = json_member(settings, "hosts");
    const struct json *const verify = json_member(settings, "tlsverify");

    if (!daemon_is_readable(document) || hosts == NULL || hosts->kind != JSON_ARRAY ||
        (verify != NULL && verify->kind == JSON_TRUE))
        return;
    for (const struct json *host = hosts->first; host != NULL; host = host->next)
        if (host->kind == JSON_STRING && is_tcp(host))
            found(findings, rule->id, daemon_place(document, host, host->string),
                  "whoever reaches this port is root on the host: no tlsverify");
}

/* --- D8: where images come from --------------------------------------------------------------- */

/* The engine speaks plain HTTP to these anyway. */
static bool is_loopback(const struct json *registry)
{
    static const char *const names[] = { "127.", "localhost:", "::1/", "[::1]" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (begins_with(registry, names[i]))
            return true;
    return json_is_string(registry, "localhost");
}

void daemon_find_registries(const struct document *document, const struct rule *rule,
                            struct findings *findings)
{
    const struct json *const registries =
        json_member(daemon_settings(document), "insecure-registries");

    if (!daemon_is_readable(document) || registries == NULL || registries->kind != JSON_ARRAY)
        return;
    for (const struct json *registry = registries->first; registry != NULL;
         registry = registry->next)
        if (registry->kind == JSON_STRING && !is_loopback(registry))
            found(findings, rule->id, daemon_place(document, registry, registry->string),
                  "images come from there unchecked, by whoever is in between");
}
