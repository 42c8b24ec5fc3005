/* The reader of nginx's configuration, and its checks. */
#include "nginx/nginx_checks.h"

#include <fnmatch.h>
#include <string.h>

static void *parse(const struct text *text, struct fault *fault)
{
    return nginx_read(text, fault);
}

static void release(void *model)
{
    nginx_free(model);
}

static void facts(const struct document *document, struct facts *facts)
{
    const struct nginx *const nginx = document->model;
    struct bytes fact = { .data = NULL };

    for (size_t i = 0; i < nginx->count; i++) {
        bytes_clear(&fact);
        nginx_put_fact(&fact, nginx, &nginx->list[i], nginx->list[i].depth);
        fact_add(facts, fact.data, fact.length);
    }
    bytes_free(&fact);
}

/* Files that are of this type by their name alone. */
static bool has_certain_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const base = slash != NULL ? slash + 1 : path;

    return fnmatch("nginx*.conf", base, FNM_CASEFOLD) == 0 ||
           fnmatch("*.nginx", base, FNM_CASEFOLD) == 0;
}

/* Names that no other program's configuration has. */
static bool is_known(const struct nginx_directive *directive)
{
    static const char *const blocks[] = { "http",   "server", "location", "upstream", "events",
                                          "stream", "types",  "geo",      "map",      NULL };
    static const char *const starts[] = { "proxy_",
                                          "fastcgi_",
                                          "ssl_",
                                          "client_",
                                          "limit_",
                                          "gzip_",
                                          "uwsgi_",
                                          "access_log",
                                          "error_page",
                                          "add_header",
                                          "server_tokens",
                                          "server_name",
                                          "listen",
                                          "rewrite",
                                          "return",
                                          "autoindex",
                                          "sendfile",
                                          "keepalive_timeout",
                                          "expires",
                                          "real_ip_",
                                          "set_real_",
                                          "set",
                                          "allow",
                                          "deny",
                                          "worker_processes",
                                          NULL };
    const char *const name = nginx_word(directive, 0);

    for (size_t i = 0; directive->is_block && blocks[i] != NULL; i++)
        if (strcmp(name, blocks[i]) == 0)
            return true;
    for (size_t i = 0; !directive->is_block && starts[i] != NULL; i++)
        if (strncmp(name, starts[i], strlen(starts[i])) == 0)
            return directive->count > 1;
    return false;
}

/* Whether it can be read, and most of what is outermost in it is nginx's. */
static bool looks(const struct text *text)
{
    size_t known = 0, count = 0;
    struct fault fault;

    if (has_certain_name(text->name))
        return true;
    if (memchr(text->bytes, ';', text->length) == NULL)
        return false;
    struct nginx *const nginx = nginx_read(text, &fault);
    if (nginx == NULL)
        return false;
    for (size_t i = 0; i < nginx->count; i = nginx->list[i].past) {
        known += is_known(&nginx->list[i]);
        count += !nginx_is(&nginx->list[i], "include") && !nginx_is(&nginx->list[i], "root");
    }
    nginx_free(nginx);
    return known > 0 && known * 2 >= count;
}

static const char *const names[] = { "nginx.conf*",     "*.nginx",   "*.conf",
                                     "*.conf.template", "*.conf.in", "*.conf.tmpl",
                                     "*.vhost",         "default",   NULL };
static const char *const comments[] = { "#", NULL };

static const struct rule rules[] = {
    { "N1", nginx_find_tokens, nginx_fix_tokens, NULL },
    { "N2", nginx_find_protocols, nginx_fix_protocols, NULL },
    { "N3", nginx_find_alias, nginx_fix_alias, NULL },
    { "N4", nginx_find_lost, NULL, NULL },
    { "N5", nginx_find_decoded, NULL, NULL },
    { "N6", nginx_find_open, NULL, NULL },
    { "N7", nginx_find_host, nginx_fix_host, NULL },
    { "N8", nginx_find_headers, nginx_fix_headers, NULL },
    { "N9", nginx_find_listed, nginx_fix_listed, NULL },
    { "N10", nginx_find_limits, nginx_fix_limits, NULL },
    { "N11", nginx_find_hidden, nginx_fix_hidden, NULL },
    { NULL, NULL, NULL, NULL },
};

const struct reader nginx_reader = {
    .type = "nginx",
    .names = names,
    .looks = looks,
    .comments = comments,
    .parse = parse,
    .release = release,
    .facts = facts,
    .rules = rules,
};
