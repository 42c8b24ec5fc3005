/* N1, N2, N9, N10: settings that are wrong, or left as they come. */
#include "nginx/nginx_checks.h"

#include <string.h>
#include <strings.h>

/* The next directive of nginx's own http server from *index on, which moves to it. NULL: none. */
static const struct nginx_directive *next(const struct nginx *nginx, const char *name,
                                          size_t *index)
{
    for (; *index < nginx->count; (*index)++) {
        const struct nginx_directive *const directive = &nginx->list[*index];
        if (nginx_is(directive, name) && nginx_is_http(nginx, directive))
            return directive;
    }
    return NULL;
}

/* Whether http says it, or each of its servers does for itself. */
static bool is_said(const struct nginx *nginx, const struct nginx_directive *http, const char *name)
{
    size_t servers = 0;

    if (nginx_find(nginx, http->index, name) != NULL)
        return true;
    for (size_t i = http->index + 1; i < http->past; i = nginx->list[i].past) {
        if (!nginx_is(&nginx->list[i], "server"))
            continue;
        if (nginx_find(nginx, i, name) == NULL)
            return false;
        servers++;
    }
    return servers > 0;
}

/* Puts lines that are missing at the beginning of http. */
static bool complete(const struct nginx *nginx, const struct nginx_directive *http,
                     const char *lines, struct edits *edits)
{
    if (nginx_unknown(nginx, http->index) != NGINX_KNOWN)
        return refuse(edits, "a file that is included in http may say it already, and nginx takes "
                             "it only once");
    return nginx_insert(edits, nginx, http, NULL, lines);
}

/* --- N1 --------------------------------------------------------------------------------------- */

void nginx_find_tokens(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *directive;

    for (size_t i = 0; (directive = next(nginx, "server_tokens", &i)) != NULL; i++) {
        const char *const value = nginx_word(directive, 1);
        if (directive->count == 2 && (strcmp(value, "on") == 0 || strcmp(value, "build") == 0))
            found(findings, rule->id, nginx_where(directive, &directive->words[1]),
                  "server_tokens is %s", value);
    }
    const struct nginx_directive *const http = nginx_find(nginx, NGINX_TOP, "http");
    if (http == NULL || !http->is_block || is_said(nginx, http, "server_tokens") ||
        nginx_unknown(nginx, http->index) == NGINX_UNKNOWN)
        return;
    struct where where = nginx_where(http, NULL);
    where.subject = "http";
    found(findings, rule->id, where, "server_tokens is not off");
}

bool nginx_fix_tokens(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *const directive = finding->node;

    if (directive->is_block)
        return complete(nginx, directive, "server_tokens off;", edits);
    return nginx_replace(edits, nginx, directive, &directive->words[1], "off");
}

/* --- N2 --------------------------------------------------------------------------------------- */

static bool is_protocols(const struct nginx_directive *directive)
{
    static const char *const names[] = { "ssl_protocols", "proxy_ssl_protocols",
                                         "grpc_ssl_protocols", "uwsgi_ssl_protocols" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (nginx_is(directive, names[i]))
            return true;
    return false;
}

static bool is_old(const char *protocol)
{
    static const char *const names[] = { "SSLv2", "SSLv3", "TLSv1", "TLSv1.1" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(protocol, names[i]) == 0)
            return true;
    return false;
}

/* Servers of stream and mail speak TLS too. */
void nginx_find_protocols(const struct document *document, const struct rule *rule,
                          struct findings *findings)
{
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++) {
        const struct nginx_directive *const directive = &nginx->list[i];
        if (!is_protocols(directive) || directive->is_block ||
            (directive->parent != NGINX_TOP && nginx->list[directive->parent].is_table))
            continue;
        for (size_t j = 1; j < directive->count; j++)
            if (is_old(directive->words[j].value)) {
                found(findings, rule->id, nginx_where(directive, &directive->words[j]), "%s has %s",
                      directive->words[0].value, directive->words[j].value);
                break;
            }
    }
}

/* What is left of them, and always TLS 1.2: else its clients would be lost as well. */
bool nginx_fix_protocols(const struct document *document, const struct finding *finding,
                         struct edits *edits)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *const directive = finding->node;
    bool has_new = false, has_3 = false;

    for (size_t i = 1; i < directive->count; i++) {
        const char *const value = directive->words[i].value;
        has_3 |= strcasecmp(value, "TLSv1.3") == 0;
        has_new |= strcasecmp(value, "TLSv1.2") == 0;
        if (!is_old(value) && strcasecmp(value, "TLSv1.2") != 0 &&
            strcasecmp(value, "TLSv1.3") != 0)
            return refuse(edits, "it names something that is no protocol that is known");
    }
    const char *const value = has_new && !has_3 ? "TLSv1.2" : "TLSv1.2 TLSv1.3";
    return nginx_replace_words(edits, nginx, directive, 1, directive->count - 1, value);
}

/* --- N9 --------------------------------------------------------------------------------------- */

void nginx_find_listed(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *directive;

    for (size_t i = 0; (directive = next(nginx, "autoindex", &i)) != NULL; i++)
        if (directive->count == 2 && strcmp(nginx_word(directive, 1), "on") == 0)
            found(findings, rule->id, nginx_where(directive, &directive->words[1]),
                  "autoindex is on");
}

bool nginx_fix_listed(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    const struct nginx_directive *const directive = finding->node;

    return nginx_replace(edits, document->model, directive, &directive->words[1], "off");
}

/* --- N10 -------------------------------------------------------------------------------------- */

/* What is missing, as lines; or as a list of names. */
static void put_limits(struct bytes *out, const struct nginx *nginx,
                       const struct nginx_directive *http, bool is_list)
{
    static const char *const limits[][2] = { { "client_header_timeout", "10s" },
                                             { "client_body_timeout", "10s" },
                                             { "send_timeout", "10s" },
                                             { "client_max_body_size", "1m" } };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (is_said(nginx, http, limits[i][0]))
            continue;
        if (is_list)
            bytes_format(out, "%s%s", out->length > 0 ? ", " : "", limits[i][0]);
        else
            bytes_format(out, "%s %s;\n", limits[i][0], limits[i][1]);
    }
}

void nginx_find_limits(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *const http = nginx_find(nginx, NGINX_TOP, "http");
    struct bytes names = { .data = NULL };

    if (http == NULL || !http->is_block || nginx_unknown(nginx, http->index) == NGINX_UNKNOWN)
        return;
    put_limits(&names, nginx, http, true);
    struct where where = nginx_where(http, NULL);
    where.subject = "http";
    if (names.length > 0)
        found(findings, rule->id, where, "not set: %s", names.data);
    bytes_free(&names);
}

bool nginx_fix_limits(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    const struct nginx *const nginx = document->model;
    struct bytes lines = { .data = NULL };

    put_limits(&lines, nginx, finding->node, false);
    const bool is_done = complete(nginx, finding->node, lines.data, edits);
    bytes_free(&lines);
    return is_done;
}
