/*
 * A look at the bytes of a FastCGI connection before libfcgi reads them.
 *
 * libfcgi trusts its peer: it allocates what a length announces, waits in read() for what does not
 * come, and some record orders abort it. So a request is handed to it only once all of it is there
 * and is exactly what a web server sends. Pure: bytes in, a verdict out.
 */
#ifndef BULKHEAD_SCAN_H
#define BULKHEAD_SCAN_H

#include <stddef.h>
#include <stdint.h>

/* The most bytes that one request may take on the socket, its body included. */
enum { SCAN_MAX_BYTES = 64 * 1024 };

enum scan_verdict {
    SCAN_INCOMPLETE, /* a beginning of either; more must come */
    SCAN_COMPLETE,   /* one whole request and not a byte more */
    SCAN_PROBE,      /* one whole question of probe.h and not a byte more */
    SCAN_MALFORMED,  /* can't become a request that we serve, nor that question */
};

/*
 * One request is, in this order and with one request id: BEGIN_REQUEST with the role of a
 * responder, PARAMS records with whole name-value pairs without NUL, at most 64 pairs, an empty
 * PARAMS, STDIN records, an empty STDIN (FastCGI specification 1.0, sections 3 and 6.2). No
 * ABORT_REQUEST, no second request behind the first; and of management records one alone, which is
 * the whole of what has come: the question whether the program serves, byte for byte.
 */
enum scan_verdict scan_request(const uint8_t *bytes, size_t length);

#endif
