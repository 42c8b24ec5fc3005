/* The head of an answer that somebody sends over HTTP/1: how whole it is, and its status. */
#ifndef BULKHEAD_ANSWER_H
#define BULKHEAD_ANSWER_H

#include <stddef.h>

enum {
    ANSWER_MAX = 8192, /* bytes of a head that are worth waiting for: nginx's has about 800 */
    ANSWER_INCOMPLETE = 0,
    ANSWER_WRONG = -1,
};

/*
 * The status, 100 to 599, of an answer of which these are the first bytes: a status line of
 * HTTP/1.x, fields and the empty line (RFC 9112, sections 4 and 5, without the lenience that it
 * allows). What is behind that is not looked at. ANSWER_INCOMPLETE: it may be the beginning of
 * one; ANSWER_WRONG: it is none, whatever comes. It is pure.
 */
int answer_status(const char *bytes, size_t length);

#endif
