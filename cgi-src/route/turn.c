#include "turn.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    RECORDS_BYTES = 64 * 1024,
    /* What is ready waits for no more than this beyond what is begun. */
    REPLY_BYTES = 64 * 1024,
    LONG_MICROSECONDS = 500,
};

bool turn_init(struct turn *turn, struct worker *worker, struct stats *stats)
{
    *turn = (struct turn){
        .worker = worker,
        .stats = stats,
        .records = { .bytes = malloc(RECORDS_BYTES), .size = RECORDS_BYTES },
    };
    return turn->records.bytes != NULL;
}

void turn_free(struct turn *turn)
{
    free(turn->records.bytes);
    free(turn->reply.bytes);
}

bool turn_is_full(const struct turn *turn)
{
    return turn->count == TURN_ANSWERS || turn->reply.length > REPLY_BYTES ||
           turn->microseconds > LONG_MICROSECONDS ||
           turn->records.size - turn->records.length < RECORD_LINE_BYTES;
}

/* Answers the request of a place, and notes what is to be known of the answer. */
static bool serve(struct turn *turn, struct worker *worker, struct pending *pending,
                  const struct refusal *refusal)
{
    const struct served *const served = &turn->served;
    const size_t from = turn->reply.length;

    if (!fcgi_serve(pending->request, pending->request_length, worker, refusal, &turn->reply,
                    &turn->served))
        return false;
    pending->from = from;
    pending->end = turn->reply.length;
    pending->status = served->answer.status;
    pending->microseconds = served->answer.microseconds;
    pending->keep = served->keep;
    return true;
}

enum turn_answered turn_answer(struct turn *turn, struct worker *worker,
                               struct connection *connection, const uint8_t *request, size_t length,
                               const struct refusal *refusal)
{
    struct pending *const pending = &turn->pending[turn->count];
    const struct answer *const answer = &turn->served.answer;

    *pending =
        (struct pending){ .connection = connection, .request = request, .request_length = length };
    if (!serve(turn, worker, pending, refusal))
        return TURN_BROKEN;
    if (answer->is_later)
        return TURN_LATER;
    put_bytes(&turn->records, answer->record, answer->record_length);
    pending->record_end = turn->records.length;
    turn->microseconds += answer->microseconds;
    turn->count++;
    return TURN_ANSWERED;
}

/* Of those whose records the journal has not taken, the answers are others. */
static void record(struct turn *turn)
{
    struct journal *const journal = turn->worker->service->journal;

    if (journal == NULL)
        return;
    const size_t taken = journal_append(journal, turn->records.bytes, turn->records.length);
    for (size_t i = 0; i < turn->count; i++) {
        struct pending *const pending = &turn->pending[i];
        if (pending->record_end > taken &&
            !serve(turn, turn->worker, pending, &refusal_of_unrecorded))
            pending->from = pending->end; /* no answer, then */
    }
}

/* One whose peer does not read is of no use any more: the rest of an answer waits for nobody. */
static bool send_answer(const struct turn *turn, const struct pending *pending)
{
    const size_t length = pending->end - pending->from;

    return length > 0 && write(pending->connection->fd, turn->reply.bytes + pending->from,
                               length) == (ssize_t)length;
}

void turn_end(struct turn *turn)
{
    if (turn->count == 0)
        return;
    record(turn);
    for (size_t i = 0; i < turn->count; i++) {
        struct pending *const pending = &turn->pending[i];
        stats_count_answer(turn->stats, pending->status, pending->microseconds);
        pending->keep = send_answer(turn, pending) && pending->keep;
    }
}

void turn_begin(struct turn *turn)
{
    turn->count = 0;
    turn->microseconds = 0;
    turn->records.length = turn->reply.length = 0;
}
