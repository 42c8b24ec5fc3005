/* N3, N11: files that are served and should not be. */
#include "nginx/nginx_checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with_slash(const char *path)
{
    const size_t length = strlen(path);

    return length > 0 && path[length - 1] == '/';
}

/* --- N3 --------------------------------------------------------------------------------------- */

void nginx_find_alias(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    const struct nginx *const nginx = document->model;
    struct nginx_location location;

    for (size_t i = 0; i < nginx->count; i++) {
        if (!nginx_location(&nginx->list[i], &location) || location.kind != NGINX_PREFIX ||
            ends_with_slash(location.path) || location.path[0] == '\0')
            continue;
        const struct nginx_directive *const alias = nginx_find(nginx, i, "alias");
        if (alias == NULL || !ends_with_slash(nginx_word(alias, 1)))
            continue;
        struct where where = nginx_where(&nginx->list[i], location.word);
        where.subject = location.path;
        found(findings, rule->id, where, "%s has no slash at its end, and its alias has",
              location.path);
    }
}

/* Another location that would be in the way of that path, beside it or in it; NULL: none. */
static const char *obstacle(const struct nginx *nginx, const struct nginx_directive *directive,
                            const char *path)
{
    struct nginx_location other;

    for (size_t i = nginx_first(nginx, directive->parent); i < nginx_past(nginx, directive->parent);
         i = nginx->list[i].past)
        if (nginx_location(&nginx->list[i], &other) && other.kind == NGINX_PREFIX &&
            strcmp(other.path, path) == 0)
            return "there is a location with the slash already";
    for (size_t i = directive->index + 1; i < directive->past; i = nginx->list[i].past)
        if (nginx_location(&nginx->list[i], &other) && other.kind != NGINX_REGEX &&
            strncmp(other.path, path, strlen(path)) != 0)
            return "a location in it would be outside of it then";
    return NULL;
}

bool nginx_fix_alias(const struct document *document, const struct finding *finding,
                     struct edits *edits)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *const directive = finding->node;
    struct nginx_location location;

    if (!nginx_location(directive, &location))
        return false;
    const struct span at = location.word->at;
    char *const path = format_text("%s/", location.path);
    char *const word = format_text("%.*s/", (int)at.length, nginx->text->bytes + at.offset);
    const char *why = obstacle(nginx, directive, path);
    if (location.word->is_quoted || memchr(word, '\\', at.length) != NULL)
        why = "its path is in quotes, or has escapes";
    if (why == NULL && nginx_find(nginx, directive->index, "include") != NULL)
        why = "what it includes may have locations that would be outside of it then";
    const bool is_done = why == NULL ? nginx_replace(edits, nginx, directive, location.word, word)
                                     : refuse(edits, "%s", why);
    free(path);
    free(word);
    return is_done;
}

/* --- N11 -------------------------------------------------------------------------------------- */

/* Whether no file is sent from the block, whatever it says about where they are. */
static bool is_closed(const struct nginx *nginx, size_t block)
{
    static const char *const names[] = { "return",         "proxy_pass", "fastcgi_pass",
                                         "uwsgi_pass",     "scgi_pass",  "grpc_pass",
                                         "memcached_pass", "internal",   "empty_gif",
                                         "stub_status",    NULL };
    const struct nginx_directive *const deny = nginx_find(nginx, block, "deny");

    for (size_t i = 0; names[i] != NULL; i++)
        if (nginx_find(nginx, block, names[i]) != NULL)
            return true;
    return deny != NULL && strcmp(nginx_word(deny, 1), "all") == 0;
}

static bool has_files(const struct nginx *nginx, size_t block)
{
    return nginx_find(nginx, block, "alias") != NULL ||
           nginx_inherited(nginx, block, "root") != NULL;
}

/* The folder that a server sends whatever is in it from; NULL: there is none. */
static const struct nginx_directive *open_folder(const struct nginx *nginx,
                                                 const struct nginx_directive *server)
{
    struct nginx_location location;
    bool is_covered = false;

    for (size_t i = server->index + 1; i < server->past; i++) {
        if (!nginx_location(&nginx->list[i], &location) || location.kind != NGINX_PREFIX)
            continue;
        is_covered |= strcmp(location.path, "/") == 0;
        /* what it does depends on files that are not read */
        if (nginx_unknown(nginx, i) != NGINX_KNOWN || is_closed(nginx, i))
            continue;
        if (has_files(nginx, i))
            return &nginx->list[i];
    }
    return !is_covered && has_files(nginx, server->index) ? server : NULL;
}

/* Whether a regular expression is about all hidden files: /\. is, and /\.ht is not. */
static bool is_about_hidden(const char *regex)
{
    static const char *const starts[] = { "/\\.", "/)\\.", "/+\\." };

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        const char *const at = strstr(regex, starts[i]);
        if (at != NULL && !isalpha((unsigned char)at[strlen(starts[i])]))
            return true;
    }
    return false;
}

/* Whether a directive refuses what is hidden. */
static bool is_guard(const struct nginx *nginx, const struct nginx_directive *directive)
{
    struct nginx_location location;
    bool asks = false;

    if (!directive->is_block || directive->is_table)
        return false;
    if (nginx_location(directive, &location))
        asks = location.kind == NGINX_REGEX ? is_about_hidden(location.path)
                                            : strcmp(location.path, "/.") == 0;
    else if (nginx_is(directive, "if"))
        for (size_t i = 1; i < directive->count; i++)
            asks |= is_about_hidden(directive->words[i].value);
    return asks && (nginx_find(nginx, directive->index, "return") != NULL ||
                    nginx_find(nginx, directive->index, "deny") != NULL);
}

static bool is_guarded(const struct nginx *nginx, const struct nginx_directive *server)
{
    for (size_t i = server->index + 1; i < server->past; i++)
        if (is_guard(nginx, &nginx->list[i]))
            return true;
    return false;
}

void nginx_find_hidden(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++) {
        const struct nginx_directive *const server = &nginx->list[i];
        if (!nginx_is(server, "server") || !server->is_block || !nginx_is_http(nginx, server) ||
            nginx_within(nginx, server->parent, "upstream") != NULL ||
            nginx_unknown(nginx, i) != NGINX_KNOWN || is_closed(nginx, i))
            continue;
        const struct nginx_directive *const folder = open_folder(nginx, server);
        if (folder == NULL || is_guarded(nginx, server))
            continue;
        const struct nginx_directive *const name = nginx_find(nginx, i, "server_name");
        struct where where = nginx_where(server, NULL);
        where.subject = name != NULL ? nginx_word(name, 1) : "server";
        found(findings, rule->id, where,
              "nothing keeps it from sending hidden files of its folders");
    }
}

/* Before the first location: of regular expressions the first that matches is taken. */
bool nginx_fix_hidden(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    static const char lines[] = "location ~ /\\.(?!well-known/) {\n    return 404;\n}\n";
    static const char tabs[] = "location ~ /\\.(?!well-known/) {\n\treturn 404;\n}\n";
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *const server = finding->node, *after = NULL;

    for (size_t i = server->index + 1; i < server->past; i = nginx->list[i].past) {
        if (nginx_is(&nginx->list[i], "location"))
            break;
        after = &nginx->list[i];
    }
    const size_t inside = server->inside.offset;
    const bool has_tabs =
        memmem(nginx->text->bytes + inside, server->inside.length, "\n\t", 2) != NULL;
    return nginx_insert(edits, nginx, server, after, has_tabs ? tabs : lines);
}
