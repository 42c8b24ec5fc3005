/*
 * One request from its CGI variables to its answer: method, decoding, checks, handler, rendering.
 * It does no input or output of its own but for answer_record, so FastCGI, plain CGI and the tests
 * share it.
 */
#ifndef BULKHEAD_EXCHANGE_H
#define BULKHEAD_EXCHANGE_H

#include "arena.h"
#include "journal.h"
#include "query.h"
#include "record.h"
#include "route.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdint.h>
#include <time.h>

enum { REQUEST_ID_LENGTH = 32 };

/* The variables that a program reads, and the only ones that the edge sends. NULL: not there. */
struct cgi_variables {
    const char *method;        /* REQUEST_METHOD */
    const char *query;         /* QUERY_STRING */
    const char *accept;        /* HTTP_ACCEPT */
    const char *request_id;    /* REQUEST_ID */
    const char *client;        /* REMOTE_ADDR */
    const char *came;          /* REQUEST_MSEC: seconds since 1970, with three decimals */
    const char *authorization; /* HTTP_AUTHORIZATION, of a route that has `authorize` alone */
};
enum { CGI_VARIABLES = 6 };

/* How the variables are named, in the order of the struct; the edge's list is tested against it. */
extern const char *const cgi_variable_names[CGI_VARIABLES];
/* What the edge sends to a route that has `authorize` beside these. */
extern const char *const cgi_authorization_name;

/* The variables by a function that finds one by its name; NULL: it is not there. */
struct cgi_variables cgi_variables_read(const struct route *route,
                                        const char *(*find)(void *where, const char *name),
                                        void *where);

/* What is asked of all threads alike. */
struct service {
    const struct route *route;
    void *context;           /* of the route */
    struct journal *journal; /* NULL: requests are not recorded */
};

/* Of an answer: the whole, or what the route's `handle` gives, or its `resume`. */
enum part { PART_WHOLE, PART_BEGIN, PART_REST };

/* What answers requests one after the other, on whatever thread. */
struct worker {
    const struct service *service;
    unsigned number;
    enum part part;
    struct timespec began; /* its request did, by CLOCK_MONOTONIC */
    struct arena arena;
    jmp_buf overdrawn; /* where a handler's request for too much memory ends */
};

struct request {
    struct worker *worker;
    struct arena *arena;
    struct value values[QUERY_MAX_PARAMS];
    const char *accept;
    const char *authorization;
    const char *client;
    char id[REQUEST_ID_LENGTH + 1];
    bool wants_json;
    bool is_head;
    int64_t came; /* for the journal: milliseconds since 1970 */
};

enum {
    EXTRA_HEADERS_BYTES = 1536, /* of a route's own headers */
    CONTENT_TYPE_BYTES = 64,    /* of one there is no more */
    ANSWER_HEADER_BYTES =
        EXTRA_HEADERS_BYTES + 512, /* the runtime's, and a Content-Type, are less */
    ANSWER_DEPTH = 4,              /* of objects in objects */
};

struct response {
    struct arena *arena;
    bool wants_json;
    bool failed; /* a piece of the answer had no memory: it becomes a 500 */
    bool is_later;
    const struct error *error;
    const char *detail;
    const char *text;
    size_t text_length;
    const char *type; /* of a text that is an answer_body; NULL: it is none */
    json_object *members;
    json_object *open[ANSWER_DEPTH]; /* objects within it, each in the one before */
    unsigned depth;                  /* how many of them there are */
    bool has_bad_header;
    size_t headers_length;
    char *headers; /* EXTRA_HEADERS_BYTES; NULL: none yet */
};

/* An answer as it goes out: the header block with its empty line, then the body. */
struct answer {
    bool is_later; /* it has to be waited for; nothing else is set */
    int status;
    const char *reason;   /* the public text of an error; NULL: none */
    int64_t microseconds; /* that it took */
    char header[ANSWER_HEADER_BYTES];
    size_t header_length;
    const char *body;
    size_t body_length;             /* without the newline that ends every body */
    bool sends_body;                /* false for HEAD */
    json_object *json;              /* keeps the body alive */
    char last_resort[128];          /* the body when there is no memory for another */
    char record[RECORD_LINE_BYTES]; /* the line for the journal */
    size_t record_length;           /* 0: there is no journal */
};

/* An error that answers a request without its route. */
struct refusal {
    const struct error *error;
    const char *detail;
};
/* What a request gets whose record the journal does not take. */
extern const struct refusal refusal_of_unrecorded;

/* False without memory. worker_free frees what worker_init allocated. */
bool worker_init(struct worker *worker, const struct service *service, unsigned number);
void worker_free(struct worker *worker);

/*
 * Answers one request, or as much of it as is the worker's part; with `refusal`, by that, and the
 * route is not asked. Never fails: what goes wrong is an answer too. It may leave only once its
 * record is in the journal; else refusal_of_unrecorded is the answer. It points into the worker's
 * memory and is good until answer_release, which must come before the next request; its numbers and
 * its record stay.
 */
void exchange_answer(struct worker *worker, const struct cgi_variables *variables,
                     const struct refusal *refusal, struct answer *answer);

/* Puts the record in the journal. False: it is not there, and the answer must not leave. */
bool answer_record(const struct worker *worker, const struct answer *answer);

void answer_release(struct worker *worker, struct answer *answer);

/* Adds the members of an object, which stays the caller's; NULL has none. */
void answer_members(struct response *response, json_object *object);

#endif
