/*
 * Whether a program serves, asked over its own socket: a probe.
 *
 * The question is FastCGI's management record FCGI_GET_VALUES for the one name BULKHEAD_READY, the
 * answer FCGI_GET_VALUES_RESULT with the name of the program's route as its value (FastCGI
 * specification 1.0, section 4.1). The event loop gives it, so it says that the loop turns, and no
 * more: no request is made, counted or recorded.
 */
#ifndef BULKHEAD_PROBE_H
#define BULKHEAD_PROBE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    PROBE_MS = 1000,           /* how long an answer may take */
    PROBE_NAME_MAX = 32,       /* bytes of a route's name */
    PROBE_QUESTION_BYTES = 24, /* a header, two lengths and BULKHEAD_READY */
    PROBE_ANSWER_MAX = PROBE_QUESTION_BYTES + PROBE_NAME_MAX,
};

/* --- the records: pure ------------------------------------------------------------------------ */

/* The one form of the question that is answered. */
extern const uint8_t probe_question[PROBE_QUESTION_BYTES];

/* Whether it is a route's name: 1 to 32 lower-case letters, digits, hyphens and underscores. */
bool probe_is_name(const char *name, size_t length);

/* Writes the answer of the route of that name, and returns its length; 0: it is no name. */
size_t probe_write_answer(uint8_t answer[PROBE_ANSWER_MAX], const char *route);

enum probe_verdict {
    PROBE_INCOMPLETE, /* a beginning of an answer; more must come */
    PROBE_COMPLETE,   /* one whole answer and not a byte more */
    PROBE_WRONG,      /* none, whatever comes */
};

/* Reads an answer; `name` is set to the route's where it is complete, and else to "". */
enum probe_verdict probe_read_answer(const uint8_t *bytes, size_t length,
                                     char name[PROBE_NAME_MAX + 1]);

/* --- the program that is asked ---------------------------------------------------------------- */

/*
 * Answers the question, which has been read. `fd` does not block.
 * False: the peer does not read its answers, and the connection is of no use any more.
 */
bool probe_answer(int fd, const char *route);

/* --- who asks --------------------------------------------------------------------------------- */

/* The type of its sockets: connecting waits for nobody. */
#define PROBE_SOCKET (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

struct probe {
    const char *path; /* of the socket */
    /* afterwards */
    const char *why;               /* there was no answer; NULL: there was */
    char name[PROBE_NAME_MAX + 1]; /* of the route that answered */
    /* meanwhile */
    int fd;
    uint8_t answer[PROBE_ANSWER_MAX];
    size_t length;
};

/* Asks all of them at once, with one deadline. `polls` has a place for each. */
void probe_all(struct probe *probes, struct pollfd *polls, size_t count, int milliseconds);

/* Asks one. NULL: it answered; else why it did not. */
const char *probe(const char *path, int milliseconds);

#endif
