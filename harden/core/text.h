/*
 * A file as bytes, whole and never changed: what is found is a place in it, and what is fixed is
 * another text. Places are offsets of bytes; lines and columns are for people, and count from 1.
 */
#ifndef BULKHEAD_TEXT_H
#define BULKHEAD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The largest file that is read. */
enum { TEXT_MAX = 16 * 1024 * 1024 };

struct text {
    char *name;  /* its path, as it was given */
    char *bytes; /* a NUL follows the last, which does not count */
    size_t length;
    size_t begin;        /* where what it says begins: after the byte order mark, if there is one */
    const char *newline; /* how its first line ends, "\n" or "\r\n"; "\n" where none does */
    size_t *lines;       /* where each line begins; the first at 0 */
    size_t line_count;   /* at least 1 */
    bool is_made;        /* by us, of answers: it has no lines that anybody could look at */
    struct hint *hint;   /* where text_position was last: lines may be as long as the file */
};

/* A part of a text. */
struct span {
    size_t offset, length;
};

/* Both from 1. A column is a character: what is no UTF-8 counts byte by byte. */
struct position {
    size_t line, column;
};

/* A place in a text, and what is wrong there. */
struct fault {
    size_t offset;
    char why[200];
};

/* NULL: `text` is the file at that path; else why not, and `text` holds nothing. */
const char *text_read(struct text *text, const char *path);

/* Makes a text of a copy of these bytes. */
void text_of(struct text *text, const char *name, const char *bytes, size_t length);
void text_free(struct text *text);

struct position text_position(const struct text *text, size_t offset);

/* The line of that number, from 1 to line_count, without what ends it, nor the byte order mark. */
struct span text_line(const struct text *text, size_t line);

/* Whether that part of the text is just this. */
bool text_is(const struct text *text, struct span span, const char *what);

/* Sets the fault; false, so that it can be returned. */
bool fail_at(struct fault *fault, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
