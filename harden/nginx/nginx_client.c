/* N5, N6, N7: what a client sends, where it should not come. */
#include "nginx/nginx_checks.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_variable(const char *value, struct span name, const char *other)
{
    return strlen(other) == name.length && strncmp(value + name.offset, other, name.length) == 0;
}

static bool is_number(const char *value, struct span name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!isdigit((unsigned char)value[name.offset + i]))
            return false;
    return true;
}

/* --- groups of regular expressions ------------------------------------------------------------ */

/* Behind a class [...] that begins here; *takes_newline: whether a line's end may be in it. */
static size_t skip_class(const char *regex, size_t at, bool *takes_newline)
{
    const bool is_not = regex[at + 1] == '^';
    bool has_space = false;

    at += is_not ? 2 : 1;
    for (size_t first = at; regex[at] != '\0' && (regex[at] != ']' || at == first); at++) {
        if (regex[at] != '\\' || regex[at + 1] == '\0')
            continue;
        at++;
        has_space |= strchr(is_not ? "snrxvR0" : "snWDr", regex[at]) != NULL;
    }
    *takes_newline |= is_not != has_space;
    return regex[at] == ']' ? at + 1 : at;
}

/* Whether what is between ( and its ) may be the end of a line. */
static bool takes_newline(const char *regex, size_t at)
{
    bool takes = false;
    size_t depth = 0;

    for (at++; regex[at] != '\0';) {
        if (regex[at] == '[') {
            at = skip_class(regex, at, &takes);
            continue;
        }
        if (regex[at] == ')' && depth-- == 0)
            break;
        depth += regex[at] == '(';
        if (regex[at] == '\\' && regex[at + 1] != '\0')
            takes |= strchr("sWD", regex[++at]) != NULL;
        at++;
    }
    return takes;
}

/* The name of the group that begins here, (?<NAME>...) or (?P<NAME>...); length 0: it has none. */
static struct span group_name(const char *regex, size_t at)
{
    struct span name = { .offset = at + 2 };

    if (regex[at + 1] != '?')
        return name;
    name.offset += regex[name.offset] == 'P';
    if (regex[name.offset] != '<' && regex[name.offset] != '\'')
        return name;
    name.offset++;
    while (isalnum((unsigned char)regex[name.offset + name.length]) ||
           regex[name.offset + name.length] == '_')
        name.length++;
    return name;
}

/* The offset of the group that a variable is of, by its number or its name; 0: of none. */
static bool find_group(const char *regex, const char *value, struct span variable, size_t *group)
{
    const bool by_number = is_number(value, variable);
    size_t number = 0, wanted = 0;
    bool ignored = false;

    for (size_t i = 0; by_number && i < variable.length && i < 4; i++)
        wanted = wanted * 10 + (size_t)(value[variable.offset + i] - '0');

    for (size_t at = 0; regex[at] != '\0';) {
        if (regex[at] == '[') {
            at = skip_class(regex, at, &ignored);
            continue;
        }
        const struct span name = group_name(regex, at);
        if (regex[at] == '(' && (regex[at + 1] != '?' || name.length > 0)) {
            number++;
            *group = at;
            if (by_number
                    ? number == wanted
                    : name.length == variable.length &&
                          strncmp(regex + name.offset, value + variable.offset, name.length) == 0)
                return true;
        }
        at += regex[at] == '\\' && regex[at + 1] != '\0' ? 2 : 1;
    }
    return false;
}

/* The regular expression of the location around it, if no other comes between; NULL: none. */
static const char *regex_around(const struct nginx *nginx, size_t block)
{
    struct nginx_location location;

    for (; block != NGINX_TOP; block = nginx->list[block].parent) {
        if (nginx_is(&nginx->list[block], "if") || nginx_find(nginx, block, "rewrite") != NULL ||
            nginx_find(nginx, block, "if") != NULL)
            return NULL;
        if (nginx_location(&nginx->list[block], &location))
            return location.kind == NGINX_REGEX ? location.path : NULL;
    }
    return NULL;
}

/* --- N5 --------------------------------------------------------------------------------------- */

static bool is_redirect(const char *value)
{
    return strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0 ||
           strncmp(value, "$scheme", 7) == 0;
}

/* The word that becomes a part of a header, or of a request; NULL: none does. */
static const struct nginx_word *header_word(const struct nginx_directive *directive)
{
    static const char *const codes[] = { "301", "302", "303", "307", "308" };
    const char *const flag = nginx_word(directive, 3);

    if (nginx_is(directive, "return") && directive->count == 2)
        return isdigit((unsigned char)nginx_word(directive, 1)[0]) ? NULL : &directive->words[1];
    if (nginx_is(directive, "return") && directive->count == 3)
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
            if (strcmp(nginx_word(directive, 1), codes[i]) == 0)
                return &directive->words[2];
    if (nginx_is(directive, "rewrite") && directive->count >= 3 &&
        (is_redirect(nginx_word(directive, 2)) || strcmp(flag, "redirect") == 0 ||
         strcmp(flag, "permanent") == 0))
        return &directive->words[2];
    if ((nginx_is(directive, "add_header") || nginx_is(directive, "proxy_set_header") ||
         nginx_is(directive, "grpc_set_header")) &&
        directive->count >= 3)
        return &directive->words[2];
    if (nginx_is(directive, "proxy_pass") && directive->count == 2)
        return &directive->words[1];
    return NULL;
}

static void find_decoded(const struct nginx *nginx, const struct nginx_directive *directive,
                         const struct nginx_word *word, const struct rule *rule,
                         struct findings *findings)
{
    const char *const value = word->value;
    /* of rewrite's own groups nginx encodes what goes into a redirect */
    const char *const regex =
        nginx_is(directive, "rewrite") ? NULL : regex_around(nginx, directive->parent);
    struct span name;
    size_t group;

    for (size_t at = 0; nginx_variable(value, &at, &name);) {
        const bool is_uri =
            is_variable(value, name, "uri") || is_variable(value, name, "document_uri");
        if (!is_uri && (regex == NULL || !find_group(regex, value, name, &group) ||
                        !takes_newline(regex, group)))
            continue;
        found(findings, rule->id, nginx_where(directive, word),
              "$%.*s is decoded, and may have the end of a line in it", (int)name.length,
              value + name.offset);
        return;
    }
}

void nginx_find_decoded(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++) {
        const struct nginx_directive *const directive = &nginx->list[i];
        const struct nginx_word *const word = header_word(directive);
        if (word != NULL && !directive->is_block && nginx_is_http(nginx, directive))
            find_decoded(nginx, directive, word, rule, findings);
    }
}

/* --- N6 --------------------------------------------------------------------------------------- */

static bool is_clients(const char *value, struct span name)
{
    static const char *const names[] = { "host", "args", "query_string", "request_body" };
    static const char *const starts[] = { "http_", "arg_", "cookie_" };
    const char *const text = value + name.offset;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_variable(value, name, names[i]))
            return true;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (name.length > strlen(starts[i]) && strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* The value that `set` gives a variable in the block or around it; NULL: nothing that is seen. */
static const char *set_value(const struct nginx *nginx, size_t block, const char *value,
                             struct span name)
{
    for (;; block = nginx->list[block].parent) {
        for (size_t i = nginx_first(nginx, block); i < nginx_past(nginx, block);
             i = nginx->list[i].past) {
            const char *const variable = nginx_word(&nginx->list[i], 1);
            if (nginx_is(&nginx->list[i], "set") && variable[0] == '$' &&
                is_variable(value, name, variable + 1))
                return nginx_word(&nginx->list[i], 2);
        }
        if (block == NGINX_TOP)
            return NULL;
    }
}

/* Whether the client says the host in an address. Variables that were set are looked up once. */
static bool says_host(const struct nginx *nginx, size_t block, const char *value, bool is_first)
{
    const char *const scheme = strstr(value, "://");
    const size_t begin = scheme != NULL ? (size_t)(scheme - value) + 3 : 0;
    const size_t end = begin + strcspn(value + begin, "/?");
    const char *const regex = regex_around(nginx, block);
    struct span name;
    size_t group;

    for (size_t at = 0; nginx_variable(value, &at, &name) && name.offset < end;) {
        const char *const set = set_value(nginx, block, value, name);
        if (name.offset < begin)
            continue;
        /* it begins with the slash that ends the host */
        if (is_variable(value, name, "request_uri") || is_variable(value, name, "uri") ||
            is_variable(value, name, "document_uri") || is_variable(value, name, "is_args"))
            return false;
        if (set != NULL ? is_first && says_host(nginx, block, set, false)
                        : is_clients(value, name) ||
                              (regex != NULL && find_group(regex, value, name, &group)))
            return true;
    }
    return false;
}

void nginx_find_open(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    static const char *const names[] = { "proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass",
                                         "grpc_pass" };
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++) {
        const struct nginx_directive *const directive = &nginx->list[i];
        bool is_pass = false;
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            is_pass |= nginx_is(directive, names[j]);
        if (!is_pass || directive->count != 2 || !nginx_is_http(nginx, directive) ||
            nginx_inherited(nginx, directive->parent, "internal") != NULL ||
            !says_host(nginx, directive->parent, nginx_word(directive, 1), true))
            continue;
        found(findings, rule->id, nginx_where(directive, &directive->words[1]),
              "the client says the host in %s", nginx_word(directive, 1));
    }
}

/* --- N7 --------------------------------------------------------------------------------------- */

void nginx_find_host(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    const struct nginx *const nginx = document->model;

    for (size_t i = 0; i < nginx->count; i++) {
        const struct nginx_directive *const directive = &nginx->list[i];
        const char *const name = nginx_word(directive, 1), *const value = nginx_word(directive, 2);
        const bool sets =
            (nginx_is(directive, "proxy_set_header") || nginx_is(directive, "grpc_set_header")) &&
            (strcasecmp(name, "Host") == 0 || strcasecmp(name, "X-Forwarded-Host") == 0);
        const bool gives = nginx_is(directive, "fastcgi_param") && strcmp(name, "HTTP_HOST") == 0;
        if (directive->count < 3 || !(sets || gives) || !nginx_is_http(nginx, directive) ||
            (strcmp(value, "$http_host") != 0 && strcmp(value, "${http_host}") != 0))
            continue;
        found(findings, rule->id, nginx_where(directive, &directive->words[2]),
              "%s is what the client sent as Host", name);
    }
}

bool nginx_fix_host(const struct document *document, const struct finding *finding,
                    struct edits *edits)
{
    const struct nginx_directive *const directive = finding->node;

    return nginx_replace(edits, document->model, directive, &directive->words[2], "$host");
}
