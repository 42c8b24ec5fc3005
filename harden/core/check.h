/*
 * The checks, each with all that is said about it: what is not about one file's text is only here.
 * The rows are in catalogue/, whether somebody has written the code for them or not.
 */
#ifndef BULKHEAD_CHECK_H
#define BULKHEAD_CHECK_H

#include <stdbool.h>
#include <stddef.h>

enum severity {
    SEVERITY_INFO,
    SEVERITY_LOW,
    SEVERITY_MEDIUM,
    SEVERITY_HIGH,
    SEVERITY_CRITICAL,
};

enum fix_kind {
    FIX_NONE,  /* only reported: what is right, only somebody can know */
    FIX_ASKED, /* done when it is named by --with */
    FIX_SAFE,  /* done by default: mechanical, and what it may break is said */
};

/* Whose rules the numbers of `benchmark` are: a name and the version that they are of. */
#define CIS_DOCKER "CIS Docker Benchmark 1.6.0"
#define CIS_NGINX  "CIS NGINX Benchmark 2.0.1"
#define CIS_DEBIAN "CIS Debian Linux 12 Benchmark 1.1.0"
#define CWE        "CWE 4.15"
#define HADOLINT   "hadolint 2.12.0"

/* A number of one of those; without a source there is none. */
struct benchmark {
    const char *source, *number;
};

struct check {
    const char *id;        /* a letter and a number: "K3" */
    const char *type;      /* of the files that it is about, which is its reader's: "dockerfile" */
    const char *title;     /* what is wrong, in a few words, without a full stop */
    const char *why;       /* what somebody can do because of it */
    const char *advice;    /* what to do about it */
    const char *may_break; /* what the fix may break, or NULL where there is no fix */
    const char *attack;    /* the technique of MITRE ATT&CK (Enterprise 15.1) that it allows */
    struct benchmark benchmark;
    struct benchmark also;
    enum severity severity;
    enum fix_kind fix;
    bool is_secret; /* what is found is not shown, nor the line that it is in */
    char stride;    /* S, T, R, I, D or E: what it is a step to */
};

/* All of them, in the order of the catalogue: from 0 to check_count() - 1. */
size_t check_count(void);
const struct check *check_at(size_t index);

/* The check of that id, in either case; NULL: there is none. */
const struct check *check_named(const char *id, size_t length);

const char *severity_name(enum severity severity);

/* False: there is none of that name. */
bool severity_named(const char *name, enum severity *severity);

/* "spoofing" and so on. */
const char *stride_name(char letter);

#endif
