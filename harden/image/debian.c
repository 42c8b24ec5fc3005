#include "image/debian.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- versions --------------------------------------------------------------------------------- */

/* "~" sorts before the end, letters before the rest; a digit ends what is no number. */
static int order_of(char c)
{
    if (c == '~')
        return -1;
    if (c == '\0' || isdigit((unsigned char)c))
        return 0;
    return isalpha((unsigned char)c) ? (unsigned char)c : (unsigned char)c + 256;
}

static char at(const char *text, size_t length, size_t i)
{
    return i < length ? text[i] : '\0';
}

/* One part of two versions: what is no number, then a number, and so on. */
static int compare_parts(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t i = 0, j = 0;

    while (i < a_length || j < b_length) {
        while ((i < a_length && !isdigit((unsigned char)a[i])) ||
               (j < b_length && !isdigit((unsigned char)b[j]))) {
            const int order = order_of(at(a, a_length, i)) - order_of(at(b, b_length, j));
            if (order != 0)
                return order;
            i++;
            j++;
        }
        while (at(a, a_length, i) == '0')
            i++;
        while (at(b, b_length, j) == '0')
            j++;
        int first = 0;
        while (isdigit((unsigned char)at(a, a_length, i)) &&
               isdigit((unsigned char)at(b, b_length, j))) {
            if (first == 0)
                first = a[i] - b[j];
            i++;
            j++;
        }
        if (isdigit((unsigned char)at(a, a_length, i)))
            return 1;
        if (isdigit((unsigned char)at(b, b_length, j)))
            return -1;
        if (first != 0)
            return first;
    }
    return 0;
}

struct version {
    const char *epoch, *upstream, *revision;
    size_t epoch_length, upstream_length, revision_length;
};

static struct version split(const char *text)
{
    const char *const colon = strchr(text, ':');
    struct version version = { .epoch = "", .upstream = text, .revision = "" };

    if (colon != NULL) {
        version.epoch = text;
        version.epoch_length = (size_t)(colon - text);
        version.upstream = colon + 1;
    }
    const char *const hyphen = strrchr(version.upstream, '-');
    version.upstream_length = strlen(version.upstream);
    if (hyphen != NULL) {
        version.upstream_length = (size_t)(hyphen - version.upstream);
        version.revision = hyphen + 1;
        version.revision_length = strlen(hyphen + 1);
    }
    return version;
}

int debian_compare(const char *a, const char *b)
{
    const struct version x = split(a), y = split(b);
    int order = compare_parts(x.epoch, x.epoch_length, y.epoch, y.epoch_length);

    if (order == 0)
        order = compare_parts(x.upstream, x.upstream_length, y.upstream, y.upstream_length);
    if (order == 0)
        order = compare_parts(x.revision, x.revision_length, y.revision, y.revision_length);
    return order;
}

/* --- packages --------------------------------------------------------------------------------- */

static const char *copy_to(struct pool *pool, const char *text, size_t length)
{
    char *const copy = pool_take(pool, length + 1);

    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

void packages_put(struct packages *packages, const char *name, const char *arch,
                  const char *version)
{
    if (packages->count == PACKAGES_MAX)
        return;
    packages->list =
        need_room(packages->list, &packages->room, packages->count + 1, sizeof(packages->list[0]));
    packages->list[packages->count++] =
        (struct package){ .name = copy_to(&packages->pool, name, strlen(name)),
                          .arch = copy_to(&packages->pool, arch, strlen(arch)),
                          .version = copy_to(&packages->pool, version, strlen(version)) };
}

/* A field of a paragraph, by its beginning; length 0: it has none. */
struct field {
    const char *text;
    size_t length;
};

static bool read_field(struct field *field, const char *name, const char *line, size_t length)
{
    const size_t size = strlen(name);

    if (length < size || strncmp(line, name, size) != 0)
        return false;
    while (length > size && (line[length - 1] == ' ' || line[length - 1] == '\r'))
        length--;
    line += size;
    length -= size;
    while (length > 0 && *line == ' ') {
        line++;
        length--;
    }
    *field = (struct field){ line, length };
    return true;
}

struct paragraph {
    struct field name, arch, version, status;
};

static void end_paragraph(struct packages *packages, struct paragraph *paragraph)
{
    static const char installed[] = " installed";
    const struct field *const status = &paragraph->status;
    const bool is_installed =
        status->length == 0 || (status->length >= sizeof(installed) - 1 &&
                                memcmp(status->text + status->length - (sizeof(installed) - 1),
                                       installed, sizeof(installed) - 1) == 0);

    if (is_installed && paragraph->name.length > 0 && paragraph->version.length > 0 &&
        packages->count < PACKAGES_MAX) {
        packages->list = need_room(packages->list, &packages->room, packages->count + 1,
                                   sizeof(packages->list[0]));
        packages->list[packages->count++] = (struct package){
            .name = copy_to(&packages->pool, paragraph->name.text, paragraph->name.length),
            .arch = copy_to(&packages->pool, paragraph->arch.text, paragraph->arch.length),
            .version = copy_to(&packages->pool, paragraph->version.text, paragraph->version.length),
        };
    }
    *paragraph = (struct paragraph){ .name = { NULL, 0 } };
}

void packages_add(struct packages *packages, const char *text, size_t length)
{
    struct paragraph paragraph = { .name = { NULL, 0 } };

    while (length > 0) {
        const char *const end = memchr(text, '\n', length);
        const size_t line = end != NULL ? (size_t)(end - text) : length;
        if (line == 0 || (line == 1 && text[0] == '\r'))
            end_paragraph(packages, &paragraph);
        else if (!read_field(&paragraph.name, "Package:", text, line) &&
                 !read_field(&paragraph.arch, "Architecture:", text, line) &&
                 !read_field(&paragraph.version, "Version:", text, line))
            read_field(&paragraph.status, "Status:", text, line);
        text += line + (end != NULL);
        length -= line + (end != NULL);
    }
    end_paragraph(packages, &paragraph);
}

static int compare_packages(const void *a, const void *b)
{
    const struct package *const x = a, *const y = b;
    const int order = strcmp(x->name, y->name);

    return order != 0 ? order : strcmp(x->arch, y->arch);
}

void packages_sort(struct packages *packages)
{
    if (packages->count > 1)
        qsort(packages->list, packages->count, sizeof(packages->list[0]), compare_packages);
}

size_t packages_find(const struct packages *packages, const char *name)
{
    size_t from = 0, end = packages->count;

    while (from < end) {
        const size_t middle = from + (end - from) / 2;
        if (strcmp(packages->list[middle].name, name) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return from < packages->count && strcmp(packages->list[from].name, name) == 0 ? from
                                                                                  : packages->count;
}

void packages_free(struct packages *packages)
{
    free(packages->list);
    pool_free(&packages->pool);
    *packages = (struct packages){ .list = NULL };
}
