#include "host/host.h"
#include "command/session.h"
#include "core/discover.h"
#include "daemon/daemon.h"
#include "host/container.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An answer of the engine's, read; {NULL} text: there is none. */
struct reply {
    struct text text;
    struct json_document document;
    bool is_there;
};

static void ask(struct reply *reply, struct engine *engine, const char *path, char **why)
{
    struct bytes answer = { .data = NULL };

    *reply = (struct reply){ .is_there = false };
    if (engine_get(engine, path, &answer, why)) {
        text_of(&reply->text, path, answer.data, answer.length);
        json_read(&reply->document, &reply->text);
        reply->is_there = reply->document.faults.count == 0 && reply->document.root != NULL;
        if (!reply->is_there)
            *why = format_text("%s: the engine's answer is no JSON", path);
    }
    bytes_free(&answer);
}

static void forget(struct reply *reply)
{
    if (reply->text.name == NULL)
        return;
    json_free(&reply->document);
    text_free(&reply->text);
}

/* --- containers ------------------------------------------------------------------------------- */

static void put_more(struct bytes *out, const struct reply *top, bool has_no_new_privileges)
{
    const struct json *const lines =
        top->is_there ? record_at(top->document.root, "Processes") : NULL;

    bytes_format(
        out, "{\"NoNewPrivileges\": %s, \"Processes\": ", has_no_new_privileges ? "true" : "false");
    if (lines != NULL)
        bytes_add(out, top->text.bytes + lines->at.offset, lines->at.length);
    else
        bytes_text(out, "[]");
    bytes_text(out, "}");
}

static void look_at_container(struct session *session, struct engine *engine, const char *id,
                              bool has_no_new_privileges)
{
    struct bytes more = { .data = NULL };
    struct reply inspect, top;
    struct text text;
    char *why = NULL;
    char *const inspect_path = format_text("/containers/%s/json", id);
    char *const top_path = format_text("/containers/%s/top", id);

    ask(&inspect, engine, inspect_path, &why);
    if (inspect.is_there) {
        char *const name = format_text("container/%s", container_name(inspect.document.root));
        ask(&top, engine, top_path, &why);
        /* one that has ended since has no processes */
        if (!top.is_there && strstr(why, "is not running") == NULL)
            session_unchecked(session, name, why);
        put_more(&more, &top, has_no_new_privileges);
        record_text_of(&text, name, inspect.text.bytes, inspect.text.length, more.data);
        session->report.files++;
        session_audit(session, &container_reader, &text);
        text_free(&text);
        forget(&top);
        free(name);
    } else {
        /* it may have ended since */
        session_unchecked(session, id, why);
    }
    free(why);
    free(inspect_path);
    free(top_path);
    bytes_free(&more);
    forget(&inspect);
}

/* The engine's ids are hexadecimal: nothing else becomes a part of an address. */
static bool is_id(const struct json *id)
{
    return id != NULL && id->kind == JSON_STRING && id->string_length > 0 &&
           strspn(id->string, "0123456789abcdef") == id->string_length;
}

static void look_at_containers(struct session *session, struct engine *engine,
                               bool has_no_new_privileges)
{
    struct reply list;
    char *why = NULL;

    ask(&list, engine, "/containers/json", &why);
    if (list.is_there)
        for (const struct json *one = record_items(list.document.root, ""); one != NULL;
             one = one->next) {
            const struct json *const id = json_member(one, "Id");
            if (is_id(id))
                look_at_container(session, engine, id->string, has_no_new_privileges);
        }
    else
        session_unchecked(session, "containers", why);
    free(why);
    forget(&list);
}

/* --- the host --------------------------------------------------------------------------------- */

/* What the engine's settings are; whether they give no-new-privileges to all. */
static bool look_at_settings(struct session *session, const struct text *text)
{
    struct json_document document;

    session->report.files++;
    session_audit(session, &daemon_reader, text);
    json_read(&document, text);
    const bool is_given = record_is_true(document.root, "no-new-privileges");
    json_free(&document);
    return is_given;
}

static void look_at_host(struct session *session, const char *root, const struct text *settings,
                         const struct reply *version, const struct reply *info)
{
    struct json_document document = { .root = NULL };
    struct text text;
    bool has_rules;

    if (settings->name != NULL)
        json_read(&document, settings);
    host_look(&text, root, document.root, version->is_there ? &version->text : NULL,
              info->is_there ? info->document.root : NULL, &has_rules);
    json_free(&document);
    session->report.files++;
    session_audit(session, &host_reader, &text);
    if (!has_rules)
        session_unchecked(session, "audit rules", "run this as root");
    text_free(&text);
}

static void look(struct session *session, struct engine *engine, const char *root)
{
    struct reply version = { .is_there = false }, info = { .is_there = false };
    struct text settings = { .name = NULL };
    bool has_no_new_privileges = false;
    char *why = NULL;

    if (engine->handle != NULL || engine_open(engine, &why)) {
        ask(&info, engine, "/info", &why);
        if (info.is_there)
            ask(&version, engine, "/version", &why);
    }
    /* who names an engine wants it looked at; without one, the rest is what there is */
    const char *const named = getenv("DOCKER_HOST");
    if (why != NULL && named != NULL && named[0] != '\0')
        session_trouble(session, "engine and containers", why);
    else if (why != NULL)
        session_unchecked(session, "engine and containers", why);
    if (host_settings(&settings, root, info.is_there ? info.document.root : NULL))
        has_no_new_privileges = look_at_settings(session, &settings);
    look_at_host(session, root, &settings, &version, &info);
    if (info.is_there)
        look_at_containers(session, engine, has_no_new_privileges);
    free(why);
    forget(&version);
    forget(&info);
    if (settings.name != NULL)
        text_free(&settings);
}

int host_command(int argc, char **argv)
{
    static const char allowed[] = " format severity only skip baseline save-baseline root help ";
    struct engine engine = { .handle = NULL };
    struct options options;
    struct session session;
    struct stat status;
    int first, code = EXIT_TROUBLE;

    if (!options_read(&options, allowed, argc, argv, &first))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    const char *const root = options.root != NULL ? options.root : "";
    if (first < argc || (root[0] != '\0' && stat(root, &status) != 0)) {
        complain(first < argc ? argv[first] : root,
                 first < argc ? "host takes no names" : "there is no such folder");
        return EXIT_TROUBLE;
    }
    if (session_begin(&session, &options)) {
        session.report.things = "things";
        look(&session, &engine, root);
        code = session_end(&session);
    }
    engine_close(&engine);
    session_free(&session);
    return code;
}
