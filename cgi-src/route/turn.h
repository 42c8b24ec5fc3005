/*
 * What the event loop answers in one turn: the requests that have come by the time it wakes up.
 *
 * They are answered in memory, one after the other; then all their records go to the journal by one
 * write, and only then the answers leave. So a record is there before its answer is, as for each
 * alone, and the more requests come, the less each record costs. A turn ends early when it has
 * taken long or is large, so that the first answer does not wait for many others.
 */
#ifndef BULKHEAD_TURN_H
#define BULKHEAD_TURN_H

#include "buffer.h"
#include "connections.h"
#include "fcgi.h"
#include "stats.h"

enum { TURN_ANSWERS = 64 };

/* An answer that waits for its record. */
struct pending {
    struct connection *connection;
    const uint8_t *request; /* as it came: a journal that takes no record has it answered anew */
    size_t request_length;
    size_t record_end; /* in the turn's records */
    size_t from, end;  /* of the answer, in the turn's reply */
    int status;
    int64_t microseconds;
    bool keep;
};

struct turn {
    struct worker *worker; /* whom no request waits for */
    struct stats *stats;
    struct buffer records;
    struct reply reply;
    struct served served; /* the last one */
    struct pending pending[TURN_ANSWERS];
    size_t count;
    int64_t microseconds; /* that these answers took together */
};

/* False without memory. The worker and the counters stay the caller's. */
bool turn_init(struct turn *turn, struct worker *worker, struct stats *stats);
void turn_free(struct turn *turn);

enum turn_answered {
    TURN_ANSWERED, /* the request must stay where it is until turn_end */
    TURN_LATER,    /* what the worker has begun is to be waited for; nothing was added */
    TURN_BROKEN,   /* it is no request, and the connection is to be closed; nothing was added */
};

/* Has the worker answer a request. With `refusal`, that is the answer. */
enum turn_answered turn_answer(struct turn *turn, struct worker *worker,
                               struct connection *connection, const uint8_t *request, size_t length,
                               const struct refusal *refusal);

/* Whether it is to end before it takes another request. */
bool turn_is_full(const struct turn *turn);

/*
 * Records and sends what is pending. Of each, `keep` is then false where the connection is to be
 * closed; they are looked at until turn_begin.
 */
void turn_end(struct turn *turn);
void turn_begin(struct turn *turn);

#endif
