/* Two reports of `harden audit --format json`, beside each other: what became of each finding. */
#ifndef BULKHEAD_COMPARISON_H
#define BULKHEAD_COMPARISON_H

#include "core/check.h"
#include "json/json.h"

#include <stdint.h>

/* In the order in which they are told: what needs somebody first. */
enum fate {
    FATE_NEW,   /* in the second alone */
    FATE_LEFT,  /* in both */
    FATE_FIXED, /* in the first alone */
    FATES,
};

/* A string of a report: anybody's bytes, and NULs among them perhaps. */
struct piece {
    const char *bytes; /* NULL: it is not there */
    size_t length;
};

struct entry {
    struct piece file, id, type, title, message;
    size_t line, column;
    uint64_t fingerprint;
    enum severity severity;
    enum fate fate;
};

/* What audit has said of the whole, at the end of its report. */
struct scan_summary {
    size_t files, ignored, baseline, unreadable;
};

struct scan {
    struct text text;
    struct json_document document;
    struct scan_summary summary;
    struct entry *list;
    size_t count, room;
};

/* How many of them had which fate. */
struct tally {
    size_t fates[FATES];
};

enum { SEVERITIES = SEVERITY_CRITICAL + 1, TYPES_MAX = 32 };

/* By the type of the files; those that the catalogue does not know are one, "other". */
struct type_tally {
    const char *name;
    struct tally tally;
};

/* The scans must outlive it. */
struct comparison {
    const struct scan *first, *second;
    struct entry *list; /* by fate, then the worst first, then by place */
    size_t count, room;
    struct tally all, severities[SEVERITIES];
    struct type_tally types[TYPES_MAX]; /* only those of which there are findings */
    size_t type_count;
};

/* False, with *why, which the caller frees: it can't be read, or is no such report. */
bool scan_read(struct scan *scan, const char *path, char **why);

/* The same, of a copy of these bytes. */
bool scan_of(struct scan *scan, const char *name, const char *bytes, size_t length, char **why);
void scan_free(struct scan *scan);

/*
 * Findings are matched as baselines do it: by their file and their fingerprint, which is made of
 * the check and of what it is about. So lines may move. Sorts the scans' lists.
 */
void compare_scans(struct comparison *comparison, struct scan *first, struct scan *second);
void comparison_free(struct comparison *comparison);

/* Those of the first scan, and those of the second. */
size_t tally_found(const struct tally *tally);
size_t tally_now(const struct tally *tally);

/* "new", "left", "fixed". */
const char *fate_name(enum fate fate);

/* Add the comparison, as lines for people, as JSON, and as a page that needs nothing else. */
void comparison_text(struct bytes *out, const struct comparison *comparison);
void comparison_json(struct bytes *out, const struct comparison *comparison);
void comparison_html(struct bytes *out, const struct comparison *comparison);

/* The page's style, and the part of its policy that allows just that. */
extern const char comparison_style[], comparison_style_hash[];

#endif
