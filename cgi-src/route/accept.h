/* Choice between text and JSON by a request's Accept header (RFC 9110, section 12.5.1). Pure. */
#ifndef BULKHEAD_ACCEPT_H
#define BULKHEAD_ACCEPT_H

#include <stdbool.h>

/*
 * Whether JSON is to be sent. Text is the default: JSON is sent to who names `application/json` (in
 * any case, with any parameters) at a quality over 0 that is at least that of `text/plain` where
 * that is named too. Wildcards never choose JSON: curl sends one. A malformed range is skipped;
 * NULL and "" are no preference.
 */
bool accept_prefers_json(const char *accept);

#endif
