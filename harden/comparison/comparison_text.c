/* What became of findings, for people and for programs. */
#include "comparison/comparison.h"
#include "config.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <string.h>

/* --- lines ------------------------------------------------------------------------------------ */

static void put_row(struct bytes *out, const char *name, const struct tally *tally)
{
    bytes_format(out, "%-12s %7zu %7zu %7zu %7zu\n", name, tally_found(tally),
                 tally->fates[FATE_FIXED], tally->fates[FATE_LEFT], tally->fates[FATE_NEW]);
}

static void put_head(struct bytes *out, const char *what)
{
    bytes_format(out, "\n%-12s %7s %7s %7s %7s\n", what, "found", "fixed", "left", "new");
}

static void put_figures(struct bytes *out, const struct comparison *comparison)
{
    put_head(out, "severity");
    for (int severity = SEVERITIES - 1; severity >= 0; severity--)
        put_row(out, severity_name((enum severity)severity), &comparison->severities[severity]);
    put_head(out, "type");
    for (size_t i = 0; i < comparison->type_count; i++)
        put_row(out, comparison->types[i].name, &comparison->types[i].tally);
    put_row(out, "all", &comparison->all);
}

static void put_scan(struct bytes *out, const char *which, const struct scan *scan)
{
    bytes_format(out, "%s: ", which);
    put_visible(out, scan->text.name, strlen(scan->text.name));
    bytes_format(out, ": %zu findings in %zu files", scan->count, scan->summary.files);
    if (scan->summary.ignored > 0)
        bytes_format(out, ", %zu ignored by comments", scan->summary.ignored);
    if (scan->summary.baseline > 0)
        bytes_format(out, ", %zu in the baseline", scan->summary.baseline);
    if (scan->summary.unreadable > 0)
        bytes_format(out, ", %zu files or folders could not be read", scan->summary.unreadable);
    bytes_text(out, "\n");
}

void comparison_text(struct bytes *out, const struct comparison *comparison)
{
    put_scan(out, "first", comparison->first);
    put_scan(out, "second", comparison->second);
    put_figures(out, comparison);
    bytes_text(out, comparison->count > 0 ? "\n" : "");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct entry *const entry = &comparison->list[i];
        bytes_format(out, "%s: ", fate_name(entry->fate));
        put_visible(out, entry->file.bytes, entry->file.length);
        bytes_format(out, ":%zu:%zu: %s ", entry->line, entry->column,
                     severity_name(entry->severity));
        put_visible(out, entry->id.bytes, entry->id.length);
        bytes_text(out, ": ");
        put_visible(out, entry->message.bytes, entry->message.length);
        bytes_text(out, "\n");
    }
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_tally(struct bytes *out, const struct tally *tally)
{
    bytes_format(out, "{\"found\": %zu, \"fixed\": %zu, \"left\": %zu, \"new\": %zu}",
                 tally_found(tally), tally->fates[FATE_FIXED], tally->fates[FATE_LEFT],
                 tally->fates[FATE_NEW]);
}

static void put_member(struct bytes *out, const char *name, struct piece value)
{
    bytes_format(out, ", \"%s\": ", name);
    put_json_string(out, value.bytes, value.length);
}

static void put_entry(struct bytes *out, const struct entry *entry)
{
    bytes_format(out, "{\"state\": \"%s\"", fate_name(entry->fate));
    put_member(out, "file", entry->file);
    bytes_format(out, ", \"line\": %zu, \"column\": %zu, \"severity\": \"%s\"", entry->line,
                 entry->column, severity_name(entry->severity));
    put_member(out, "id", entry->id);
    put_member(out, "type", entry->type);
    put_member(out, "title", entry->title);
    put_member(out, "message", entry->message);
    bytes_format(out, ", \"fingerprint\": \"%016" PRIx64 "\"}", entry->fingerprint);
}

static void put_json_scan(struct bytes *out, const char *which, const struct scan *scan)
{
    bytes_format(out, ", \"%s\": {\"report\": ", which);
    put_json_string(out, scan->text.name, strlen(scan->text.name));
    bytes_format(out,
                 ", \"findings\": %zu, \"files\": %zu, \"ignored\": %zu, \"baseline\": %zu, "
                 "\"unreadable\": %zu}",
                 scan->count, scan->summary.files, scan->summary.ignored, scan->summary.baseline,
                 scan->summary.unreadable);
}

void comparison_json(struct bytes *out, const struct comparison *comparison)
{
    bytes_format(out, "{\"harden\": \"%s\"", PACKAGE_VERSION);
    put_json_scan(out, "first", comparison->first);
    put_json_scan(out, "second", comparison->second);
    bytes_text(out, ", \"summary\": ");
    put_tally(out, &comparison->all);
    bytes_text(out, ", \"severities\": {");
    for (int severity = SEVERITIES - 1; severity >= 0; severity--) {
        bytes_format(out, "\"%s\": ", severity_name((enum severity)severity));
        put_tally(out, &comparison->severities[severity]);
        bytes_text(out, severity > 0 ? ", " : "}, \"types\": {");
    }
    for (size_t i = 0; i < comparison->type_count; i++) {
        bytes_format(out, "%s\"%s\": ", i > 0 ? ", " : "", comparison->types[i].name);
        put_tally(out, &comparison->types[i].tally);
    }
    bytes_text(out, "}, \"findings\": [");
    for (size_t i = 0; i < comparison->count; i++) {
        bytes_text(out, i > 0 ? ",\n" : "\n");
        put_entry(out, &comparison->list[i]);
    }
    bytes_text(out, "]}\n");
}
