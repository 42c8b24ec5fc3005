/*
 * FastCGI by libfcgi, from memory to memory: it is given a request that scan_request has found
 * whole, and no descriptor. So nothing here waits for anybody, and what a peer does to its
 * connection is no concern of libfcgi's.
 *
 * libfcgi wants to accept and read for itself, which costs a thread a connection and knows no check
 * of the peer. It reads and writes through OS_Read and OS_Write of <fcgios.h>; a program that
 * defines these has its own called. That, and fields which libfcgi's header marks as private, are
 * used in this one file, tried by fcgi_init and pinned by tests/unit/test_fcgi.c.
 */
#ifndef BULKHEAD_FCGI_H
#define BULKHEAD_FCGI_H

#include "exchange.h"

#include <stdint.h>

/* Prepares libfcgi; before any thread. False, after the reason was logged, if it can't be used. */
bool fcgi_init(void);

/* Bytes for the web server, in memory that grows. All zero is an empty one; free frees `bytes`. */
struct reply {
    char *bytes;
    size_t length, room;
};

struct served {
    struct answer answer; /* its numbers and its record: the texts are gone; or that it is later */
    bool keep;            /* the web server wants the connection for another request */
};

/*
 * Serves a request and adds the answer to the reply, unless it is later. With `refusal`, that is
 * the answer. False: nothing was added, for it is no request, or there is no memory; the connection
 * is to be closed.
 */
bool fcgi_serve(const uint8_t *request, size_t length, struct worker *worker,
                const struct refusal *refusal, struct reply *reply, struct served *served);

#endif
