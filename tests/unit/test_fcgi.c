/*
 * Pins how libfcgi is given a request in memory: that it reads and writes through us, the private
 * fields that fcgi.c touches, and that nothing of one request is left for the next.
 */
#include "echo_route.h"
#include "fcgi_bytes.h"
#include "route/fcgi.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct service service = { .route = &echo_route };
static struct worker worker;
static struct bytes bytes;
static struct reply reply;
static struct served served;

static void set_up(void)
{
    cr_assert(fcgi_init());
    cr_assert(worker_init(&worker, &service, 0));
    bytes.length = 0;
}

static void tear_down(void)
{
    free(reply.bytes);
    worker_free(&worker);
}

TestSuite(fcgi, .init = set_up, .fini = tear_down);

static bool serve(const struct refusal *refusal)
{
    return fcgi_serve(bytes.data, bytes.length, &worker, refusal, &reply, &served);
}

/* The reply, up to and with the NUL that is added; and an empty one again. */
static const char *replied(void)
{
    static char text[4096];
    size_t length = 0;

    cr_assert_lt(reply.length, sizeof(text));
    for (; length < reply.length; length++) /* headers and padding hold NULs */
        text[length] = reply.bytes[length] != '\0' ? reply.bytes[length] : '.';
    text[length] = '\0';
    reply.length = 0;
    return text;
}

Test(fcgi, one_request_after_the_other_is_served)
{
    static const char *const names[] = { "one", "two", "three" };

    for (int i = 0; i < 3; i++) {
        char query[32], expected[32];
        snprintf(query, sizeof(query), "name=%s", names[i]);
        snprintf(expected, sizeof(expected), "<%s>\n", names[i]);
        bytes.length = 0;
        add_request(&bytes, query);
        cr_assert(serve(NULL));
        cr_expect(served.keep);
        cr_expect_eq(served.answer.status, 200);
        cr_expect_not_null(strstr(replied(), expected));
    }
}

Test(fcgi, replies_are_added_up)
{
    add_request(&bytes, "name=one");
    cr_assert(serve(NULL));
    const size_t first = reply.length;
    cr_assert(serve(NULL));
    cr_expect_eq(reply.length, 2 * first);
    cr_expect_not_null(memmem(reply.bytes, first, "<one>", 5));
    cr_expect_not_null(memmem(reply.bytes + first, first, "<one>", 5));
}

/* libfcgi gives what it writes in pieces of its own. */
static void answer_much(const struct request *request, struct response *response)
{
    char *const text = request_alloc(request, 100000);

    memset(text, 'x', 100000);
    answer_bytes(response, text, 100000);
}

Test(fcgi, a_reply_grows_with_its_answer)
{
    static const struct param none[] = { PARAMS_END };
    const struct route large = { .name = "large", .params = none, .handle = answer_much };
    const struct service of_large = { .route = &large };
    struct worker other;
    size_t found = 0;

    cr_assert(worker_init(&other, &of_large, 0));
    add_request(&bytes, "");
    cr_assert(fcgi_serve(bytes.data, bytes.length, &other, NULL, &reply, &served));
    for (size_t i = 0; i < reply.length; i++)
        found += reply.bytes[i] == 'x';
    cr_expect_geq(found, 100000u);
    worker_free(&other);
}

Test(fcgi, a_body_is_read_to_its_end)
{
    static const char body[40000];

    add_begin(&bytes, 1, 1, 1);
    add_record(&bytes, 4, 1, NULL, 0, 0);
    add_record(&bytes, 5, 1, body, sizeof(body), 0);
    add_record(&bytes, 5, 1, NULL, 0, 0);
    cr_assert(serve(NULL));
    cr_expect_not_null(strstr(replied(), "405"), "there was no method");
}

Test(fcgi, a_connection_that_is_not_to_be_kept_is_told)
{
    add_request(&bytes, "name=Bob");
    bytes.data[8 + 2] = 0; /* the flags of BEGIN_REQUEST */
    cr_assert(serve(NULL));
    cr_expect_not(served.keep);
    cr_expect_not_null(strstr(replied(), "<Bob>"), "with the answer");
}

Test(fcgi, half_a_request_is_no_request)
{
    add_request(&bytes, "name=Bob");
    bytes.length -= 30; /* amid the parameters, where libfcgi sees a good request */
    cr_expect_not(serve(NULL));
    cr_expect_eq(reply.length, 0u);
}

Test(fcgi, a_refusal_is_answered_without_the_route)
{
    const struct refusal full = { .error = &error_unavailable, .detail = "full" };

    add_request(&bytes, "name=Bob");
    cr_assert(serve(&full));
    cr_expect_eq(served.answer.status, 503);
    const char *text = replied();
    cr_expect_not_null(strstr(text, "Status: 503 Service Unavailable"));
    cr_expect_null(strstr(text, "Bob"));
}
