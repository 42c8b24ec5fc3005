/* What nginx's configuration says, for the checks to ask. */
#include "nginx/nginx.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

bool nginx_is(const struct nginx_directive *directive, const char *name)
{
    return strcmp(directive->words[0].value, name) == 0;
}

const char *nginx_word(const struct nginx_directive *directive, size_t number)
{
    return number < directive->count ? directive->words[number].value : "";
}

size_t nginx_first(const struct nginx *nginx, size_t block)
{
    (void)nginx;
    return block == NGINX_TOP ? 0 : block + 1;
}

size_t nginx_past(const struct nginx *nginx, size_t block)
{
    return block == NGINX_TOP ? nginx->count : nginx->list[block].past;
}

const struct nginx_directive *nginx_find(const struct nginx *nginx, size_t block, const char *name)
{
    const size_t past = nginx_past(nginx, block);

    for (size_t i = nginx_first(nginx, block); i < past; i = nginx->list[i].past)
        if (nginx_is(&nginx->list[i], name))
            return &nginx->list[i];
    return NULL;
}

const struct nginx_directive *nginx_inherited(const struct nginx *nginx, size_t block,
                                              const char *name)
{
    for (;; block = nginx->list[block].parent) {
        const struct nginx_directive *const directive = nginx_find(nginx, block, name);
        if (directive != NULL || block == NGINX_TOP)
            return directive;
    }
}

const struct nginx_directive *nginx_within(const struct nginx *nginx, size_t index,
                                           const char *name)
{
    for (; index != NGINX_TOP; index = nginx->list[index].parent)
        if (nginx_is(&nginx->list[index], name))
            return &nginx->list[index];
    return NULL;
}

bool nginx_is_http(const struct nginx *nginx, const struct nginx_directive *directive)
{
    for (size_t i = directive->parent; i != NGINX_TOP; i = nginx->list[i].parent)
        if (nginx->list[i].is_table || nginx_is(&nginx->list[i], "stream") ||
            nginx_is(&nginx->list[i], "mail"))
            return false;
    return true;
}

/* --- includes --------------------------------------------------------------------------------- */

static bool is_matched(const char *path, const char *const *patterns)
{
    for (size_t i = 0; patterns[i] != NULL; i++)
        if (fnmatch(patterns[i], path, 0) == 0)
            return true;
    return false;
}

static enum nginx_unknown unknown_of(const char *path)
{
    static const char *const known[] = { "mime.types",        "*/mime.types",
                                         "fastcgi_params",    "*/fastcgi_params",
                                         "fastcgi.conf",      "*/fastcgi.conf",
                                         "uwsgi_params",      "*/uwsgi_params",
                                         "scgi_params",       "*/scgi_params",
                                         "*fastcgi-php.conf", "*modules-enabled/*",
                                         "*/modules/*.conf",  NULL };
    static const char *const servers[] = {
        "conf.d/*",          "*/conf.d/*",          "sites-enabled/*",
        "*/sites-enabled/*", "*/sites-available/*", NULL
    };

    if (is_matched(path, known))
        return NGINX_KNOWN;
    return is_matched(path, servers) ? NGINX_SERVERS : NGINX_UNKNOWN;
}

enum nginx_unknown nginx_unknown(const struct nginx *nginx, size_t block)
{
    const size_t past = nginx_past(nginx, block);
    enum nginx_unknown most = NGINX_KNOWN;

    for (size_t i = nginx_first(nginx, block); i < past; i = nginx->list[i].past) {
        const struct nginx_directive *const directive = &nginx->list[i];
        if (!nginx_is(directive, "include"))
            continue;
        const enum nginx_unknown unknown = unknown_of(nginx_word(directive, 1));
        most = unknown > most ? unknown : most;
    }
    return most;
}

enum nginx_unknown nginx_unknown_above(const struct nginx *nginx, size_t block)
{
    enum nginx_unknown most = nginx_unknown(nginx, block);

    while (block != NGINX_TOP) {
        block = nginx->list[block].parent;
        /* above http there is nothing that is said to servers */
        if (block == NGINX_TOP && nginx_find(nginx, NGINX_TOP, "http") != NULL)
            break;
        const enum nginx_unknown unknown = nginx_unknown(nginx, block);
        most = unknown > most ? unknown : most;
    }
    return most;
}

/* --- parts of values -------------------------------------------------------------------------- */

bool nginx_location(const struct nginx_directive *directive, struct nginx_location *location)
{
    if (!nginx_is(directive, "location") || !directive->is_block || directive->count < 2 ||
        directive->count > 3)
        return false;
    const char *const first = nginx_word(directive, 1);
    const size_t mark = first[0] == '='                                                ? 1
                        : strncmp(first, "^~", 2) == 0 || strncmp(first, "~*", 2) == 0 ? 2
                        : first[0] == '~'                                              ? 1
                                                                                       : 0;
    const bool is_apart = directive->count == 3;
    if (is_apart && first[mark] != '\0')
        return false;
    *location = (struct nginx_location){
        .kind = mark == 0         ? first[0] == '@' ? NGINX_NAMED : NGINX_PREFIX
                : first[0] == '=' ? NGINX_EXACT
                : first[0] == '^' ? NGINX_PREFIX
                                  : NGINX_REGEX,
        .is_final = first[0] == '^' && mark > 0,
        .path = is_apart ? nginx_word(directive, 2) : first + mark,
        .word = &directive->words[is_apart ? 2 : 1],
    };
    return true;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool nginx_variable(const char *value, size_t *at, struct span *name)
{
    for (; value[*at] != '\0'; (*at)++) {
        if (value[*at] != '$')
            continue;
        const size_t from = *at + 1 + (value[*at + 1] == '{');
        size_t end = from;
        while (is_name(value[end]))
            end++;
        if (end == from)
            continue;
        *name = (struct span){ .offset = from, .length = end - from };
        *at = end + (value[end] == '}' && value[from - 1] == '{');
        return true;
    }
    return false;
}

struct where nginx_where(const struct nginx_directive *directive, const struct nginx_word *word)
{
    const size_t from = directive->words[0].at.offset;
    const struct nginx_word *const last = &directive->words[directive->count - 1];

    return (struct where){
        .at = word != NULL ? word->at : directive->words[0].at,
        .within = { .offset = from, .length = last->at.offset + last->at.length - from },
        .node = directive,
    };
}
