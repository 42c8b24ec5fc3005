/* N4, N8: headers that protect who reads a page, and don't come with it. */
#include "nginx/nginx_checks.h"

#include <string.h>
#include <strings.h>

static bool protects(const char *header)
{
    static const char *const names[] = { "Content-Security-Policy",
                                         "X-Frame-Options",
                                         "X-Content-Type-Options",
                                         "Strict-Transport-Security",
                                         "Referrer-Policy",
                                         "Permissions-Policy",
                                         "Cross-Origin-Opener-Policy",
                                         "Cross-Origin-Embedder-Policy",
                                         "Cross-Origin-Resource-Policy",
                                         NULL };

    for (size_t i = 0; names[i] != NULL; i++)
        if (strcasecmp(header, names[i]) == 0)
            return true;
    return false;
}

/* The add_header of that header that is directly in the block; NULL: none. */
static const struct nginx_directive *header_in(const struct nginx *nginx, size_t block,
                                               const char *header)
{
    for (size_t i = nginx_first(nginx, block); i < nginx_past(nginx, block);
         i = nginx->list[i].past)
        if (nginx_is(&nginx->list[i], "add_header") &&
            strcasecmp(nginx_word(&nginx->list[i], 1), header) == 0)
            return &nginx->list[i];
    return NULL;
}

/* Whether a block takes over none of those above: it has its own. */
static bool has_own(const struct nginx *nginx, size_t block)
{
    return nginx_find(nginx, block, "add_header") != NULL;
}

/* The nearest block that has some, from this on upwards. False: there is none. */
static bool find_giver(const struct nginx *nginx, size_t *block)
{
    while (!has_own(nginx, *block)) {
        if (*block == NGINX_TOP)
            return false;
        *block = nginx->list[*block].parent;
    }
    return true;
}

/* --- N4 --------------------------------------------------------------------------------------- */

static void put_lost(struct bytes *out, const struct nginx *nginx, size_t block, size_t giver)
{
    for (size_t i = nginx_first(nginx, giver); i < nginx_past(nginx, giver);
         i = nginx->list[i].past) {
        const char *const header = nginx_word(&nginx->list[i], 1);
        if (nginx_is(&nginx->list[i], "add_header") && protects(header) &&
            header_in(nginx, block, header) == NULL)
            bytes_format(out, "%s%s", out->length > 0 ? ", " : "", header);
    }
}

static void find_lost(const struct nginx *nginx, size_t block, const struct rule *rule,
                      struct findings *findings)
{
    size_t giver = nginx->list[block].parent;
    struct bytes lost = { .data = NULL };

    if (!has_own(nginx, block) || nginx_unknown(nginx, block) != NGINX_KNOWN ||
        nginx_inherited(nginx, block, "add_header_inherit") != NULL || !find_giver(nginx, &giver))
        return;
    put_lost(&lost, nginx, block, giver);
    if (lost.length > 0)
        found(findings, rule->id, nginx_where(nginx_find(nginx, block, "add_header"), NULL),
              "not sent from here: %s", lost.data);
    bytes_free(&lost);
}

void nginx_find_lost(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++)
        if (nginx->list[i].is_block && !nginx->list[i].is_table &&
            nginx_is_http(nginx, &nginx->list[i]))
            find_lost(nginx, i, rule, findings);
}

/* --- N8 --------------------------------------------------------------------------------------- */

/* What a page should have; of the first two either will do. */
static const char *const wanted[][3] = {
    { "X-Content-Type-Options", NULL, "add_header X-Content-Type-Options nosniff always;\n" },
    { "Content-Security-Policy", "X-Frame-Options",
      "add_header Content-Security-Policy \"frame-ancestors 'self'\" always;\n" },
    { "Referrer-Policy", NULL,
      "add_header Referrer-Policy strict-origin-when-cross-origin always;\n" },
};

/* Those that the block does not give, as lines or as names. */
static void put_missing(struct bytes *out, const struct nginx *nginx, size_t block, bool is_list)
{
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (header_in(nginx, block, wanted[i][0]) != NULL ||
            (wanted[i][1] != NULL && header_in(nginx, block, wanted[i][1]) != NULL))
            continue;
        if (is_list)
            bytes_format(out, "%s%s", out->length > 0 ? ", " : "", wanted[i][0]);
        else
            bytes_text(out, wanted[i][2]);
    }
}

/* Whether it sends files: what a program answers may have headers of its own. */
static bool sends_files(const struct nginx *nginx, const struct nginx_directive *server)
{
    bool has_root = nginx_inherited(nginx, server->index, "root") != NULL;

    for (size_t i = server->index + 1; i < server->past; i++) {
        const struct nginx_directive *const directive = &nginx->list[i];
        const char *const name = nginx_word(directive, 0);
        const size_t length = strlen(name);
        if (length > 5 && strcmp(name + length - 5, "_pass") == 0)
            return false;
        has_root |= nginx_is(directive, "root") || nginx_is(directive, "alias");
    }
    return has_root && nginx_find(nginx, server->index, "return") == NULL;
}

/* http of a whole configuration: elsewhere what is around it may say more. */
static bool is_asked(const struct nginx *nginx, const struct nginx_directive *directive)
{
    return nginx_is(directive, "server") && directive->is_block && directive->parent != NGINX_TOP &&
           nginx_is(&nginx->list[directive->parent], "http") &&
           nginx_unknown(nginx, directive->index) == NGINX_KNOWN &&
           nginx_unknown(nginx, directive->parent) == NGINX_KNOWN;
}

void nginx_find_headers(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++) {
        const struct nginx_directive *const server = &nginx->list[i];
        struct bytes names = { .data = NULL };
        size_t giver = i;
        if (!is_asked(nginx, server) || !sends_files(nginx, server))
            continue;
        put_missing(&names, nginx, find_giver(nginx, &giver) ? giver : i, true);
        const struct nginx_directive *const name = nginx_find(nginx, i, "server_name");
        struct where where = nginx_where(server, NULL);
        where.subject = name != NULL ? nginx_word(name, 1) : "server";
        if (names.length > 0)
            found(findings, rule->id, where, "not set: %s", names.data);
        bytes_free(&names);
    }
}

/* Whether a block in that one has its own: it would lose what is added above. */
static bool would_lose(const struct nginx *nginx, size_t block)
{
    for (size_t i = nginx_first(nginx, block); i < nginx_past(nginx, block); i++)
        if (nginx->list[i].is_block && !nginx->list[i].is_table && has_own(nginx, i))
            return true;
    return false;
}

bool nginx_fix_headers(const struct document *document, const struct finding *finding,
                       struct edits *edits)
{
    const struct nginx *const nginx = document->model;
    const struct nginx_directive *const server = finding->node, *after = NULL;
    size_t giver = server->index;
    struct bytes lines = { .data = NULL };

    if (!find_giver(nginx, &giver))
        giver = server->index;
    if (giver == NGINX_TOP || would_lose(nginx, giver))
        return refuse(edits, "a block in it has an add_header of its own, and would lose these");
    /* behind those that are there; else behind what says whose server it is */
    for (size_t i = giver + 1; i < nginx->list[giver].past; i = nginx->list[i].past)
        if (nginx_is(&nginx->list[i], "add_header") ||
            (!has_own(nginx, giver) &&
             (nginx_is(&nginx->list[i], "listen") || nginx_is(&nginx->list[i], "server_name"))))
            after = &nginx->list[i];
    put_missing(&lines, nginx, giver, false);
    const bool is_done = nginx_insert(edits, nginx, &nginx->list[giver], after, lines.data);
    bytes_free(&lines);
    return is_done;
}
