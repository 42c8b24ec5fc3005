/* C2, C3, C22: what of the host's a service mounts. */
#include "compose/compose_checks.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { COLONS_MAX = 4 };

/* A mount, in either form. Of the short one, parts of the value. */
struct mount {
    const struct node *scalar; /* the short form; NULL: the long one */
    struct span source, mode;
    bool has_mode;
};

/* SOURCE:TARGET[:MODE], where a source may be C:\... False: there is no source. */
static bool split(const char *value, struct mount *mount)
{
    size_t colons[COLONS_MAX], count = 0;
    const bool is_drive = isalpha((unsigned char)value[0]) && value[1] == ':' &&
                          (value[2] == '\\' || value[2] == '/');

    for (size_t at = is_drive ? 2 : 0; value[at] != '\0';) {
        if (value[at] != ':') {
            at = compose_skip_variable(value, at);
            continue;
        }
        if (count == COLONS_MAX)
            return false;
        colons[count++] = at++;
    }
    if (count == 0)
        return false;
    mount->source = (struct span){ .offset = 0, .length = colons[0] };
    mount->has_mode = count > 1;
    mount->mode.offset = count > 1 ? colons[count - 1] + 1 : strlen(value);
    mount->mode.length = strlen(value) - mount->mode.offset;
    return true;
}

/* --- paths ------------------------------------------------------------------------------------ */

/* Without double slashes, /. and a slash at the end. */
static void tidy(char *path)
{
    size_t to = 0;

    for (size_t at = 0; path[at] != '\0'; at++) {
        const bool is_dot =
            path[at] == '.' && to > 0 && path[to - 1] == '/' && strchr("/", path[at + 1]) != NULL;
        if (is_dot || (path[at] == '/' && to > 0 && path[to - 1] == '/'))
            continue;
        path[to++] = path[at];
    }
    while (to > 1 && path[to - 1] == '/')
        to--;
    path[to] = '\0';
}

static bool is_matched(const char *path, const char *const *patterns)
{
    for (size_t i = 0; patterns[i] != NULL; i++)
        if (fnmatch(patterns[i], path, 0) == 0)
            return true;
    return false;
}

static bool is_socket(const char *path)
{
    static const char *const sockets[] = { "*/docker.sock",     "*/podman.sock",
                                           "*/containerd.sock", "*/containerd.sock.ttrpc",
                                           "*/crio.sock",       "*\\docker_engine",
                                           "*/docker_engine",   NULL };

    return is_matched(path, sockets);
}

/* What shows the host's secrets, read-only or not. */
static bool is_private(const char *path)
{
    static const char *const paths[] = {
        "/",        "/etc",       "/etc/shadow*",    "/etc/gshadow*",     "/etc/sudoers*",
        "/etc/ssh", "/etc/ssh/*", "/root",           "/root/*",           "/home",
        "/var",     "/var/lib",   "/var/lib/docker", "/var/lib/docker/*", "/var/run",
        "/run",     "~",          "~/.ssh*",         "~/.aws*",           "~/.gnupg*",
        "~/.kube*", "~/.docker*", "[A-Za-z]:\\\\",   "[A-Za-z]:/",        NULL
    };

    return is_matched(path, paths);
}

/* What the host runs, or is set up by: it must not be written to. */
static bool is_vital(const char *path)
{
    static const char *const paths[] = {
        "/etc/*",  "/usr",     "/usr/*",           "/bin",    "/bin/*", "/sbin",
        "/sbin/*", "/lib",     "/lib/*",           "/lib64*", "/boot",  "/boot/*",
        "/dev",    "/proc",    "/proc/*",          "/sys",    "/sys/*", "/opt",
        "/srv",    "/var/log", "/var/spool/cron*", NULL
    };

    return is_matched(path, paths);
}

/* --- findings --------------------------------------------------------------------------------- */

static bool has_word(const char *list, size_t length, const char *word)
{
    const size_t wanted = strlen(word);

    for (size_t at = 0; at < length;) {
        const char *const comma = memchr(list + at, ',', length - at);
        const size_t end = comma != NULL ? (size_t)(comma - list) : length;
        if (end - at == wanted && memcmp(list + at, word, wanted) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

static void tell(const struct look *look, const struct node *item, const char *source,
                 bool is_read_only, bool is_shared)
{
    if (is_socket(source))
        compose_found(look, "C2", item, source, "%s is the engine's: who has it is root", source);
    else if (is_private(source))
        compose_found(look, "C3", item, source, "%s of the host's is there, with its secrets",
                      source);
    else if (is_vital(source) && !is_read_only)
        compose_found(look, "C3", item, source, "%s of the host's may be written to", source);
    if (is_shared)
        compose_found(look, "C22", item, source, "what is mounted in %s is mounted on the host too",
                      source);
}

/* Variables without a default are left out: "$HOME" is no path to judge. */
static char *path_of(const struct document *document, const char *value, size_t length)
{
    bool is_known;
    char *const copy = format_text("%.*s", (int)length, value);
    char *const path = format_text("%s", compose_expand(document, copy, &is_known));

    free(copy);
    tidy(path);
    if (!is_known)
        path[0] = '\0';
    return path;
}

static void see_short(const struct look *look, const struct node *item, const struct node *scalar)
{
    struct mount mount = { .scalar = scalar };

    if (strlen(scalar->value) != scalar->length || !split(scalar->value, &mount))
        return;
    char *const source = path_of(look->document, scalar->value, mount.source.length);
    const char *const mode = scalar->value + mount.mode.offset;
    tell(look, item, source, has_word(mode, mount.mode.length, "ro"),
         has_word(mode, mount.mode.length, "shared") ||
             has_word(mode, mount.mode.length, "rshared"));
    free(source);
}

/* Of the long form; NULL: it is no bind mount. */
static const struct node *source_of(const struct node *mapping)
{
    const struct node *const type = node_get(mapping, "type");
    const struct node *source = node_get(mapping, "source");

    if (source == NULL)
        source = node_get(mapping, "src");
    if (source == NULL || source->kind != NODE_SCALAR)
        return NULL;
    return node_is(type, "bind") || node_is(type, "npipe") ? source : NULL;
}

static void see_long(const struct look *look, const struct node *item, const struct node *mapping)
{
    const struct node *const source = source_of(mapping);
    const struct node *const propagation = node_get(node_get(mapping, "bind"), "propagation");

    if (source == NULL)
        return;
    char *const path = path_of(look->document, source->value, source->length);
    tell(look, item, path, node_is_true(node_get(mapping, "read_only")),
         node_is(propagation, "shared") || node_is(propagation, "rshared"));
    free(path);
}

static void see(const struct look *look, const struct node *item)
{
    const struct node *const seen = node_resolve(item);

    if (seen->kind == NODE_MAPPING)
        see_long(look, item, seen);
    else if (seen->kind == NODE_SCALAR)
        see_short(look, item, seen);
}

void compose_find_volumes(const struct document *document, const struct rule *rule,
                          struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each_item(&look, "volumes", see);
}

/* --- C3: the fix ------------------------------------------------------------------------------ */

/* Where a word of the mode is in the value; at the end if there is none. */
static size_t find_word(const char *value, struct span mode, const char *word)
{
    const size_t end = mode.offset + mode.length;

    for (size_t at = mode.offset; at < end; at += strcspn(value + at, ",") + 1)
        if (strcspn(value + at, ",") == strlen(word) && memcmp(value + at, word, strlen(word)) == 0)
            return at;
    return end;
}

static bool fix_short_path(const struct tree *tree, const struct node *scalar, struct edits *edits)
{
    struct mount mount = { .scalar = scalar };

    if (!split(scalar->value, &mount))
        return false;
    if (strchr(scalar->value + mount.mode.offset, '$') != NULL)
        return refuse(edits, "its mode is made of variables: say it by hand");
    const size_t at = find_word(scalar->value, mount.mode, "rw");
    if (at < scalar->length)
        return node_replace(edits, tree, scalar, at, 2, "ro");
    /* "/a:b:" has no mode, and a place for one */
    return node_replace(edits, tree, scalar, scalar->length, 0,
                        !mount.has_mode          ? ":ro"
                        : mount.mode.length == 0 ? "ro"
                                                 : ",ro");
}

static bool is_private_mount(const struct document *document, const struct node *item)
{
    struct mount mount;
    const struct node *const source = item->kind == NODE_SCALAR ? item : source_of(item);

    if (source == NULL || (item->kind == NODE_SCALAR && !split(item->value, &mount)))
        return false;
    char *const path = path_of(document, source->value,
                               item->kind == NODE_SCALAR ? mount.source.length : source->length);
    const bool has_secrets = is_private(path);
    free(path);
    return has_secrets;
}

bool compose_fix_path(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    static const char *const values[] = { "true", NULL };
    static const struct fresh read_only = { .name = "read_only", .values = values };
    const struct compose *const compose = document->model;
    const struct node *const item = finding->node;

    if (!compose_may_change(edits, item))
        return false;
    if (is_private_mount(document, item))
        return refuse(edits, "read-only too it has secrets: mount the file that is needed");
    if (item->kind == NODE_SCALAR)
        return fix_short_path(&compose->tree, item, edits);
    const struct node *const old = node_get(item, "read_only");
    if (old == NULL)
        return node_insert(edits, &compose->tree, item, &read_only, 1);
    return compose_may_change(edits, old) && node_set(edits, &compose->tree, old, "true", false);
}

/* --- C22: the fix ----------------------------------------------------------------------------- */

static bool fix_short_propagation(const struct tree *tree, const struct node *scalar,
                                  struct edits *edits)
{
    struct mount mount = { .scalar = scalar };

    if (!split(scalar->value, &mount))
        return false;
    const size_t deep = find_word(scalar->value, mount.mode, "rshared");
    if (deep < scalar->length)
        return node_replace(edits, tree, scalar, deep, strlen("rshared"), "rslave");
    const size_t flat = find_word(scalar->value, mount.mode, "shared");
    return node_replace(edits, tree, scalar, flat, strlen("shared"), "slave");
}

bool compose_fix_propagation(const struct document *document, const struct finding *finding,
                             struct edits *edits)
{
    const struct compose *const compose = document->model;
    const struct node *const item = finding->node;

    if (!compose_may_change(edits, item))
        return false;
    if (item->kind == NODE_SCALAR)
        return fix_short_propagation(&compose->tree, item, edits);
    const struct node *const old = node_get(node_get(item, "bind"), "propagation");
    return compose_may_change(edits, old) &&
           node_set(edits, &compose->tree, old, node_is(old, "shared") ? "slave" : "rslave", false);
}
