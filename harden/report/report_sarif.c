/* Findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format). */
#include "report/report.h"

#include "config.h"
#include "core/reader.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <string.h>

static const char *level_of(enum severity severity)
{
    static const char *const levels[] = {
        [SEVERITY_INFO] = "note",  [SEVERITY_LOW] = "note",       [SEVERITY_MEDIUM] = "warning",
        [SEVERITY_HIGH] = "error", [SEVERITY_CRITICAL] = "error",
    };
    return levels[severity];
}

/* What those who sort by a number sort by: the middle of CVSS's range of that name. */
static const char *score_of(enum severity severity)
{
    static const char *const scores[] = {
        [SEVERITY_INFO] = "0.0", [SEVERITY_LOW] = "2.0",      [SEVERITY_MEDIUM] = "5.5",
        [SEVERITY_HIGH] = "8.0", [SEVERITY_CRITICAL] = "9.5",
    };
    return scores[severity];
}

/* A member whose value is an object with a text. */
static void put_message(struct bytes *out, const char *name, const char *text)
{
    bytes_format(out, ", \"%s\": {\"text\": ", name);
    put_json_string(out, text, strlen(text));
    bytes_text(out, "}");
}

static void put_help(struct bytes *out, const struct check *check)
{
    struct bytes help = { .data = NULL };

    bytes_format(&help, "%s\n\n%s", check->why, check->advice);
    if (check->may_break != NULL)
        bytes_format(&help, "\n\nThe fix may break: %s", check->may_break);
    put_message(out, "help", help.data);
    bytes_free(&help);
}

static void put_rule(struct bytes *out, const struct check *check)
{
    struct bytes benchmarks = { .data = NULL };

    bytes_text(out, "{");
    put_json_member(out, "id", check->id);
    put_message(out, "shortDescription", check->title);
    put_message(out, "fullDescription", check->why);
    put_help(out, check);
    bytes_format(out, ", \"defaultConfiguration\": {\"level\": \"%s\"}, \"properties\": {",
                 level_of(check->severity));
    put_json_member(out, "security-severity", score_of(check->severity));
    put_json_member(out, "stride", stride_name(check->stride));
    put_json_member(out, "attack", check->attack);
    put_benchmarks(&benchmarks, check);
    put_json_member(out, "benchmark", benchmarks.data);
    bytes_text(out, ", \"tags\": [\"security\"]}}");
    bytes_free(&benchmarks);
}

/* The index of a check among those that are told of, which are all. */
static size_t rule_index(const struct check *check)
{
    size_t index = 0;

    while (check_at(index) != check)
        index++;
    return index;
}

static void begin(struct report *report)
{
    struct bytes out = { .data = NULL };

    bytes_text(&out, "{\"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
                     "schemas/sarif-schema-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [{"
                     "\"tool\": {\"driver\": {\"name\": \"harden\", \"version\": \"" PACKAGE_VERSION
                     "\", \"rules\": [");
    for (size_t i = 0; i < check_count(); i++) {
        bytes_text(&out, i > 0 ? ",\n" : "\n");
        put_rule(&out, check_at(i));
    }
    fprintf(report->out, "%s]}}, \"columnKind\": \"unicodeCodePoints\", \"results\": [", out.data);
    bytes_free(&out);
}

/* A path as a relative or absolute reference (RFC 3986); what is no plain character as %NN. */
static void put_uri(struct bytes *out, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/";

    bytes_text(out, "\"");
    if (path[0] == '/')
        bytes_text(out, "file://");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr(plain, *c) != NULL)
            bytes_add(out, c, 1);
        else
            bytes_format(out, "%%%02X", (unsigned char)*c);
    }
    bytes_text(out, "\"");
}

static void finding(struct report *report, const struct text *text, const struct finding *finding)
{
    const struct position from = text_position(text, finding->at.offset);
    const struct position last = finding_end(text, finding);
    struct bytes out = { .data = NULL };

    bytes_text(&out, "{");
    put_json_member(&out, "ruleId", finding->check->id);
    bytes_format(&out, ", \"ruleIndex\": %zu", rule_index(finding->check));
    put_json_member(&out, "level", level_of(finding_check(finding).severity));
    put_message(&out, "message", finding->message);
    bytes_text(&out, ", \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
    put_uri(&out, text->name);
    bytes_format(&out,
                 "}, \"region\": {\"startLine\": %zu, \"startColumn\": %zu, \"endLine\": %zu, "
                 "\"endColumn\": %zu}}}]",
                 from.line, from.column, last.line, last.column);
    bytes_format(&out, ", \"partialFingerprints\": {\"harden/v1\": \"%016" PRIx64 "\"}}",
                 finding->fingerprint);
    fprintf(report->out, "%s\n%s", report->findings > 0 ? "," : "", out.data);
    bytes_free(&out);
}

static void end(struct report *report)
{
    fprintf(report->out, "], \"invocations\": [{\"executionSuccessful\": %s}]}]}\n",
            report->troubles == 0 ? "true" : "false");
}

const struct format format_sarif = {
    .name = "sarif", .begin = begin, .finding = finding, .end = end
};
