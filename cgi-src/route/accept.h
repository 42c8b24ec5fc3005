/* Choice of a media type by a request's Accept header (RFC 9110, section 12.5.1). Pure. */
#ifndef BULKHEAD_ACCEPT_H
#define BULKHEAD_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether JSON is to be sent. Text is the default: JSON is sent to who names `application/json` (in
 * any case, with any parameters) at a quality over 0 that is at least that of `text/plain` where
 * that is named too. Wildcards never choose JSON: curl sends one. A malformed range is skipped;
 * NULL and "" are no preference.
 */
bool accept_prefers_json(const char *accept);

/*
 * Which of `offered`, media types that end with NULL, is to be sent: the one that is named at the
 * highest quality, the earliest of several. The first is the default, and needs no name; wildcards
 * choose nothing here either: curl sends one, and browsers send one beside `text/html`.
 */
size_t accept_choose(const char *accept, const char *const offered[]);

#endif
