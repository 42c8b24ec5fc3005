#include "exchange.h"
#include "accept.h"
#include "buffer.h"
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

const char *const cgi_variable_names[CGI_VARIABLES] = {
    "REQUEST_METHOD", "QUERY_STRING", "HTTP_ACCEPT", "REQUEST_ID", "REMOTE_ADDR", "REQUEST_MSEC",
};
const char *const cgi_authorization_name = "HTTP_AUTHORIZATION";

const struct refusal refusal_of_unrecorded = {
    .error = &error_trail_unavailable,
    .detail = "no request is answered that can't be recorded: try again later",
};

struct cgi_variables cgi_variables_read(const struct route *route,
                                        const char *(*find)(void *where, const char *name),
                                        void *where)
{
    return (struct cgi_variables){
        .method = find(where, cgi_variable_names[0]),
        .query = find(where, cgi_variable_names[1]),
        .accept = find(where, cgi_variable_names[2]),
        .request_id = find(where, cgi_variable_names[3]),
        .client = find(where, cgi_variable_names[4]),
        .came = find(where, cgi_variable_names[5]),
        .authorization = route->authorize != NULL ? find(where, cgi_authorization_name) : NULL,
    };
}

bool worker_init(struct worker *worker, const struct service *service, unsigned number)
{
    const size_t memory = service->route->request_memory;

    *worker = (struct worker){ .service = service, .number = number };
    return arena_init(&worker->arena, memory != 0 ? memory : REQUEST_MEMORY);
}

void worker_free(struct worker *worker)
{
    arena_free(&worker->arena);
}

/* The web server's id when it has the form that we promise, else a fresh one. */
static void set_request_id(struct request *request, const char *given)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char random[REQUEST_ID_LENGTH / 2] = { 0 };

    if (given != NULL && strlen(given) == REQUEST_ID_LENGTH &&
        strspn(given, hex) == REQUEST_ID_LENGTH) {
        memcpy(request->id, given, sizeof(request->id));
        return;
    }
    /* 256 bytes and less never come short once the kernel is seeded: getrandom(2). */
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        log_warning("no random bytes for a request id");
    for (size_t i = 0; i < sizeof(random); i++) {
        request->id[2 * i] = hex[random[i] >> 4];
        request->id[2 * i + 1] = hex[random[i] & 15];
    }
    request->id[REQUEST_ID_LENGTH] = '\0';
}

/* A 400 with the parameter's own public text; a route without parameters has none. */
static bool refuse_query(const struct request *request, struct response *response,
                         const struct param *param, const char *detail)
{
    struct error *error = arena_alloc(request->arena, sizeof(*error));

    if (error != NULL) {
        *error = (struct error){ 400, param->name != NULL ? param->error : "Bad request" };
        answer_error(response, error, "%s", detail);
    }
    return false;
}

static bool is_acceptable(const struct param *param, const struct value *value)
{
    return value->bytes != NULL && value->length <= param->max_bytes &&
           param->accepts(value->bytes, value->length);
}

/* Decodes and checks the query. True: every declared parameter has an acceptable value. */
static bool take_params(struct request *request, const char *query, struct response *response)
{
    const struct param *params = request->worker->service->route->params;
    const size_t length = query != NULL ? strlen(query) : 0;

    if (length > QUERY_MAX_BYTES) {
        answer_error(response, &error_uri_too_long, "%s", query_fault_text(QUERY_TOO_LONG));
        return false;
    }
    char *buffer = arena_alloc(request->arena, length + 2);
    if (buffer == NULL)
        return false;
    const enum query_fault fault =
        query_decode(query != NULL ? query : "", length, params, request->values, buffer);
    if (fault != QUERY_OK)
        return refuse_query(request, response, params, query_fault_text(fault));

    for (size_t i = 0; params[i].name != NULL; i++) {
        struct value *value = &request->values[i];
        if (value->bytes == NULL && params[i].fallback != NULL)
            *value =
                (struct value){ .bytes = params[i].fallback, .length = strlen(params[i].fallback) };
        if (!is_acceptable(&params[i], value))
            return refuse_query(request, response, &params[i], params[i].expected);
    }
    return true;
}

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase; /* RFC 9110, section 15 */
    } phrases[] = {
        { 200, "OK" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 405, "Method Not Allowed" },
        { 414, "URI Too Long" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 503, "Service Unavailable" },
    };

    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

/* The JSON of an error, and the members that came after it. NULL without memory. */
static json_object *error_object(const struct error *error, const char *detail, const char *id,
                                 json_object *members)
{
    struct response response = { .wants_json = true };

    answer_string(&response, "error", error->text);
    answer_string(&response, "detail", detail);
    answer_string(&response, "request_id", id);
    answer_members(&response, members);
    if (!response.failed)
        return response.members;
    json_object_put(response.members);
    return NULL;
}

/* Renders `json` and takes it over. False without memory. */
static bool set_json_body(struct answer *answer, int status, json_object *json)
{
    const int style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

    if (json == NULL)
        return false;
    answer->status = status;
    answer->json = json;
    /* json-c leaves out what it has no memory for, and says nothing: only realloc(3) does. */
    errno = 0;
    answer->body = json_object_to_json_string_length(json, style, &answer->body_length);
    return answer->body != NULL && errno != ENOMEM;
}

/* The error that the response amounts to, with its detail; NULL for a 200. */
static const struct error *response_error(const struct request *request,
                                          const struct response *response, const char **detail)
{
    *detail = response->detail;
    if (response->failed || request->arena->exhausted) {
        *detail = "the answer needs more memory than a request may take";
        return &error_internal;
    }
    if (response->has_bad_header) {
        *detail = "the answer needs a header that can't be sent";
        return &error_internal;
    }
    if (response->error == NULL && response->members == NULL && response->text == NULL) {
        *detail = "the route gave no answer";
        return &error_internal;
    }
    return response->error;
}

/* Status and body, by what the handler left in the response. */
static void set_body(struct answer *answer, const struct request *request,
                     struct response *response)
{
    const char *detail;
    const struct error *error = response_error(request, response, &detail);
    json_object *members = response->members;

    response->members = NULL;
    answer->reason = error != NULL ? error->text : NULL;
    if (error != NULL) {
        json_object *const own =
            error_object(error, detail, request->id, error == response->error ? members : NULL);
        json_object_put(members);
        members = own;
    } else if (!response->wants_json || response->type != NULL) {
        answer->status = 200;
        answer->body = response->text;
        answer->body_length = response->text_length;
        return;
    }
    if (set_json_body(answer, error != NULL ? error->status : 200, members))
        return;
    log_error("out of memory while answering");
    answer->status = error_internal.status;
    answer->reason = error_internal.text;
    answer->body = answer->last_resort;
    answer->body_length =
        (size_t)snprintf(answer->last_resort, sizeof(answer->last_resort),
                         "{\"error\":\"%s\",\"detail\":\"try again\",\"request_id\":\"%s\"}",
                         error_internal.text, request->id);
}

/* What the body is. Every error is JSON. */
static const char *content_type(const struct answer *answer, const struct response *response)
{
    if (answer->status == 200 && response->type != NULL)
        return response->type;
    if (answer->status == 200 && !response->wants_json)
        return "text/plain; charset=utf-8";
    return "application/json";
}

static void set_header(struct answer *answer, const struct request *request,
                       const struct response *response)
{
    const bool has_extra =
        !response->failed && !response->has_bad_header && response->headers != NULL;

    answer->sends_body = !request->is_head;
    const char *const type = content_type(answer, response);
    /* All of it fits: see ANSWER_HEADER_BYTES. */
    struct buffer header = { .bytes = answer->header, .size = sizeof(answer->header) };
    put_text(&header, "Status: ");
    put_decimal(&header, (uint64_t)answer->status);
    put_text(&header, " ");
    put_text(&header, reason_phrase(answer->status));
    put_text(&header, "\r\nContent-Type: ");
    put_bytes(&header, type, strnlen(type, CONTENT_TYPE_BYTES));
    put_text(&header, "\r\nContent-Length: ");
    put_decimal(&header, answer->body_length + 1);
    put_text(&header, "\r\nCache-Control: no-store\r\nX-Request-Id: ");
    put_bytes(&header, request->id, REQUEST_ID_LENGTH);
    put_text(&header, answer->status == 405 ? "\r\nAllow: GET, HEAD\r\n" : "\r\n");
    if (has_extra)
        put_bytes(&header, response->headers, response->headers_length);
    put_text(&header, "\r\n");
    answer->header_length = header.length;
}

/* --- the record ------------------------------------------------------------------------------- */

/* The web server's word, which is the same when it tries a request again; else now. */
static int64_t time_of_request(const char *came)
{
    struct timespec now;
    int64_t milliseconds;

    if (came != NULL && record_read_msec(came, &milliseconds))
        return milliseconds;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t microseconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - began->tv_sec) * 1000000 + (now.tv_nsec - began->tv_nsec) / 1000;
}

static void record(const struct request *request, const struct cgi_variables *variables,
                   struct answer *answer)
{
    const struct record record = { .milliseconds = request->came,
                                   .request_id = request->id,
                                   .route = request->worker->service->route->name,
                                   .client = variables->client,
                                   .method = variables->method,
                                   .status = answer->status,
                                   .reason = answer->reason,
                                   .input = variables->query,
                                   .microseconds = answer->microseconds };

    answer->record_length = record_format(&record, answer->record);
}

static void finish(const struct cgi_variables *variables, const struct request *request,
                   struct response *response, struct answer *answer)
{
    set_body(answer, request, response);
    set_header(answer, request, response);
    answer->microseconds = microseconds_since(&request->worker->began);
    answer->record_length = 0;
    if (request->worker->service->journal != NULL)
        record(request, variables, answer);
}

static void begin(struct worker *worker, const struct cgi_variables *variables,
                  struct request *request, struct response *response)
{
    const char *method = variables->method != NULL ? variables->method : "";

    *request = (struct request){ .worker = worker,
                                 .arena = &worker->arena,
                                 .accept = variables->accept,
                                 .authorization = variables->authorization,
                                 .client = variables->client,
                                 .wants_json = worker->service->route->only_json ||
                                               accept_prefers_json(variables->accept),
                                 .is_head = strcmp(method, "HEAD") == 0 };
    if (worker->service->journal != NULL) /* nobody else asks */
        request->came = time_of_request(variables->came);
    if (worker->part != PART_REST)
        clock_gettime(CLOCK_MONOTONIC, &worker->began);
    *response = (struct response){ .arena = &worker->arena, .wants_json = request->wants_json };
    set_request_id(request, variables->request_id);
}

/* Calls the route. An arena that it overdraws is marked as exhausted, which makes a 500. */
static void handle(struct request *request, const char *query, struct response *response)
{
    const struct route *const route = request->worker->service->route;
    const enum part part = request->worker->part;

    if (setjmp(request->worker->overdrawn) != 0 ||
        (part != PART_REST && route->authorize != NULL && !route->authorize(request, response)) ||
        !take_params(request, query, response))
        return;
    if (part != PART_REST)
        route->handle(request, response);
    if (route->resume != NULL && (part == PART_REST || (part == PART_WHOLE && response->is_later)))
        route->resume(request, response);
}

void exchange_answer(struct worker *worker, const struct cgi_variables *variables,
                     const struct refusal *refusal, struct answer *answer)
{
    struct request request;
    struct response response;

    begin(worker, variables, &request, &response);
    if (refusal != NULL)
        answer_error(&response, refusal->error, "%s", refusal->detail);
    else if (!request.is_head &&
             (variables->method == NULL || strcmp(variables->method, "GET") != 0))
        answer_error(&response, &error_method_not_allowed, "use GET or HEAD");
    else
        handle(&request, variables->query, &response);
    answer->json = NULL;
    answer->is_later = worker->part == PART_BEGIN && response.is_later;
    if (!answer->is_later)
        finish(variables, &request, &response, answer);
}

bool answer_record(const struct worker *worker, const struct answer *answer)
{
    struct journal *const journal = worker->service->journal;

    return journal == NULL ||
           journal_append(journal, answer->record, answer->record_length) == answer->record_length;
}

void answer_release(struct worker *worker, struct answer *answer)
{
    json_object_put(answer->json);
    answer->json = NULL;
    arena_reset(&worker->arena);
}
