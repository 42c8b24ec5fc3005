/* What is seen of an image: what the engine says, and its files as they pass by. */
#include "image/image.h"

#include "core/utf8.h"
#include "image/accounts.h"
#include "image/apt_lists.h"
#include "image/layers.h"
#include "image/release.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* A file whose contents are kept, until the record is made. */
struct kept {
    char *bytes;
    size_t length;
};

struct look {
    const struct image_options *options;
    struct kept passwd, shadow, etc_release, usr_release;
    struct packages packages;
    struct release release;
    struct bytes rights;
    size_t right_count;
};

enum { RIGHTS_MAX = 2000 };

/* --- files ------------------------------------------------------------------------------------ */

static bool is_package_file(const char *path)
{
    return strcmp(path, "var/lib/dpkg/status") == 0 ||
           (fnmatch("var/lib/dpkg/status.d/*", path, FNM_PATHNAME) == 0 &&
            fnmatch("*.md5sums", path, 0) != 0);
}

static bool is_parts_list(const char *path)
{
    return fnmatch("usr/share/doc/*.spdx.json", path, 0) == 0;
}

static bool is_wanted(const char *path)
{
    return strcmp(path, "etc/passwd") == 0 || strcmp(path, "etc/shadow") == 0 ||
           strcmp(path, "etc/os-release") == 0 || strcmp(path, "usr/lib/os-release") == 0 ||
           is_package_file(path) || is_parts_list(path);
}

/* "pkg:deb/debian/NAME@VERSION?arch=amd64&distro=debian-13": the value, up to what ends it. */
static char *purl_value(const char *purl, const char *name)
{
    const char *const question = strchr(purl, '?');
    char *const word = format_text("%s=", name);
    const char *at = question != NULL ? strstr(question, word) : NULL;

    at = at != NULL ? at + strlen(word) : "";
    free(word);
    return copy_bytes(at, strcspn(at, "&#"));
}

static void take_part(struct look *look, const struct json *part, const char *purl)
{
    char *const arch = purl_value(purl, "arch");
    char *const distro = purl_value(purl, "distro");
    char *const hyphen = strchr(distro, '-');

    packages_put(&look->packages, record_text(part, "name"), arch,
                 record_text(part, "versionInfo"));
    if (look->release.id[0] == '\0' && hyphen != NULL && strlen(distro) < RELEASE_WORD) {
        *hyphen = '\0';
        memcpy(look->release.id, distro, strlen(distro) + 1);
        memcpy(look->release.version, hyphen + 1, strlen(hyphen + 1) + 1);
    }
    free(arch);
    free(distro);
}

/* SPDX 2.3 in JSON, of an image that has no package manager of its own. */
static void take_parts(struct look *look, const struct image_file *file)
{
    struct json_document document;
    struct text text;

    text_of(&text, file->path, file->contents, file->length);
    json_read(&document, &text);
    for (const struct json *part = record_items(document.root, "packages"); part != NULL;
         part = part->next)
        for (const struct json *reference = record_items(part, "externalRefs"); reference != NULL;
             reference = reference->next) {
            const char *const purl = record_text(reference, "referenceLocator");
            if (strncmp(purl, "pkg:deb/", 8) == 0)
                take_part(look, part, purl);
        }
    json_free(&document);
    text_free(&text);
}

static void keep(struct kept *kept, const struct image_file *file)
{
    free(kept->bytes);
    kept->bytes = copy_bytes(file->contents, file->length);
    kept->length = file->length;
}

static void take_rights(struct look *look, const struct image_file *file)
{
    if (look->right_count++ >= RIGHTS_MAX)
        return;
    bytes_text(&look->rights, look->right_count > 1 ? ", {\"path\": " : "{\"path\": ");
    put_json_string(&look->rights, file->path, strlen(file->path));
    bytes_format(&look->rights, ", \"mode\": \"%04o\", \"owner\": \"%llu:%llu\"%s}", file->mode,
                 (unsigned long long)file->user, (unsigned long long)file->group,
                 file->has_capability ? ", \"capability\": true" : "");
}

static void visit(void *context, const struct image_file *file)
{
    struct look *const look = context;
    const struct {
        const char *path;
        struct kept *kept;
    } rows[] = {
        { "etc/passwd", &look->passwd },
        { "etc/shadow", &look->shadow },
        { "etc/os-release", &look->etc_release },
        { "usr/lib/os-release", &look->usr_release },
    };

    if ((file->mode & 06000) != 0 || file->has_capability)
        take_rights(look, file);
    if (file->contents == NULL)
        return;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(file->path, rows[i].path) == 0)
            keep(rows[i].kept, file);
    if (is_package_file(file->path))
        packages_add(&look->packages, file->contents, file->length);
    else if (is_parts_list(file->path))
        take_parts(look, file);
}

static bool take(void *context, const char *bytes, size_t length)
{
    return layers_feed(context, bytes, length);
}

static bool look_at_files(struct look *look, struct engine *engine, const char *name, char **why)
{
    struct layers *const layers = layers_new(is_wanted);
    char *const path = format_text("/images/%s/get", name);

    bool is_done = engine_stream(engine, path, take, layers, why);
    if (is_done && !layers_end(layers, visit, look))
        is_done = false;
    if (!is_done && *why == NULL)
        *why = format_text("its files can't be read: %s", layers_fault(layers));
    free(path);
    layers_free(layers);
    return is_done;
}

/* --- packages --------------------------------------------------------------------------------- */

/* NULL: they were compared, or there is none; else why not. */
static char *compare(const struct look *look, struct packages *updates)
{
    const struct release *const release = &look->release;
    char *why = NULL;

    if (look->packages.count == 0)
        return release->id[0] == '\0' || strcmp(release->id, "debian") == 0
                   ? NULL
                   : format_text("updates of packages: those of %s are not known here",
                                 release->id);
    if (release->codename[0] == '\0')
        return format_text("updates of packages: the image does not say its release");
    char *fault = NULL;
    if (!apt_lists_read(look->options->lists, release->codename, &look->packages, updates, &fault))
        why = format_text("updates of packages: %s", fault);
    free(fault);
    return why;
}

static void put_packages(struct bytes *out, const struct packages *packages)
{
    bytes_text(out, "[");
    for (size_t i = 0; i < packages->count; i++) {
        const struct package *const one = &packages->list[i];
        bytes_text(out, i > 0 ? ", {\"name\": " : "{\"name\": ");
        put_json_string(out, one->name, strlen(one->name));
        bytes_text(out, ", \"arch\": ");
        put_json_string(out, one->arch, strlen(one->arch));
        bytes_text(out, ", \"version\": ");
        put_json_string(out, one->version, strlen(one->version));
        bytes_text(out, "}");
    }
    bytes_text(out, "]");
}

/* --- the record ------------------------------------------------------------------------------- */

static void put_files(struct bytes *out, struct look *look, char **why)
{
    const struct kept *const system =
        look->etc_release.bytes != NULL ? &look->etc_release : &look->usr_release;
    struct packages updates = { .list = NULL };

    if (system->bytes != NULL)
        release_read(&look->release, system->bytes, system->length);
    release_complete(&look->release, DISTRO_INFO);
    packages_sort(&look->packages);
    *why = compare(look, &updates);
    bytes_format(out, ", \"Rights\": [%s]", look->rights.data != NULL ? look->rights.data : "");
    bytes_text(out, ", \"Accounts\": ");
    accounts_put(out, look->passwd.bytes != NULL ? look->passwd.bytes : "", look->passwd.length,
                 look->shadow.bytes != NULL ? look->shadow.bytes : "", look->shadow.length);
    bytes_text(out, ", \"Release\": ");
    release_put(out, &look->release);
    bytes_text(out, ", \"Packages\": ");
    put_packages(out, &look->packages);
    bytes_text(out, ", \"Updates\": ");
    put_packages(out, &updates);
    packages_free(&updates);
}

static bool needs_files(const struct selection *selection)
{
    for (size_t i = 4; i <= 6; i++) {
        const char id[] = { 'I', (char)('0' + i), '\0' };
        if (is_selected(selection, check_named(id, 2)))
            return true;
    }
    return false;
}

static bool look_at(struct engine *engine, const char *name, struct look *look, struct bytes *out,
                    char **why)
{
    char *const path = format_text("/images/%s/history", name);

    bytes_text(out, "{\"History\": ");
    bool is_done = engine_get(engine, path, out, why);
    free(path);
    if (is_done && needs_files(look->options->wanted)) {
        is_done = look_at_files(look, engine, name, why);
        if (is_done)
            put_files(out, look, why);
    }
    bytes_text(out, "}");
    return is_done;
}

/* What the engine takes for a name, and nothing that is more of an address than that. */
static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-/:@";

    return name[0] != '\0' && name[0] != '/' && strspn(name, allowed) == strlen(name) &&
           strstr(name, "..") == NULL && strlen(name) < 512;
}

bool image_look(struct engine *engine, const char *name, const struct image_options *options,
                struct text *text, char **why)
{
    struct look look = { .options = options };
    struct bytes inspect = { .data = NULL }, more = { .data = NULL };

    *why = NULL;
    if (!is_name(name)) {
        *why = format_text("that is no name of an image");
        return false;
    }
    char *const path = format_text("/images/%s/json", name);
    char *const title = format_text("image/%s", name);
    const bool is_done =
        engine_get(engine, path, &inspect, why) && look_at(engine, name, &look, &more, why);
    if (is_done)
        record_text_of(text, title, inspect.data, inspect.length, more.data);
    free(path);
    free(title);
    bytes_free(&inspect);
    bytes_free(&more);
    bytes_free(&look.rights);
    packages_free(&look.packages);
    free(look.passwd.bytes);
    free(look.shadow.bytes);
    free(look.etc_release.bytes);
    free(look.usr_release.bytes);
    return is_done;
}
