/* What the parts of the scanner share: what it has read, and the texts whose fields it is in. */
#ifndef BULKHEAD_SOURCE_SCAN_H
#define BULKHEAD_SOURCE_SCAN_H

#include "source/source.h"

/*
 * A string longer than this, where one may have several lines, is none: a quote was no quote. As
 * deep as FIELDS_MAX are fields in fields read; what is in deeper ones is a text.
 */
enum { STRING_MAX = 64 * 1024, FAILURES_MAX = 100, FIELDS_MAX = 100 };

/* Names of heredocs stay where they are until the next line begins. */
struct scan_heredoc {
    size_t name, length; /* 0: none is waited for */
    bool is_raw;         /* it has no fields */
};

/* A text in which a field is being read: of a string, a heredoc, or a format of Python's. */
struct scan_text {
    size_t begin; /* its first quote, or the first byte of a heredoc */
    size_t width; /* how many quotes it has; 0: it is a heredoc */
    size_t most;  /* where it must have ended; there a heredoc does end */
    size_t past;  /* behind the name that ends a heredoc */
    size_t literal;
    bool is_long, is_raw, is_format;

    bool has_field;
    char open, close;  /* what is around the field */
    size_t own, other; /* how many of these, and of other brackets, are open in it */

    struct scan_heredoc heredoc; /* which was waited for before */
};

struct scan {
    struct source *source;
    const char *bytes;
    size_t length, at;
    struct scan_heredoc heredoc;
    size_t failures; /* heredocs and fields that had no end */
    struct scan_text texts[FIELDS_MAX];
    size_t depth; /* of them are open; what is at `at` is code in the last one's field */
};

bool scan_begins(const struct scan *scan, size_t at, const char *with);

/* Writes over a part; ends of lines stay. */
void scan_blank(const struct scan *scan, size_t from, size_t end, char with);

/* A string, or as much of one as there is before its first field. */
bool scan_string(struct scan *scan);

/* The body of a heredoc likewise, which ends before `end`; `past` is behind the name there. */
void scan_heredoc_body(struct scan *scan, size_t end, size_t past);

/* A byte that may end the field that is being read, and then the text behind it. */
bool scan_field(struct scan *scan);

/* If the texts that are open have no end: the first of them is read again, as one without fields.
 */
void scan_give_up_late(struct scan *scan);

#endif
