#include "inbox.h"

#include "scan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    LONGEST = SCAN_MAX_BYTES + 1, /* one more shows that a request is too large */
    INBOX_BYTES = 2 * LONGEST,
};

bool inbox_init(struct inbox *inbox)
{
    *inbox = (struct inbox){ .bytes = malloc(INBOX_BYTES) };
    return inbox->bytes != NULL;
}

void inbox_free(struct inbox *inbox)
{
    free(inbox->bytes);
}

bool inbox_is_full(const struct inbox *inbox)
{
    return INBOX_BYTES - inbox->used < LONGEST;
}

void inbox_clear(struct inbox *inbox)
{
    inbox->used = 0;
}

ssize_t inbox_read(struct inbox *inbox, const struct connection *connection, const uint8_t **bytes,
                   size_t *length)
{
    const size_t kept = connection->kept_length;
    uint8_t *const start = inbox->bytes + inbox->used;

    if (kept > 0)
        memcpy(start, connection->kept, kept);
    const ssize_t got = recv(connection->fd, start + kept, LONGEST - kept, MSG_DONTWAIT);
    *bytes = start;
    *length = kept + (size_t)(got > 0 ? got : 0);
    return got;
}

void inbox_take(struct inbox *inbox, size_t length)
{
    inbox->used += length;
}

bool inbox_keep(struct connection *connection, const uint8_t *bytes, size_t length)
{
    uint8_t *const kept = realloc(connection->kept, length);

    if (kept == NULL)
        return false;
    memcpy(kept, bytes, length);
    connection->kept = kept;
    connection->kept_length = length;
    return true;
}
