/*
 * What a program of Bulkhead is made of: a table that says what its route accepts, and a handler.
 *
 * The runtime behind this header owns everything else: start-up and the dropping of privileges, the
 * socket, FastCGI and plain CGI, the decoding and checking of the query, the choice between text
 * and JSON, headers, errors and memory. A handler never sees an unchecked parameter, never frees
 * anything, and never writes a header.
 */
#ifndef BULKHEAD_ROUTE_H
#define BULKHEAD_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;
struct response;

/* A parameter of the query. A table of them ends with PARAMS_END. */
struct param {
    const char *name;
    const char *fallback; /* the value of a missing one; NULL: missing is the same as invalid */
    size_t max_bytes;     /* of the decoded value */
    /* Says whether the decoded value, valid UTF-8 without NUL, is acceptable. It is pure. */
    bool (*accepts)(const char *value, size_t bytes);
    const char *error;    /* public text of the 400 that answers anything else: "Invalid name" */
    const char *expected; /* its detail: what to send instead */
};
#define PARAMS_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/*
 * A setting: an environment variable that is checked at start-up. A malformed one ends the program
 * with its name, its value and `allowed`. A table of them ends with SETTINGS_END.
 */
struct setting {
    const char *name;
    const char *fallback;
    bool (*accepts)(const char *value);
    const char *allowed; /* "an integer from 1 to 60000" */
};
#define SETTINGS_END                                                                               \
    {                                                                                              \
        .name = NULL                                                                               \
    }

struct sandbox; /* sandbox.h */
struct stats;   /* stats.h */

/* Memory of one request, unless the route says how much. */
enum { REQUEST_MEMORY = 256 * 1024 };

struct route {
    const char *name;    /* of the program, and of its log lines */
    const char *summary; /* one line for --help */
    const struct param *params;
    const struct setting *settings; /* beyond the runtime's own; NULL: none */
    /*
     * What no setting's own check can say: how they fit each other, or that of a secret, whose
     * value no message may hold. False, after the reason was logged, ends the program, and --check.
     */
    bool (*check_settings)(void);
    /* What it may still do once it serves; &sandbox_pure for one that only computes. Not NULL. */
    const struct sandbox *sandbox;
    /*
     * How many requests of one process may wait at once. 0: the route only computes, and its
     * handler runs in the event loop; else in a pool of as many threads, unless it has `resume`.
     */
    unsigned workers;
    size_t request_memory; /* of each request, in bytes; 0: REQUEST_MEMORY */
    size_t heap; /* what its libraries take beside that at most, all threads together; in bytes */
    /*
     * Opens what needs the rights that the program was started with, for requests that run on
     * `workers` threads at once (at least 1). The result is every request's context. NULL, after
     * the reason was logged with log_error, ends the program with exit code 1.
     */
    void *(*open_before_drop)(unsigned workers);
    /*
     * Whether whoever asks may; false after it has answered. It comes before the query is looked
     * at. NULL: everybody may. Only a route that has this gets to see an Authorization header.
     */
    bool (*authorize)(const struct request *request, struct response *response);
    void (*handle)(const struct request *request, struct response *response);
    /*
     * Of a route whose answer is there at once more often than not: waits for the rest of what
     * `handle` has begun and answered with answer_later. This one runs on a thread; `handle` runs
     * in the event loop, and must not wait, so what need not wait costs no change of threads. The
     * request is decoded anew for it, and has the same request_worker. NULL: `handle` may wait.
     */
    void (*resume)(const struct request *request, struct response *response);
    bool only_json; /* a 200 is JSON whatever the client accepts */
    /*
     * Answers the program's one argument on standard output, for a route that is of use on the
     * command line too, and returns the exit code. NULL: the program takes no argument. It runs
     * before open_before_drop, as whoever calls it, root too: so it only computes.
     */
    int (*command)(const char *argument);
    /*
     * The life of a program that answers nobody, once all doors are closed, with the context and
     * the counters of the process; it returns where it can't go on. NULL: it answers requests.
     */
    bool (*run)(void *context, struct stats *stats);
    /*
     * What the counters of such a program say against it, for --probe: STATS_PLACES of them, each
     * of any value, and `now` in seconds since 1970. NULL: nothing. Without a judge, whoever is
     * ready and alive runs well.
     */
    const char *(*judge)(const uint64_t *counters, uint64_t now);
};

/* Runs the program: the whole body of its main(). Returns its exit code. */
int route_main(int argc, char **argv, const struct route *route);

/* --- what a handler asks of its request ------------------------------------------------------- */

/* The checked value of a declared parameter. Asking for an undeclared one is a bug and aborts. */
const char *request_param(const struct request *request, const char *name);

/*
 * The same value with each `+` read as itself and not as a space: what somebody meant who typed
 * `1+2` into a URL. It is as long as the checked value, and `accepts` has not seen it. NULL: there
 * is no `+` to read in another way.
 */
const char *request_param_plus(const struct request *request, const char *name);

/* The Authorization header; NULL: there is none, or the route has no `authorize`. */
const char *request_authorization(const struct request *request);

/*
 * Which of the media types `offered`, a list that ends with NULL, the Accept header names at the
 * highest quality. The first is the default: what a client gets that names none of them.
 */
size_t request_media(const struct request *request, const char *const offered[]);

/* The client's address as text, as the web server says; NULL: it does not. */
const char *request_client(const struct request *request);

/* What open_before_drop returned; NULL without one. */
void *request_context(const struct request *request);

/*
 * Which of the route's workers has this request: 0 to workers - 1, and 0 in plain CGI. No other
 * request has it at the same time; so a route may keep something for each.
 */
unsigned request_worker(const struct request *request);

/*
 * Whether this is no begin in the event loop. Of a route with `resume`, `handle` may find itself on
 * a thread, or in plain CGI, too: where all workers were taken, say.
 */
bool request_may_wait(const struct request *request);

/*
 * Memory that lives as long as the request, aligned for any type, not cleared. Never NULL: a
 * request that asks for more than its route's in all is ended on the spot with a 500, and the
 * call does not return. So a handler holds nothing that it would have to free.
 */
void *request_alloc(const struct request *request, size_t bytes);
const char *request_format(const struct request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- how it answers --------------------------------------------------------------------------- */

/*
 * A 200. The text form is answer_text's or answer_bytes', and the runtime adds the final newline;
 * the JSON form is an object of the members below, in the order in which they were added. The
 * client's Accept header decides which one is sent; the other costs nothing.
 */
void answer_text(struct response *response, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text form from `length` bytes of UTF-8, which may hold NUL. They are copied. */
void answer_bytes(struct response *response, const char *text, size_t length);
void answer_string(struct response *response, const char *member, const char *value);
void answer_string_bytes(struct response *response, const char *member, const char *value,
                         size_t length);
void answer_integer(struct response *response, const char *member, long long value);
/* As a JSON number with that many decimals, 0 to 9. */
void answer_decimal(struct response *response, const char *member, double value, int decimals);
void answer_null(struct response *response, const char *member);
/*
 * An object: what is added until its end are its members. At most 4 are open at once; more are a
 * bug, which makes the answer a 500.
 */
void answer_object_begin(struct response *response, const char *member);
void answer_object_end(struct response *response);

/*
 * A 200 with any body, in place of text and JSON. `type` is the whole Content-Type. The body, of
 * request_alloc, is not copied; the runtime ends it with a newline, as all.
 */
void answer_body(struct response *response, const char *type, const char *body, size_t length);

/* The answer has to be waited for: the route's `resume` gives it. The last that a handler does. */
void answer_later(struct response *response);

/*
 * A header beyond the runtime's own; they are 1,536 bytes in all. A value with anything but
 * printable ASCII would be another header, or none: it makes the answer a 500.
 */
void answer_header(struct response *response, const char *name, const char *value);

/* A refusal: the HTTP status and its public text. */
struct error {
    int status;
    const char *text;
};

/* Any route's; see error.c. A route's own (403 "Address not allowed") are constants of its file. */
extern const struct error error_unauthorized;       /* 401 */
extern const struct error error_method_not_allowed; /* 405 */
extern const struct error error_uri_too_long;       /* 414 */
extern const struct error error_internal;           /* 500 */
extern const struct error error_unavailable;        /* 503 */
extern const struct error error_trail_unavailable;  /* 503 */

/*
 * An error, always JSON; replaces whatever was answered before, headers too. `detail` says what to
 * change and never holds unescaped input, a path, a version or an address of ours. Members that are
 * added afterwards are sent with it, by a route that is `only_json`.
 */
void answer_error(struct response *response, const struct error *error, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/* --- settings and the log --------------------------------------------------------------------- */

/* The checked value of one of the route's or the runtime's settings. Unknown names abort. */
const char *setting_text(const char *name);
long setting_number(const char *name); /* of one whose check lets only integers pass */

/* Whether text is a decimal integer from low to high, and nothing else: for setting checks. */
bool is_integer_between(const char *text, long low, long high);

/* One line on standard error: "program: level: text". Below LOG_LEVEL: nothing. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
