/*
 * Text that somebody else chose, made inert in each language that it is shown in. Pure. What is not
 * UTF-8 becomes U+FFFD; the database has none.
 */
#ifndef BULKHEAD_ESCAPE_H
#define BULKHEAD_ESCAPE_H

#include "route/buffer.h"

/*
 * Inside an element of HTML, or a quoted attribute that is read. A character that can't be seen, or
 * that changes the order in which others are (controls, bidi overrides, zero widths, spaces but
 * U+0020, what Unicode does not assign), is shown as its number, like `\u{202E}`.
 * So is a backslash that would be taken for the beginning of one.
 */
void put_html(struct buffer *buffer, const char *text);

/* The value of a field that is sent back, in a quoted attribute of HTML: it stays what it is. */
void put_field(struct buffer *buffer, const char *text);

/* A JSON string with its quotes. The same characters are \u escapes: it reads the same. */
void put_json(struct buffer *buffer, const char *text);

/*
 * A cell of CSV (RFC 4180). One that a spreadsheet would take for a formula gets an apostrophe in
 * front, which spreadsheets show as text.
 */
void put_csv(struct buffer *buffer, const char *text);

/* Percent-encoded (RFC 3986): all but ASCII letters, digits, and what `kept` has. */
void put_percent(struct buffer *buffer, const char *text, const char *kept);

#endif
