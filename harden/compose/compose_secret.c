/* C20: secrets that are written in the file. */
#include "compose/compose_checks.h"

#include "core/secrets.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A variable of `environment` or `build.args`, in either form. */
struct variable {
    const struct node *node; /* NAME=VALUE, or the value alone */
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
    size_t from; /* where the value begins in that of the node */
};

/* --- findings --------------------------------------------------------------------------------- */

/* Of an entry or an item, where both parts are scalars. */
static bool read_variable(const struct node *item, struct variable *variable)
{
    const struct node *const seen = node_resolve(item);
    const struct node *const key = item->key;

    if (seen->kind != NODE_SCALAR || node_is_null(seen))
        return false;
    *variable = (struct variable){ .node = item, .value = seen->value };
    if (item->parent->kind == NODE_MAPPING) {
        if (key->kind != NODE_SCALAR)
            return false;
        variable->name = key->value;
        variable->name_length = key->length;
    } else {
        const char *const equals = memchr(seen->value, '=', seen->length);
        if (equals == NULL)
            return false;
        variable->name = seen->value;
        variable->name_length = (size_t)(equals - seen->value);
        variable->from = variable->name_length + 1;
    }
    variable->value = seen->value + variable->from;
    variable->value_length = seen->length - variable->from;
    return true;
}

static void see_variable(const struct look *look, const struct node *item)
{
    struct variable variable;

    if (!read_variable(item, &variable) || is_placeholder(variable.value, variable.value_length) ||
        node_is_true(node_resolve(item)) || node_is_false(node_resolve(item)))
        return;
    const size_t length = variable.name_length < 100 ? variable.name_length : 100;
    char *const name = format_text("%.*s", (int)length, variable.name);
    if (is_secret_value(variable.value, variable.value_length))
        compose_found(look, "C20", item, name, "%s has what is a secret by its form", name);
    else if (is_secret_name(variable.name, variable.name_length))
        compose_found(look, "C20", item, name, "the value of %s is written here", name);
    free(name);
}

static void see_environment(const struct look *look, const struct node *value);

/* What a << has is a mapping, or a list of them: each is seen once, where it is written. */
static void see_merge(const struct look *look, const struct node *merged)
{
    if (!look_first(look, merged))
        return;
    if (merged->kind == NODE_MAPPING)
        see_environment(look, merged);
    for (const struct node *item = merged->first; item != NULL; item = item->next) {
        const struct node *const seen = node_resolve(item);
        if (merged->kind == NODE_SEQUENCE && seen->kind == NODE_MAPPING && look_first(look, seen))
            see_environment(look, seen);
    }
}

static void see_environment(const struct look *look, const struct node *value)
{
    if (value->kind != NODE_MAPPING && value->kind != NODE_SEQUENCE)
        return;
    for (const struct node *item = value->first; item != NULL; item = item->next) {
        if (node_is_merge(item))
            see_merge(look, node_resolve(item));
        else
            see_variable(look, item);
    }
}

static void see_build(const struct look *look, const struct node *value)
{
    const struct node *const arguments = node_get(value, "args");

    if (arguments != NULL && look_first(look, arguments))
        see_environment(look, arguments);
}

void compose_find_secret(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each(&look, "environment", see_environment);
    compose_each(&look, "build", see_build);
}

/* --- the fix: the value goes to .env ---------------------------------------------------------- */

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    return length > 0 && length <= 100 && !isdigit((unsigned char)name[0]);
}

/* A plain value that YAML takes for no string, and Compose writes again in its own way. */
static bool is_rewritten(const struct node *scalar, const struct variable *variable)
{
    const char *const value = variable->value;
    const size_t digits = strspn(value, "0123456789");

    if (scalar->tag != NULL)
        return true;
    if (scalar->style != STYLE_PLAIN || variable->from > 0 || isalpha((unsigned char)value[0]))
        return strcspn(value, "\n\r") != variable->value_length;
    return digits != variable->value_length || value[0] == '0' || digits > 15;
}

/*
 * Whether all that read .env read it the same; *quote is what has to be around it. A dollar is two
 * in a Compose file, and one or a variable in .env.
 */
static bool is_writable(const struct variable *variable, const char **quote)
{
    *quote = "";
    for (size_t i = 0; i < variable->value_length; i++) {
        const unsigned char c = (unsigned char)variable->value[i];
        if (c < 32 || c == 127 || strchr("'\\$", c) != NULL)
            return false;
        if (!isalnum(c) && strchr("_-./:@%+=,", c) == NULL)
            *quote = "'";
    }
    return true;
}

/* Whether the text has that variable already: a value in .env would be for that too. */
static bool is_used(const struct text *text, const char *name)
{
    const size_t length = strlen(name);
    const char *const end = text->bytes + text->length;

    for (const char *at = text->bytes; (at = memchr(at, '$', (size_t)(end - at))) != NULL;) {
        at++;
        const char *const from = *at == '{' ? at + 1 : at;
        if ((size_t)(end - from) >= length && memcmp(from, name, length) == 0 &&
            !isalnum((unsigned char)from[length]) && from[length] != '_')
            return true;
    }
    return false;
}

/* What .env is to have: this name with this value, perhaps for another finding already. False: the
 * name has another value there. */
static bool add_line(struct edits *edits, const char *name, const struct variable *variable,
                     const char *quote)
{
    char *const line = format_text("%s=%s%.*s%s\n", name, quote, (int)variable->value_length,
                                   variable->value, quote);
    const size_t length = strlen(name) + 1;
    bool is_same = false, is_other = false;

    for (size_t i = 0; i < edits->besides.count; i++) {
        const struct beside *const piece = &edits->besides.list[i];
        const bool is_named = strncmp(piece->bytes, line, length) == 0;
        is_same |= is_named && strcmp(piece->bytes, line) == 0;
        is_other |= is_named && strcmp(piece->bytes, line) != 0;
    }
    if (!is_same && !is_other)
        edit_beside(edits, ".env", line, strlen(line), 0600);
    free(line);
    return !is_other;
}

static bool put_reference(const struct tree *tree, const struct variable *variable,
                          const char *name, struct edits *edits)
{
    const struct node *const node = variable->node;
    char *const reference = format_text("${%s:?}", name);
    const bool is_done = variable->from > 0 ? node_replace(edits, tree, node, variable->from,
                                                           variable->value_length, reference)
                                            : node_set(edits, tree, node, reference, true);

    free(reference);
    return is_done;
}

bool compose_fix_secret(const struct document *document, const struct finding *finding,
                        struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const item = finding->node;
    struct variable variable;
    const char *quote;

    if (!compose_may_change(edits, item) || !read_variable(item, &variable))
        return false;
    if (compose->is_version_1)
        return refuse(edits, "it is a file of version 1, which knows no ${...:?}");
    if (!is_name(variable.name, variable.name_length))
        return refuse(edits, "its name is none that a variable of .env can have");
    if (is_rewritten(item, &variable) || !is_writable(&variable, &quote))
        return refuse(edits, "its value can't be written in .env so that all read the same");
    if (document_has_beside(document, ".env"))
        return refuse(edits, "there is a file .env already: put the value there by hand");
    char *const name = format_text("%.*s", (int)variable.name_length, variable.name);
    bool is_done = false;
    if (is_used(document->text, name))
        refuse(edits, "${%s} is there already, and may have another value", name);
    else if (!put_reference(&compose->tree, &variable, name, edits))
        is_done = false;
    else if (!add_line(edits, name, &variable, quote))
        refuse(edits, "%s has another value elsewhere in the file", name);
    else
        is_done = true;
    free(name);
    return is_done;
}
