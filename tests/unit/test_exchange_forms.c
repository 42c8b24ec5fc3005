/* What a route may do beyond text and JSON: any body, headers, a password, more memory. */
#include "asked.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_short(const char *value, size_t bytes)
{
    return value != NULL && bytes <= 3;
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

static void answer_page(const struct request *request, struct response *response)
{
    static const char *const offered[] = { "text/html", "text/csv", NULL };
    const char *const v = request_param(request, "v");

    answer_text(response, "not this");
    answer_body(response, request_media(request, offered) == 0 ? "text/html" : "text/csv", v,
                strlen(v));
    answer_header(response, "Link", "</x>; rel=\"next\"");
    answer_header(response, "X-Value", v);
}

Test(forms, any_body_and_headers)
{
    struct asked asked = ask_get(answer_page, params, "v=a", "application/json");
    cr_expect_eq(asked.status, 200);
    cr_expect_str_eq(asked.body, "a");
    cr_expect_str_eq(asked.header, "Status: 200 OK\r\n"
                                   "Content-Type: text/html\r\n"
                                   "Content-Length: 2\r\n"
                                   "Cache-Control: no-store\r\n"
                                   "X-Request-Id: " ID "\r\n"
                                   "Link: </x>; rel=\"next\"\r\n"
                                   "X-Value: a\r\n\r\n");
    asked = ask_get(answer_page, params, "v=a", "text/csv");
    cr_expect_not_null(strstr(asked.header, "Content-Type: text/csv\r\n"));
}

Test(forms, no_header_in_a_header)
{
    static const char *const queries[] = { "v=a%0d%0a", "v=%0a",    "v=%0d",
                                           "v=%7f",     "v=%c3%ab", "v=%09" };
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        const struct asked asked = ask_get(answer_page, params, queries[i], NULL);
        cr_expect_eq(asked.status, 500, "%s", queries[i]);
        cr_expect_null(strstr(asked.header, "X-Value"), "%s", queries[i]);
        cr_expect_not_null(strstr(asked.header, "Content-Type: application/json\r\n"));
    }
}

/* A header of a value that fits, or of one byte more. */
static void answer_long_header(const struct request *request, struct response *response)
{
    const size_t most = EXTRA_HEADERS_BYTES - 1 - strlen("a: \r\n");
    char value[EXTRA_HEADERS_BYTES] = { 0 };

    memset(value, 'v', most + strlen(request_param(request, "v")));
    answer_text(response, "text");
    answer_header(response, "a", value);
}

Test(forms, headers_are_bounded)
{
    const struct asked asked = ask_get(answer_long_header, params, "v=", NULL);
    cr_expect_eq(asked.status, 200);
    cr_expect_str_eq(asked.header + strlen(asked.header) - 5, "v\r\n\r\n");
    cr_expect_eq(ask_get(answer_long_header, params, "v=x", NULL).status, 500);
}

static bool admit(const struct request *request, struct response *response)
{
    const char *const given = request_authorization(request);

    if (given != NULL && strcmp(given, "Basic x") == 0)
        return true;
    answer_header(response, "forgotten", "by the error");
    answer_error(response, &error_unauthorized, "say who you are");
    answer_header(response, "WWW-Authenticate", "Basic");
    return false;
}

Test(forms, who_may_ask_comes_before_what)
{
    const struct route route = {
        .name = "test", .params = params, .authorize = admit, .handle = answer_page
    };
    struct cgi_variables variables = { .method = "GET", .query = "v=too+long", .request_id = ID };

    struct asked asked = ask(&route, variables);
    cr_expect_eq(asked.status, 401);
    cr_expect_not_null(strstr(asked.header, "Status: 401 Unauthorized\r\n"));
    cr_expect_not_null(strstr(asked.header, "\r\nWWW-Authenticate: Basic\r\n\r\n"));
    cr_expect_null(strstr(asked.header, "forgotten"));
    variables.authorization = "Basic x";
    cr_expect_eq(ask(&route, variables).status, 400);
    variables.query = "v=x";
    cr_expect_eq(ask(&route, variables).status, 200);
}

static const char *find_name(void *where, const char *name)
{
    (void)where;
    return name;
}

Test(forms, credentials_are_for_a_route_that_asks)
{
    const struct route open = { .name = "test" }, closed = { .authorize = admit };

    cr_expect_null(cgi_variables_read(&open, find_name, NULL).authorization);
    cr_expect_str_eq(cgi_variables_read(&closed, find_name, NULL).authorization,
                     "HTTP_AUTHORIZATION");
}

static void take_more(const struct request *request, struct response *response)
{
    memset(request_alloc(request, 2 * REQUEST_MEMORY), 'x', 2 * REQUEST_MEMORY);
    answer_text(response, "enough");
}

Test(forms, a_route_says_how_much_memory)
{
    const struct route route = {
        .name = "test", .params = params, .request_memory = 3 * REQUEST_MEMORY, .handle = take_more
    };
    const struct cgi_variables variables = { .method = "GET", .request_id = ID };

    cr_expect_eq(ask(&route, variables).status, 200);
    cr_expect_eq(ask_get(take_more, params, "", NULL).status, 500);
}

/* --- JSON alone ------------------------------------------------------------------------------- */

static void answer_nested(const struct request *request, struct response *response)
{
    if (strcmp(request_param(request, "v"), "bad") == 0) {
        answer_string(response, "replaced", "by the error");
        answer_object_begin(response, "left open");
        answer_error(response, &error_unavailable, "later");
    }
    answer_object_begin(response, "outer");
    answer_object_begin(response, "inner");
    answer_integer(response, "a", 1);
    answer_object_end(response);
    answer_null(response, "b");
    answer_object_end(response);
    answer_integer(response, "c", 2);
}

#define NESTED "\"outer\":{\"inner\":{\"a\":1},\"b\":null},\"c\":2}"

static struct asked ask_nested(const char *query, const char *accept, bool only_json)
{
    const struct route route = {
        .name = "test", .params = params, .handle = answer_nested, .only_json = only_json
    };

    return ask(&route, (struct cgi_variables){
                           .method = "GET", .query = query, .accept = accept, .request_id = ID });
}

Test(forms, objects_in_objects)
{
    const struct asked asked = ask_nested("v=a", "application/json", false);

    cr_expect_eq(asked.status, 200);
    cr_expect_str_eq(asked.body, "{" NESTED);
}

Test(forms, json_whatever_the_client_accepts)
{
    static const char *const accepted[] = { NULL, "text/plain", "text/html", "application/json" };

    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        const struct asked asked = ask_nested("v=a", accepted[i], true);
        cr_expect_str_eq(asked.body, "{" NESTED);
        cr_expect_not_null(strstr(asked.header, "Content-Type: application/json\r\n"));
    }
    cr_expect_eq(ask_nested("v=a", "text/plain", false).status, 500, "it has no text");
}

Test(forms, members_of_an_error)
{
    const struct asked asked = ask_nested("v=bad", NULL, true);

    cr_expect_eq(asked.status, 503);
    cr_expect_str_eq(asked.body, "{\"error\":\"Service unavailable\",\"detail\":\"later\","
                                 "\"request_id\":\"" ID "\"," NESTED);
}

static void answer_deep(const struct request *request, struct response *response)
{
    const int depth = (int)request_param(request, "v")[0] - '0';

    for (int i = 0; i < depth; i++)
        answer_object_begin(response, "x");
    answer_integer(response, "y", 1);
    for (int i = 0; i < depth; i++)
        answer_object_end(response);
}

Test(forms, no_deeper_than_there_are_places)
{
    const char *const json = "application/json";

    cr_expect_str_eq(ask_get(answer_deep, params, "v=4", json).body,
                     "{\"x\":{\"x\":{\"x\":{\"x\":{\"y\":1}}}}}");
    cr_expect_eq(ask_get(answer_deep, params, "v=5", json).status, 500);
}
