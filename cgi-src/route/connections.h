/* The open connections of one process: a fixed table, and who waits for what since when. */
#ifndef BULKHEAD_CONNECTIONS_H
#define BULKHEAD_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With a descriptor each. nginx keeps `keepalive` idle ones a worker, and opens more under load. */
enum { MAX_CONNECTIONS = 4096 };

enum connection_state {
    CONNECTION_IDLE,    /* between two requests */
    CONNECTION_PARTIAL, /* the beginning of a request has come */
    CONNECTION_BUSY,    /* the pool or this turn answers it; in no list */
    CONNECTION_STATES,
};

struct connection {
    int fd;
    enum connection_state state;
    bool only_probes; /* its peer's requests are not served */
    bool has_news;    /* something came while it was busy */
    int64_t since;    /* milliseconds of the monotonic clock, of entering this state */
    uint8_t *kept;    /* of a beginning of a request; NULL: none */
    size_t kept_length;
    struct connection *previous, *next;
};

/* In the order of `since`: the longest waiting one first. */
struct connection_list {
    struct connection *first, *last;
};

struct connections {
    struct connection *slots;
    struct connection *unused;                     /* linked by next */
    struct connection_list lists[CONNECTION_BUSY]; /* idle and partial */
    size_t counts[CONNECTION_STATES];
    size_t only_probing;
};

/* False without memory. */
bool connections_init(struct connections *connections);
void connections_free(struct connections *connections);

/* Takes `fd` over as an idle connection. NULL when the table is full; fd is then still the
 * caller's. */
struct connection *connection_open(struct connections *connections, int fd, bool only_probes,
                                   int64_t now);
void connection_set(struct connections *connections, struct connection *connection,
                    enum connection_state state, int64_t now);
/* What was kept of a request is of no use any more. */
void connection_forget(struct connection *connection);
/* Closes its descriptor and gives its place back. */
void connection_close(struct connections *connections, struct connection *connection);

/* The one that waits longest among the idle, else among the partial ones; NULL: there is none. */
struct connection *connections_oldest(const struct connections *connections);
/* The same, of those whose requests are not served. */
struct connection *connections_oldest_probing(const struct connections *connections);

size_t connections_count(const struct connections *connections);

#endif
