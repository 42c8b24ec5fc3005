/* What the commands that find something share: options, baselines, a report. */
#ifndef BULKHEAD_SESSION_H
#define BULKHEAD_SESSION_H

#include "command/options.h"
#include "core/baseline.h"

struct session {
    const struct options *options;
    struct report report;
    struct baseline *baseline; /* to leave out; NULL: none */
    struct baseline *saved;    /* to write; NULL: none */
};

/* Begins the report; false, after a line that says why: a baseline can't be had. */
bool session_begin(struct session *session, const struct options *options);

/* Tells what the reader's checks find in a text; what can't be read is a trouble. */
void session_audit(struct session *session, const struct reader *reader, const struct text *text);

/* Something that was asked for can't be looked at, or a check of it not: both say so. */
void session_trouble(struct session *session, const char *what, const char *why);
void session_unchecked(struct session *session, const char *what, const char *why);

/* Ends the report, and writes the baseline; the exit code. */
int session_end(struct session *session);
void session_free(struct session *session);

#endif
