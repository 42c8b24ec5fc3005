/* Findings as one object of JSON. */
#include "report/report.h"

#include "config.h"

#include <inttypes.h>

static void begin(struct report *report)
{
    fprintf(report->out, "{\"harden\": \"%s\", \"findings\": [", PACKAGE_VERSION);
}

static void finding(struct report *report, const struct text *text, const struct finding *finding)
{
    const struct position from = text_position(text, finding->at.offset);
    const struct position end = finding_end(text, finding);
    const struct check check = finding_check(finding);
    struct bytes out = { .data = NULL };

    bytes_text(&out, "{");
    put_json_member(&out, "file", text->name);
    bytes_format(&out, ", \"line\": %zu, \"column\": %zu, \"end_line\": %zu, \"end_column\": %zu",
                 from.line, from.column, end.line, end.column);
    put_json_member(&out, "message", finding->message);
    put_json_check(&out, &check);
    bytes_format(&out, ", \"fingerprint\": \"%016" PRIx64 "\"}", finding->fingerprint);
    fprintf(report->out, "%s\n%s", report->findings > 0 ? "," : "", out.data);
    bytes_free(&out);
}

static void end(struct report *report)
{
    fprintf(report->out,
            "], \"summary\": {\"findings\": %zu, \"files\": %zu, \"ignored\": %zu, "
            "\"baseline\": %zu, \"unreadable\": %zu, \"unchecked\": %zu}}\n",
            report->findings, report->files, report->ignored, report->known, report->troubles,
            report->unchecked);
}

const struct format format_json = {
    .name = "json", .begin = begin, .finding = finding, .end = end
};
