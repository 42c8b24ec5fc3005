/*
 * What has come on the connections: each request in one piece, from the first read of it to the end
 * of the turn that answers it. A beginning of one is kept with its connection until the rest comes.
 */
#ifndef BULKHEAD_INBOX_H
#define BULKHEAD_INBOX_H

#include "connections.h"

#include <stdint.h>
#include <sys/types.h>

struct inbox {
    uint8_t *bytes;
    size_t used;
};

/* False without memory. */
bool inbox_init(struct inbox *inbox);
void inbox_free(struct inbox *inbox);

/* Whether there is no room for one more request of any size: then inbox_clear comes first. */
bool inbox_is_full(const struct inbox *inbox);
void inbox_clear(struct inbox *inbox);

/*
 * Reads what has come, behind what was kept of the connection. It never waits. What is longer than
 * a request may be is cut to one byte more than that. Returns as recv(2): 0 at the end, -1 with
 * errno; else more than 0, and *bytes are all *length bytes so far.
 */
ssize_t inbox_read(struct inbox *inbox, const struct connection *connection, const uint8_t **bytes,
                   size_t *length);

/* The bytes of the last inbox_read stay until inbox_clear. */
void inbox_take(struct inbox *inbox, size_t length);

/* Keeps these with the connection, which frees them when it is closed. False without memory. */
bool inbox_keep(struct connection *connection, const uint8_t *bytes, size_t length);

#endif
