/* What was found in one text. */
#ifndef BULKHEAD_FINDINGS_H
#define BULKHEAD_FINDINGS_H

#include "core/select.h"
#include "core/text.h"

#include <stdint.h>

/* Where something was found. Only `at` has to be said. */
struct where {
    struct span at;     /* what to point at */
    struct span within; /* the statement that it is a part of: where a comment may be, before it */
    const void *node;   /* of the model: for the fix */

    /* The check whose severity and words it has, when it is about the same somewhere else. */
    const struct check *as;

    /*
     * What it is about, in words that stay the same when lines move: a name, a path of names.
     * Findings of a baseline are known by it, so it is no secret. NULL: the line of the text,
     * without its indentation.
     */
    const char *subject;
};

struct finding {
    const struct check *check;
    struct span at, within;
    const void *node;
    const struct check *as; /* or NULL */
    char *subject;
    char *message;        /* what is wrong here; in one line, without a full stop */
    uint64_t fingerprint; /* of the check, the subject, and how many such are before it */
};

struct findings {
    const struct selection *selection; /* NULL: everything */
    const struct text *text;
    struct finding *list;
    size_t count, room;
    size_t ignored; /* by comments in the text */
};

/* Adds a finding, if its check is selected. A check is named here by its id: "K3". */
void found(struct findings *findings, const char *id, struct where where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* All that is said about it: its check's row, with what `as` says. */
struct check finding_check(const struct finding *finding);

void findings_sort(struct findings *findings);
void findings_fingerprint(struct findings *findings);

/* Takes one out; those after it move up. */
void findings_drop(struct findings *findings, size_t index);
void findings_free(struct findings *findings);

#endif
