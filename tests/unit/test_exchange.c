/* From CGI variables to an answer. */
#include "asked.h"

#include "route/sandbox.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool is_short(const char *value, size_t bytes)
{
    return strlen(value) == bytes && bytes <= 3;
}

static const struct param params[] = {
    { .name = "v",
      .fallback = "abc",
      .max_bytes = 10,
      .accepts = is_short,
      .error = "Invalid v",
      .expected = "v takes up to 3 bytes" },
    PARAMS_END,
};
static const struct param required[] = {
    { .name = "v",
      .max_bytes = 10,
      .accepts = is_short,
      .error = "Invalid v",
      .expected = "v takes up to 3 bytes" },
    PARAMS_END,
};
static const struct param none[] = { PARAMS_END };

static void echo(const struct request *request, struct response *response)
{
    const char *v = request_param(request, "v");

    answer_text(response, "<%s>", v);
    answer_string(response, "v", v);
    answer_integer(response, "n", -5);
    answer_decimal(response, "d", 0.5, 3);
    answer_null(response, "z");
}

static void overdraw_memory(const struct request *request, struct response *response)
{
    for (int i = 0; i < 10; i++)
        memset(request_alloc(request, REQUEST_MEMORY / 4), 'x', REQUEST_MEMORY / 4);
    answer_text(response, "never reached");
}

static void overdraw_text(const struct request *request, struct response *response)
{
    (void)request;
    answer_text(response, "%*s", REQUEST_MEMORY, "");
    answer_string(response, "v", "");
    answer_string(response, "v", "given twice");
}

static void refuse(const struct request *request, struct response *response)
{
    static const struct error teapot = { 403, "Not \"you\"" };

    answer_text(response, "forgotten");
    answer_string(response, "forgotten", "");
    answer_error(response, &teapot, "%s\n", request_param(request, "v"));
}

static void echo_plus(const struct request *request, struct response *response)
{
    const char *plus = request_param_plus(request, "v");

    answer_text(response, "%s", plus != NULL ? plus : "none");
}

static void answer_nul(const struct request *request, struct response *response)
{
    (void)request;
    answer_bytes(response, "a\0b", 3);
    answer_string_bytes(response, "v", "a\0b", 3);
}

static void answer_empty(const struct request *request, struct response *response)
{
    (void)request;
    answer_bytes(response, "", 0);
}

static void overdraw_bytes(const struct request *request, struct response *response)
{
    static const char text[REQUEST_MEMORY + 1];

    (void)request;
    answer_bytes(response, text, sizeof(text));
}

static void say_nothing(const struct request *request, struct response *response)
{
    (void)request;
    (void)response;
}

Test(exchange, text_and_json)
{
    struct asked asked = ask_get(echo, params, "v=x", NULL);
    cr_expect_str_eq(asked.body, "<x>");
    cr_expect_str_eq(asked.header, "Status: 200 OK\r\n"
                                   "Content-Type: text/plain; charset=utf-8\r\n"
                                   "Content-Length: 4\r\n"
                                   "Cache-Control: no-store\r\n"
                                   "X-Request-Id: " ID "\r\n\r\n");
    asked = ask_get(echo, params, "v=x", "application/json");
    cr_expect_str_eq(asked.body, "{\"v\":\"x\",\"n\":-5,\"d\":0.500,\"z\":null}");
    cr_expect_not_null(strstr(asked.header, "Content-Type: application/json\r\n"));
}

Test(exchange, parameters)
{
    static const struct {
        const struct param *table;
        const char *query;
        int status;
        const char *says, *reason;
    } rows[] = {
        { params, NULL, 200, "<abc>", "no query at all: the fallback" },
        { params, "", 200, "<abc>", "an empty query: the fallback" },
        { params, "v=", 200, "<>", "given and empty is not missing" },
        { params, "v=abcd", 400, "v takes up to 3 bytes", "not accepted" },
        { params, "v=%zz", 400, "%25", "malformed: what to write instead" },
        { params, "v=1&v=2", 400, "more than once", "repeated" },
        { required, "", 400, "v takes up to 3 bytes", "missing is the same as invalid" },
        { required, "v=1", 200, "<1>", "given" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct asked asked = ask_get(echo, rows[i].table, rows[i].query, NULL);
        cr_expect_eq(asked.status, rows[i].status, "%s", rows[i].reason);
        cr_expect_not_null(strstr(asked.body, rows[i].says), "%s", rows[i].reason);
        cr_expect_eq(strstr(asked.body, "Invalid v") != NULL, rows[i].status == 400, "%s",
                     rows[i].reason);
    }
    cr_expect_eq(ask_get(say_nothing, none, "%", NULL).status, 400, "a route without parameters");
}

Test(exchange, a_plus_can_be_read_as_itself)
{
    cr_expect_str_eq(ask_get(echo_plus, params, "v=1+2", NULL).body, "1+2");
    cr_expect_str_eq(ask_get(echo_plus, params, "v=1%2B2", NULL).body, "none");
    cr_expect_str_eq(ask_get(echo_plus, params, "", NULL).body, "none", "of the fallback");
}

Test(exchange, an_answer_may_hold_nul)
{
    struct asked asked = ask_get(answer_nul, params, "", NULL);
    cr_expect_arr_eq(asked.body, "a\0b\0", 5);
    cr_expect_not_null(strstr(asked.header, "Content-Length: 4\r\n"));
    asked = ask_get(answer_nul, params, "", "application/json");
    cr_expect_str_eq(asked.body, "{\"v\":\"a\\u0000b\"}");
    asked = ask_get(answer_empty, params, "", NULL);
    cr_expect_eq(asked.status, 200, "an empty answer is an answer");
}

Test(exchange, max_bytes_holds_before_the_check_is_asked)
{
    static const struct param table[] = {
        { .name = "v", .max_bytes = 2, .accepts = is_short, .error = "e", .expected = "x" },
        PARAMS_END,
    };
    cr_expect_eq(ask_get(echo, table, "v=ab", NULL).status, 200);
    cr_expect_eq(ask_get(echo, table, "v=abc", NULL).status, 400);
}

Test(exchange, methods)
{
    static const struct {
        const char *method;
        int status;
    } rows[] = { { "GET", 200 },     { "HEAD", 200 }, { "POST", 405 }, { "get", 405 },
                 { "OPTIONS", 405 }, { "", 405 },     { NULL, 405 },   { "GETX", 405 } };
    const struct route route = { .name = "test", .params = params, .handle = echo };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct asked asked = ask(&route, (struct cgi_variables){ .method = rows[i].method });
        cr_expect_eq(asked.status, rows[i].status);
        cr_expect_eq(strstr(asked.header, "\r\nAllow: GET, HEAD\r\n") != NULL,
                     rows[i].status == 405);
    }
    const struct asked head = ask(&route, (struct cgi_variables){ .method = "HEAD" });
    cr_expect_str_empty(head.body);
    cr_expect_not_null(strstr(head.header, "Content-Length: 6\r\n"), "that of the GET");
}

Test(exchange, a_query_over_its_bound)
{
    static char query[QUERY_MAX_BYTES + 2];

    memset(query, 'x', sizeof(query) - 1);
    const struct asked asked = ask_get(echo, params, query, NULL);
    cr_expect_eq(asked.status, 414);
    cr_expect_not_null(strstr(asked.body, "URI too long"));
}

Test(exchange, errors_replace_what_was_answered_and_are_escaped)
{
    static const char *const accepts[] = { NULL, "application/json" };

    for (int i = 0; i < 2; i++) {
        const struct asked asked = ask_get(refuse, params, "v=%22", accepts[i]);
        cr_expect_eq(asked.status, 403);
        cr_expect_str_eq(asked.body, "{\"error\":\"Not \\\"you\\\"\",\"detail\":\"\\\"\\n\","
                                     "\"request_id\":\"" ID "\"}");
        cr_expect_not_null(strstr(asked.header, "Content-Type: application/json\r\n"));
    }
}

Test(exchange, what_a_handler_gets_wrong_is_a_500)
{
    static const struct {
        void (*handle)(const struct request *, struct response *);
        const char *accept, *reason;
    } rows[] = {
        { overdraw_memory, NULL, "too much memory ends the handler" },
        { overdraw_memory, "application/json", "also when JSON is asked for" },
        { overdraw_text, NULL, "a text that does not fit" },
        { overdraw_bytes, NULL, "bytes that do not fit" },
        { say_nothing, NULL, "no answer" },
        { say_nothing, "application/json", "no members" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct asked asked = ask_get(rows[i].handle, params, "", rows[i].accept);
        cr_expect_eq(asked.status, 500, "%s", rows[i].reason);
        cr_expect_not_null(strstr(asked.body, "Internal error"), "%s", rows[i].reason);
        cr_expect_not_null(strstr(asked.body, ID), "%s", rows[i].reason);
    }
}

Test(exchange, more_parameters_than_there_is_room_for_are_refused_at_the_start)
{
    struct param table[QUERY_MAX_PARAMS + 2] = { { .name = NULL } };
    char *arguments[] = { "test", "--version", NULL };

    for (size_t i = 0; i < QUERY_MAX_PARAMS; i++)
        table[i] = params[0];
    const struct route route = {
        .name = "test", .params = table, .sandbox = &sandbox_pure, .handle = echo
    };
    cr_expect_eq(route_main(2, arguments, &route), EXIT_SUCCESS);
    table[QUERY_MAX_PARAMS] = params[0];
    cr_expect_eq(route_main(2, arguments, &route), EXIT_FAILURE);
}

Test(exchange, a_route_without_a_sandbox_is_refused_at_the_start)
{
    char *arguments[] = { "test", "--version", NULL };
    const struct route route = { .name = "test", .params = params, .handle = echo };

    cr_expect_eq(route_main(2, arguments, &route), EXIT_FAILURE);
}

Test(exchange, only_an_id_of_the_promised_form_is_taken)
{
    static const char *const refused[] = {
        NULL,
        "",
        "0123456789abcdef",
        ID "0", /* NOLINT(bugprone-suspicious-missing-comma): one text */
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcde\n",
    };
    const struct route route = { .name = "test", .params = params, .handle = refuse };
    char previous[512] = "";

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const struct asked asked =
            ask(&route, (struct cgi_variables){ .method = "GET", .request_id = refused[i] });
        const char *const header = strstr(asked.header, "X-Request-Id: ");
        cr_assert_not_null(header);
        const char *const id = header + strlen("X-Request-Id: ");
        cr_expect_eq(strspn(id, "0123456789abcdef"), (size_t)REQUEST_ID_LENGTH);
        cr_expect_eq(id[REQUEST_ID_LENGTH], '\r');
        cr_expect_str_neq(asked.header, previous, "fresh each time");
        memcpy(previous, asked.header, sizeof(previous));
    }
}
