/* How findings are told: as text for people, as JSON, and as SARIF 2.1.0. */
#ifndef BULKHEAD_REPORT_H
#define BULKHEAD_REPORT_H

#include "core/bytes.h"
#include "core/findings.h"

#include <stdio.h>

struct report {
    const struct format *format;
    FILE *out;
    const char *things;              /* that are looked at, for people; NULL: files */
    bool has_colour;                 /* text alone */
    size_t files, troubles;          /* that were looked at; that could not be */
    size_t unchecked;                /* what could not be seen, though a check asks for it */
    size_t findings, ignored, known; /* told; left out by comments, and by the baseline */
};

/* What a format does, in this order; each writes as it is called, so that nothing is collected. */
struct format {
    const char *name;
    void (*begin)(struct report *report);
    void (*finding)(struct report *report, const struct text *text, const struct finding *finding);
    void (*end)(struct report *report);
};

/* The format of that name; NULL: there is none. */
const struct format *format_named(const char *name);

extern const struct format format_text_lines, format_json, format_sarif;

/* The end of a finding's place: behind its last character. */
struct position finding_end(const struct text *text, const struct finding *finding);

/* Adds `"name": "value"`, with a comma before it unless it is the first; nothing for NULL. */
void put_json_member(struct bytes *out, const char *name, const char *value);

/* Adds the members of JSON that say all about a check, with a comma before each but the first. */
void put_json_check(struct bytes *out, const struct check *check);

/* Adds "CIS Docker Benchmark 1.6.0: 2.2; hadolint 2.12.0: DL3002"; nothing where it has none. */
void put_benchmarks(struct bytes *out, const struct check *check);

#endif
