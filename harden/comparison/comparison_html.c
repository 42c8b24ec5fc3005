/*
 * The page: one file, without a script, that asks for nothing. What is of the reports is anybody's,
 * and goes in through put_escaped alone.
 */
#include "comparison/comparison.h"
#include "config.h"
#include "core/utf8.h"

#include <string.h>

static void put_escaped(struct bytes *out, const char *bytes, size_t length)
{
    struct bytes visible = { .data = NULL };

    put_visible(&visible, bytes, length);
    for (size_t i = 0; i < visible.length; i++) {
        const char c = visible.data[i];
        if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
            bytes_format(out, "&#%d;", c);
        else
            bytes_add(out, &c, 1);
    }
    bytes_free(&visible);
}

/* --- the picture ------------------------------------------------------------------------------ */

static const enum fate drawn[] = { FATE_FIXED, FATE_LEFT, FATE_NEW };

static size_t width_of(const struct tally *tally)
{
    return tally_found(tally) + tally->fates[FATE_NEW];
}

/* In thousandths; whatever is there at all is seen, and three of them have room in a whole. */
static size_t share_of(size_t part, size_t most)
{
    const size_t share = part * 970 / most;

    return share < 10 ? 10 : share;
}

static void put_bar(struct bytes *out, const char *name, const struct tally *tally, size_t most)
{
    size_t from = 0;

    bytes_format(out,
                 "<div class=\"bar\"><span>%s</span><svg role=\"img\" aria-label=\"%s: %zu found, "
                 "%zu fixed, %zu left, %zu new\">",
                 name, name, tally_found(tally), tally->fates[FATE_FIXED], tally->fates[FATE_LEFT],
                 tally->fates[FATE_NEW]);
    for (size_t i = 0; i < FATES; i++) {
        if (tally->fates[drawn[i]] == 0)
            continue;
        const size_t share = share_of(tally->fates[drawn[i]], most);
        bytes_format(out,
                     "<rect class=\"part %s\" x=\"%zu.%zu%%\" y=\"0\" width=\"%zu.%zu%%\" "
                     "height=\"100%%\"/>",
                     fate_name(drawn[i]), from / 10, from % 10, share / 10, share % 10);
        from += share;
    }
    bytes_format(out, "</svg><span class=\"now\">%zu → %zu</span></div>\n", tally_found(tally),
                 tally_now(tally));
}

static void put_legend(struct bytes *out)
{
    bytes_text(
        out,
        "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>"
        "<pattern id=\"stripes\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect class=\"left-ground\" width=\"8\" height=\"8\"/>"
        "<rect class=\"ink\" width=\"2\" height=\"8\"/></pattern>"
        "<pattern id=\"dots\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
        "<rect class=\"new-ground\" width=\"8\" height=\"8\"/>"
        "<circle class=\"ink\" cx=\"4\" cy=\"4\" r=\"1.5\"/></pattern></defs></svg>\n"
        "<ul class=\"legend\">");
    for (size_t i = 0; i < FATES; i++)
        bytes_format(out,
                     "<li><svg aria-hidden=\"true\"><rect class=\"%s\" width=\"100%%\" "
                     "height=\"100%%\"/></svg>%s</li>",
                     fate_name(drawn[i]), fate_name(drawn[i]));
    bytes_text(out, "</ul>\n<p>Fixed and left together are what the first scan found. On the right "
                    "is how many there were, and how many there are.</p>\n");
}

static void put_picture(struct bytes *out, const struct comparison *comparison)
{
    size_t most = 1;

    put_legend(out);
    for (size_t i = 0; i < SEVERITIES; i++)
        if (width_of(&comparison->severities[i]) > most)
            most = width_of(&comparison->severities[i]);
    bytes_text(out, "<figure><figcaption>By severity</figcaption>\n");
    for (size_t i = SEVERITIES; i-- > 0;)
        put_bar(out, severity_name((enum severity)i), &comparison->severities[i], most);
    bytes_text(out, "</figure>\n");
    if (comparison->type_count == 0)
        return;
    most = 1;
    for (size_t i = 0; i < comparison->type_count; i++)
        if (width_of(&comparison->types[i].tally) > most)
            most = width_of(&comparison->types[i].tally);
    bytes_text(out, "<figure><figcaption>By type of file</figcaption>\n");
    for (size_t i = 0; i < comparison->type_count; i++)
        put_bar(out, comparison->types[i].name, &comparison->types[i].tally, most);
    bytes_text(out, "</figure>\n");
}

/* --- tables ----------------------------------------------------------------------------------- */

static void put_figures_row(struct bytes *out, const char *name, const struct tally *tally)
{
    const size_t figures[] = { tally_found(tally), tally->fates[FATE_FIXED],
                               tally->fates[FATE_LEFT], tally->fates[FATE_NEW] };

    bytes_format(out, "<tr><th scope=\"row\">%s</th>", name);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
        bytes_format(out, "<td class=\"number\">%zu</td>", figures[i]);
    bytes_text(out, "</tr>\n");
}

static void put_figures(struct bytes *out, const struct comparison *comparison)
{
    static const char *const heads[] = { "found", "fixed", "left", "new" };

    bytes_text(out, "<table class=\"figures\"><caption>The same in figures</caption><thead><tr>"
                    "<th scope=\"col\">severity, type</th>");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        bytes_format(out, "<th scope=\"col\" class=\"number\">%s</th>", heads[i]);
    bytes_text(out, "</tr></thead><tbody>\n");
    for (size_t i = SEVERITIES; i-- > 0;)
        put_figures_row(out, severity_name((enum severity)i), &comparison->severities[i]);
    for (size_t i = 0; i < comparison->type_count; i++)
        put_figures_row(out, comparison->types[i].name, &comparison->types[i].tally);
    put_figures_row(out, "all", &comparison->all);
    bytes_text(out, "</tbody></table>\n");
}

static void put_scans(struct bytes *out, const struct comparison *comparison)
{
    const struct scan *const first = comparison->first, *const second = comparison->second;
    const struct {
        const char *name;
        size_t first, second;
    } rows[] = {
        { "findings", first->count, second->count },
        { "files", first->summary.files, second->summary.files },
        { "ignored by comments", first->summary.ignored, second->summary.ignored },
        { "in the baseline", first->summary.baseline, second->summary.baseline },
        { "unreadable", first->summary.unreadable, second->summary.unreadable },
    };

    bytes_text(out, "<h2>The scans</h2>\n<table class=\"figures\"><caption>What is not looked at, "
                    "or ignored, is not fixed</caption><thead><tr><th scope=\"col\">of it</th>"
                    "<th scope=\"col\" class=\"number\">first: <code>");
    put_escaped(out, first->text.name, strlen(first->text.name));
    bytes_text(out, "</code></th><th scope=\"col\" class=\"number\">second: <code>");
    put_escaped(out, second->text.name, strlen(second->text.name));
    bytes_text(out, "</code></th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        bytes_format(out,
                     "<tr><th scope=\"row\">%s</th><td class=\"number\">%zu</td>"
                     "<td class=\"number\">%zu</td></tr>\n",
                     rows[i].name, rows[i].first, rows[i].second);
    bytes_text(out, "</tbody></table>\n");
}

static void put_entry(struct bytes *out, const struct entry *entry)
{
    bytes_text(out, "<tr><th scope=\"row\" class=\"check\"><b>");
    put_escaped(out, entry->id.bytes, entry->id.length);
    bytes_format(out, "</b>%s</th><td><code>", severity_name(entry->severity));
    put_escaped(out, entry->file.bytes, entry->file.length);
    bytes_format(out, ":%zu:%zu</code></td><td>", entry->line, entry->column);
    put_escaped(out, entry->message.bytes, entry->message.length);
    bytes_text(out, "<small>");
    put_escaped(out, entry->title.bytes, entry->title.length);
    bytes_text(out, "</small></td></tr>\n");
}

/* Those of one fate, which are beside each other from *next on. */
static void put_findings(struct bytes *out, const struct comparison *comparison, enum fate fate,
                         size_t *next)
{
    static const struct {
        const char *title, *caption;
    } words[] = {
        [FATE_NEW] = { "New", "In the second scan alone" },
        [FATE_LEFT] = { "Left", "In both scans; the lines are the second's" },
        [FATE_FIXED] = { "Fixed", "In the first scan alone, whose lines these are" },
    };

    bytes_format(out, "<h2>%s (%zu)</h2>\n", words[fate].title, comparison->all.fates[fate]);
    if (comparison->all.fates[fate] == 0) {
        bytes_text(out, "<p>None.</p>\n");
        return;
    }
    bytes_format(out,
                 "<table class=\"findings\"><caption>%s</caption><thead><tr>"
                 "<th scope=\"col\" class=\"check\">check</th><th scope=\"col\" class=\"where\">"
                 "where</th><th scope=\"col\">what</th></tr></thead><tbody>\n",
                 words[fate].caption);
    while (*next < comparison->count && comparison->list[*next].fate == fate)
        put_entry(out, &comparison->list[(*next)++]);
    bytes_text(out, "</tbody></table>\n");
}

/* --- the page --------------------------------------------------------------------------------- */

static void put_sums(struct bytes *out, const struct tally *tally)
{
    bytes_format(out, "<dl class=\"sums\"><div><dt>found</dt><dd>%zu</dd></div>",
                 tally_found(tally));
    for (size_t i = 0; i < FATES; i++)
        bytes_format(out, "<div class=\"%s\"><dt>%s</dt><dd>%zu</dd></div>", fate_name(drawn[i]),
                     fate_name(drawn[i]), tally->fates[drawn[i]]);
    bytes_text(out, "</dl>\n");
}

void comparison_html(struct bytes *out, const struct comparison *comparison)
{
    size_t next = 0;

    bytes_format(out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src '%s'; base-uri 'none'; form-action 'none'\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width\">\n"
                 "<title>Two scans by harden: %zu found, %zu fixed, %zu left, %zu new</title>\n"
                 "<style>%s</style>\n</head>\n<body>\n<main>\n<h1>What became of the findings</h1>"
                 "\n",
                 comparison_style_hash, tally_found(&comparison->all),
                 comparison->all.fates[FATE_FIXED], comparison->all.fates[FATE_LEFT],
                 comparison->all.fates[FATE_NEW], comparison_style);
    put_sums(out, &comparison->all);
    put_picture(out, comparison);
    put_figures(out, comparison);
    for (enum fate fate = FATE_NEW; fate < FATES; fate++)
        put_findings(out, comparison, fate, &next);
    put_scans(out, comparison);
    bytes_format(out,
                 "<p>Made by harden %s. <code>harden explain ID</code> tells all about a check.</p>"
                 "\n</main>\n</body>\n</html>\n",
                 PACKAGE_VERSION);
}
