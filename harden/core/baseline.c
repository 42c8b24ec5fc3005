#include "core/baseline.h"

#include "core/memory.h"
#include "core/utf8.h"
#include "json/json.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *file, *id, *message; /* the last two are for people */
    uint64_t fingerprint;
};

struct baseline {
    char *path, *folder; /* the folder ends with a slash */
    struct entry *list;
    size_t count, room;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;
    const int order = strcmp(x->file, y->file);

    if (order != 0)
        return order;
    return (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
}

static void sort(struct baseline *baseline)
{
    if (baseline->count > 1)
        qsort(baseline->list, baseline->count, sizeof(baseline->list[0]), compare_entries);
}

/* The path by which a file is known here. */
static char *known_path(const struct baseline *baseline, const char *name)
{
    char *const absolute = realpath(name, NULL);
    const char *path = absolute != NULL ? absolute : name;
    const size_t length = strlen(baseline->folder);

    if (strncmp(path, baseline->folder, length) == 0)
        path += length;
    char *const known = copy_bytes(path, strlen(path));
    free(absolute);
    return known;
}

struct baseline *baseline_new(const char *path, char **why)
{
    char *const copy = copy_bytes(path, strlen(path));
    char *const folder = realpath(dirname(copy), NULL);

    free(copy);
    if (folder == NULL) {
        *why = format_text("%s", strerror(errno));
        return NULL;
    }
    struct baseline *const baseline = need(1, sizeof(*baseline));
    baseline->path = copy_bytes(path, strlen(path));
    baseline->folder = format_text("%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/");
    free(folder);
    return baseline;
}

void baseline_free(struct baseline *baseline)
{
    if (baseline == NULL)
        return;
    for (size_t i = 0; i < baseline->count; i++) {
        free(baseline->list[i].file);
        free(baseline->list[i].id);
        free(baseline->list[i].message);
    }
    free(baseline->list);
    free(baseline->path);
    free(baseline->folder);
    free(baseline);
}

static void add(struct baseline *baseline, struct entry entry)
{
    baseline->list =
        need_room(baseline->list, &baseline->room, baseline->count + 1, sizeof(baseline->list[0]));
    baseline->list[baseline->count++] = entry;
}

/* --- reading ---------------------------------------------------------------------------------- */

static char *copy_member(const struct json *object, const char *name)
{
    const struct json *const value = json_member(object, name);

    return value != NULL && value->kind == JSON_STRING
               ? copy_bytes(value->string, value->string_length)
               : NULL;
}

/* Sixteen hexadecimal digits. */
static bool read_fingerprint(const char *digits, uint64_t *fingerprint)
{
    if (digits == NULL || strlen(digits) != 16 || strspn(digits, "0123456789abcdef") != 16)
        return false;
    *fingerprint = 0;
    for (int i = 0; i < 16; i++)
        *fingerprint = *fingerprint << 4 |
                       (uint64_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    return true;
}

static bool read_entry(struct baseline *baseline, const struct json *object)
{
    char *const digits = copy_member(object, "fingerprint");
    struct entry entry = { .file = copy_member(object, "file"),
                           .id = copy_member(object, "id"),
                           .message = copy_member(object, "message") };
    const bool is_read = entry.file != NULL && read_fingerprint(digits, &entry.fingerprint);

    free(digits);
    if (is_read) {
        add(baseline, entry);
        return true;
    }
    free(entry.file);
    free(entry.id);
    free(entry.message);
    return false;
}

static bool read_entries(struct baseline *baseline, const struct text *text, char **why)
{
    struct json_document document;
    const char *what = NULL;

    json_read(&document, text);
    const struct json *const list = json_member(document.root, "baseline");
    const struct json *item = NULL;
    if (document.faults.count > 0)
        what = document.faults.list[0].why;
    else if (list == NULL || list->kind != JSON_ARRAY)
        what = "it is no baseline: --save-baseline makes one";
    else
        item = list->first;
    for (; item != NULL; item = item->next)
        if (!read_entry(baseline, item))
            what = "it has an entry without file or fingerprint";
    if (what != NULL)
        *why = format_text("%s", what);
    json_free(&document);
    sort(baseline);
    return what == NULL;
}

struct baseline *baseline_read(const char *path, char **why)
{
    struct text text;
    const char *const error = text_read(&text, path);

    *why = NULL;
    if (error != NULL) {
        *why = format_text("%s", error);
        return NULL;
    }
    struct baseline *baseline = baseline_new(path, why);
    if (baseline != NULL && !read_entries(baseline, &text, why)) {
        baseline_free(baseline);
        baseline = NULL;
    }
    text_free(&text);
    return baseline;
}

/* --- use -------------------------------------------------------------------------------------- */

size_t baseline_filter(const struct baseline *baseline, struct findings *findings)
{
    char *const file = known_path(baseline, findings->text->name);
    const size_t before = findings->count;
    size_t kept = 0;

    for (size_t i = 0; i < before; i++) {
        struct finding *const finding = &findings->list[i];
        const struct entry key = { .file = file, .fingerprint = finding->fingerprint };
        if (baseline->count > 0 &&
            bsearch(&key, baseline->list, baseline->count, sizeof(key), compare_entries) != NULL) {
            free(finding->subject);
            free(finding->message);
        } else {
            findings->list[kept++] = *finding;
        }
    }
    findings->count = kept;
    free(file);
    return before - kept;
}

void baseline_add(struct baseline *baseline, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *const finding = &findings->list[i];
        add(baseline, (struct entry){
                          .file = known_path(baseline, findings->text->name),
                          .id = copy_bytes(finding->check->id, strlen(finding->check->id)),
                          .message = copy_bytes(finding->message, strlen(finding->message)),
                          .fingerprint = finding->fingerprint,
                      });
    }
}

static void put_entry(struct bytes *out, const struct entry *entry)
{
    bytes_text(out, "{\"file\": ");
    put_json_string(out, entry->file, strlen(entry->file));
    bytes_format(out, ", \"id\": \"%s\", \"message\": ", entry->id);
    put_json_string(out, entry->message, strlen(entry->message));
    bytes_format(out, ", \"fingerprint\": \"%016" PRIx64 "\"}", entry->fingerprint);
}

bool baseline_save(struct baseline *baseline, char **why)
{
    struct bytes out = { .data = NULL };
    FILE *const file = fopen(baseline->path, "we");
    bool is_written = false;

    sort(baseline);
    bytes_text(&out, "{\"baseline\": [");
    for (size_t i = 0; i < baseline->count; i++) {
        bytes_text(&out, i > 0 ? ",\n  " : "\n  ");
        put_entry(&out, &baseline->list[i]);
    }
    bytes_text(&out, "\n]}\n");
    if (file != NULL) {
        is_written = fwrite(out.data, 1, out.length, file) == out.length;
        is_written &= fclose(file) == 0;
    }
    if (!is_written)
        *why = format_text("%s", strerror(errno));
    bytes_free(&out);
    return is_written;
}
