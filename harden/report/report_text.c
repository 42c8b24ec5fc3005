/* Findings for people: what, where, why, what to do. */
#include "report/report.h"

#include "core/utf8.h"

#include <string.h>

/* How much of a long line is shown, and how much of that is before what is pointed at. */
enum { SHOWN_MAX = 120, LEAD_MAX = 40, MARKS_MAX = 60, INDENT = 8 };

static const char reset[] = "\033[0m";

static const char *colour_of(enum severity severity)
{
    static const char *const colours[] = {
        [SEVERITY_INFO] = "\033[36m",       [SEVERITY_LOW] = "\033[32m",
        [SEVERITY_MEDIUM] = "\033[33m",     [SEVERITY_HIGH] = "\033[31m",
        [SEVERITY_CRITICAL] = "\033[1;31m",
    };
    return colours[severity];
}

static void begin(struct report *report)
{
    (void)report;
}

static void put_head(struct bytes *out, const struct report *report, const struct text *text,
                     const struct finding *finding)
{
    const struct position position = text_position(text, finding->at.offset);
    const struct check row = finding_check(finding), *const check = &row;

    put_visible(out, text->name, strlen(text->name));
    if (!text->is_made)
        bytes_format(out, ":%zu:%zu", position.line, position.column);
    bytes_text(out, ": ");
    if (report->has_colour)
        bytes_text(out, colour_of(check->severity));
    bytes_format(out, "%s %s", severity_name(check->severity), check->id);
    if (report->has_colour)
        bytes_text(out, reset);
    bytes_text(out, ": ");
    put_visible(out, finding->message, strlen(finding->message));
    bytes_text(out, "\n");
}

static size_t visible_length(const struct text *text, size_t from, size_t end)
{
    struct bytes out = { .data = NULL };
    size_t count = 0;

    put_visible(&out, text->bytes + from, end - from);
    for (size_t at = 0; at < out.length; count++)
        at += utf8_length(out.data + at, out.length - at);
    bytes_free(&out);
    return count;
}

/* Moves an offset back to where a character begins. */
static size_t character_at(const struct text *text, size_t offset)
{
    for (int i = 0; i < 3 && offset > 0 && ((unsigned char)text->bytes[offset] & 0xc0) == 0x80; i++)
        offset--;
    return offset;
}

/* The line, or the part of it around the finding, and marks below that. */
static void put_source(struct bytes *out, const struct text *text, const struct finding *finding)
{
    const struct position position = text_position(text, finding->at.offset);
    const struct span line = text_line(text, position.line);
    size_t from = line.offset, end = line.offset + line.length;
    const size_t at = finding->at.offset < end ? finding->at.offset : end;
    size_t last = at + finding->at.length;

    if (line.length > SHOWN_MAX && at - from > LEAD_MAX)
        from = character_at(text, at - LEAD_MAX);
    if (end - from > SHOWN_MAX)
        end = character_at(text, from + SHOWN_MAX);
    if (last > end)
        last = end;
    bytes_format(out, "%*zu | ", INDENT - 3, position.line);
    put_visible(out, text->bytes + from, end - from);
    bytes_format(out, "\n%*s| %*s^", INDENT - 2, "", (int)visible_length(text, from, at), "");
    const size_t marks = visible_length(text, at, last > at ? last : at);
    for (size_t i = 1; i < marks && i < MARKS_MAX; i++)
        bytes_text(out, "~");
    bytes_text(out, "\n");
}

static void put_line(struct bytes *out, const char *what, const char *text)
{
    bytes_format(out, "%*s%s: %s\n", INDENT, "", what, text);
}

static void put_fix(struct bytes *out, const struct check *check)
{
    if (check->fix == FIX_NONE) {
        put_line(out, "fix", "by hand");
        return;
    }
    bytes_format(out, "%*sfix: harden fix%s%s; may break: %s\n", INDENT, "",
                 check->fix == FIX_ASKED ? " --with " : "",
                 check->fix == FIX_ASKED ? check->id : "", check->may_break);
}

static void put_references(struct bytes *out, const struct check *check)
{
    bytes_format(out, "%*s%s; MITRE ATT&CK %s", INDENT, "", stride_name(check->stride),
                 check->attack);
    if (check->benchmark.source != NULL || check->also.source != NULL) {
        bytes_text(out, "; ");
        put_benchmarks(out, check);
    }
    bytes_text(out, "\n");
}

static void finding(struct report *report, const struct text *text, const struct finding *finding)
{
    const struct check check = finding_check(finding);
    struct bytes out = { .data = NULL };

    put_head(&out, report, text, finding);
    if (!check.is_secret && !text->is_made)
        put_source(&out, text, finding);
    put_line(&out, "why", check.why);
    put_line(&out, "do", check.advice);
    put_fix(&out, &check);
    put_references(&out, &check);
    bytes_text(&out, "\n");
    if (fwrite(out.data, 1, out.length, report->out) != out.length)
        report->troubles++;
    bytes_free(&out);
}

static void end(struct report *report)
{
    fprintf(report->out, "%zu findings in %zu %s", report->findings, report->files,
            report->things != NULL ? report->things : "files");
    if (report->ignored > 0)
        fprintf(report->out, ", %zu ignored by comments", report->ignored);
    if (report->known > 0)
        fprintf(report->out, ", %zu in the baseline", report->known);
    if (report->unchecked > 0)
        fprintf(report->out, ", %zu things not checked", report->unchecked);
    if (report->troubles > 0)
        fprintf(report->out, ", %zu %s could not be read", report->troubles,
                report->things != NULL ? report->things : "files or folders");
    fputs("\n", report->out);
}

const struct format format_text_lines = {
    .name = "text", .begin = begin, .finding = finding, .end = end
};
