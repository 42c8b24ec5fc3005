/* Reports of `harden audit --format json`, which may be anybody's: each part of one is checked. */
#include "comparison/comparison.h"

#include <stdlib.h>
#include <string.h>

/* False: it is no number that a report has, which is at most 15 digits. */
static bool read_number(const struct text *text, const struct json *value, size_t *number)
{
    *number = 0;
    if (value == NULL || value->kind != JSON_NUMBER || value->at.length > 15)
        return false;
    for (size_t i = 0; i < value->at.length; i++) {
        const char digit = text->bytes[value->at.offset + i];
        if (digit < '0' || digit > '9')
            return false;
        *number = *number * 10 + (size_t)(digit - '0');
    }
    return true;
}

static bool read_string(const struct json *object, const char *name, struct piece *piece)
{
    const struct json *const value = json_member(object, name);

    if (value == NULL || value->kind != JSON_STRING)
        return false;
    *piece = (struct piece){ .bytes = value->string, .length = value->string_length };
    return true;
}

static bool read_severity(const struct json *object, enum severity *severity)
{
    const struct json *const value = json_member(object, "severity");

    return value != NULL && value->kind == JSON_STRING &&
           strlen(value->string) == value->string_length && severity_named(value->string, severity);
}

/* Sixteen hexadecimal digits. */
static bool read_fingerprint(const struct json *object, uint64_t *fingerprint)
{
    struct piece digits;

    *fingerprint = 0;
    if (!read_string(object, "fingerprint", &digits) || digits.length != 16 ||
        strspn(digits.bytes, "0123456789abcdef") != 16)
        return false;
    for (size_t i = 0; i < 16; i++) {
        const char digit = digits.bytes[i];
        *fingerprint =
            *fingerprint << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return true;
}

/* One file has one name here, whether the scan was of "." or of the file. */
static struct piece without_dots(struct piece file)
{
    while (file.length > 2 && file.bytes[0] == '.' && file.bytes[1] == '/') {
        size_t skip = 2;
        while (skip < file.length - 1 && file.bytes[skip] == '/')
            skip++;
        file = (struct piece){ .bytes = file.bytes + skip, .length = file.length - skip };
    }
    return file;
}

static bool read_finding(struct scan *scan, const struct json *object)
{
    struct entry entry = { .line = 0 };

    if (!read_string(object, "file", &entry.file) || !read_string(object, "id", &entry.id) ||
        !read_string(object, "type", &entry.type) || !read_string(object, "title", &entry.title) ||
        !read_string(object, "message", &entry.message) ||
        !read_severity(object, &entry.severity) || !read_fingerprint(object, &entry.fingerprint) ||
        !read_number(&scan->text, json_member(object, "line"), &entry.line) ||
        !read_number(&scan->text, json_member(object, "column"), &entry.column))
        return false;
    entry.file = without_dots(entry.file);
    scan->list = need_room(scan->list, &scan->room, scan->count + 1, sizeof(scan->list[0]));
    scan->list[scan->count++] = entry;
    return true;
}

static bool read_summary(struct scan *scan, const struct json *object)
{
    struct scan_summary *const summary = &scan->summary;
    const struct text *const text = &scan->text;
    size_t findings;

    return read_number(text, json_member(object, "findings"), &findings) &&
           findings == scan->count &&
           read_number(text, json_member(object, "files"), &summary->files) &&
           read_number(text, json_member(object, "ignored"), &summary->ignored) &&
           read_number(text, json_member(object, "baseline"), &summary->baseline) &&
           read_number(text, json_member(object, "unreadable"), &summary->unreadable);
}

/* NULL: all of it is read. */
static char *read_report(struct scan *scan)
{
    static const char what[] = "it is no report of `harden audit --format json`";

    json_read(&scan->document, &scan->text);
    if (scan->document.faults.count > 0) {
        const struct fault *const fault = &scan->document.faults.list[0];
        const struct position position = text_position(&scan->text, fault->offset);
        return format_text("%zu:%zu: %s", position.line, position.column, fault->why);
    }
    const struct json *const findings = json_member(scan->document.root, "findings");
    if (findings == NULL || findings->kind != JSON_ARRAY ||
        json_member(scan->document.root, "harden") == NULL)
        return format_text("%s", what);
    size_t number = 0;
    for (const struct json *item = findings->first; item != NULL; item = item->next) {
        number++;
        if (!read_finding(scan, item))
            return format_text("%s: something lacks in finding %zu", what, number);
    }
    if (!read_summary(scan, json_member(scan->document.root, "summary")))
        return format_text("%s: its summary is not that of its findings", what);
    return NULL;
}

static bool finish(struct scan *scan, char **why)
{
    *why = read_report(scan);
    if (*why != NULL)
        scan_free(scan);
    return *why == NULL;
}

bool scan_read(struct scan *scan, const char *path, char **why)
{
    *scan = (struct scan){ .list = NULL };
    const char *const error = text_read(&scan->text, path);
    if (error != NULL) {
        *why = format_text("%s", error);
        return false;
    }
    return finish(scan, why);
}

bool scan_of(struct scan *scan, const char *name, const char *bytes, size_t length, char **why)
{
    *scan = (struct scan){ .list = NULL };
    text_of(&scan->text, name, bytes, length);
    return finish(scan, why);
}

void scan_free(struct scan *scan)
{
    if (scan->text.name == NULL)
        return;
    json_free(&scan->document);
    text_free(&scan->text);
    free(scan->list);
    *scan = (struct scan){ .list = NULL };
}
