/*
 * Pins how libfcgi is handed a connection: the private fields that fcgi.c touches, what it does
 * with the descriptor, and that nothing of one request is left for the next.
 */
#include "fcgi_bytes.h"
#include "route/fcgi.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool anything(const char *value, size_t bytes)
{
    return strlen(value) == bytes;
}

static const struct param params[] = {
    { .name = "name", .max_bytes = 100, .accepts = anything, .error = "e", .expected = "x" },
    PARAMS_END,
};

static void echo(const struct request *request, struct response *response)
{
    answer_text(response, "<%s>", request_param(request, "name"));
}

static const struct route route = { .name = "test", .params = params, .handle = echo };

static const struct service service = { .route = &route };
static int ends[2]; /* ours, and the program's */
static struct worker worker;
static struct stats *stats;
static struct bytes bytes;

static void set_up(void)
{
    struct predecessor predecessor;

    cr_assert(fcgi_init());
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert(worker_init(&worker, &service, 0));
    stats = stats_open(NULL, &predecessor);
    bytes.length = 0;
}

static void send_bytes(void)
{
    cr_assert_eq(write(ends[0], bytes.data, bytes.length), (ssize_t)bytes.length);
    bytes.length = 0;
}

/* Everything that has come back, up to and with the NUL that is added. */
static const char *received(void)
{
    static char text[4096];
    const ssize_t length = recv(ends[0], text, sizeof(text) - 1, MSG_DONTWAIT);

    text[length > 0 ? length : 0] = '\0';
    for (ssize_t i = 0; i < length; i++) /* headers and padding hold NULs */
        if (text[i] == '\0')
            text[i] = '.';
    return text;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1 || errno != EBADF;
}

Test(fcgi, a_kept_connection_serves_one_request_after_the_other, .init = set_up)
{
    static const char *const names[] = { "one", "two", "three" };

    for (int i = 0; i < 3; i++) {
        char query[32], expected[32];
        snprintf(query, sizeof(query), "name=%s", names[i]);
        snprintf(expected, sizeof(expected), "<%s>\n", names[i]);
        add_request(&bytes, query);
        send_bytes();
        cr_assert(fcgi_serve(ends[1], &worker, stats, NULL));
        cr_assert_not_null(strstr(received(), expected));
    }
    cr_expect(is_open(ends[1]));
    cr_expect_eq(stats->places[STATS_ANSWERED_2XX], 3u);
}

Test(fcgi, a_body_is_read_to_its_end, .init = set_up)
{
    static const char body[40000];

    add_begin(&bytes, 1, 1, 1);
    add_record(&bytes, 4, 1, NULL, 0, 0);
    add_record(&bytes, 5, 1, body, sizeof(body), 0);
    add_record(&bytes, 5, 1, NULL, 0, 0);
    send_bytes();
    cr_assert(fcgi_serve(ends[1], &worker, stats, NULL));
    cr_expect_not_null(strstr(received(), "405"), "there was no method");
    cr_expect_eq(recv(ends[1], &bytes, 1, MSG_DONTWAIT), -1, "nothing is left of the request");
}

Test(fcgi, a_connection_that_is_not_to_be_kept_is_closed, .init = set_up)
{
    add_request(&bytes, "name=Bob");
    bytes.data[8 + 2] = 0; /* the flags of BEGIN_REQUEST */
    send_bytes();
    cr_expect_not(fcgi_serve(ends[1], &worker, stats, NULL));
    cr_expect_not(is_open(ends[1]), "and by nobody but us");
    cr_expect_not_null(strstr(received(), "<Bob>"), "after the answer");
}

Test(fcgi, half_a_request_is_no_request, .init = set_up)
{
    add_request(&bytes, "name=Bob");
    bytes.length -= 30; /* amid the parameters, where libfcgi sees a good request */
    send_bytes();
    shutdown(ends[0], SHUT_WR);
    cr_expect_not(fcgi_serve(ends[1], &worker, stats, NULL));
    cr_expect_not(is_open(ends[1]));
    cr_expect_str_empty(received());
    cr_expect_eq(stats->places[STATS_DROPPED], 1u);
    cr_expect_eq(stats->places[STATS_ANSWERED], 0u);
}

Test(fcgi, a_refusal_is_answered_without_the_route, .init = set_up)
{
    const struct refusal full = { .error = &error_unavailable, .detail = "full" };

    add_request(&bytes, "name=Bob");
    send_bytes();
    cr_assert(fcgi_serve(ends[1], &worker, stats, &full));
    const char *text = received();
    cr_expect_not_null(strstr(text, "Status: 503 Service Unavailable"));
    cr_expect_null(strstr(text, "Bob"));
    cr_expect_eq(stats->places[STATS_ANSWERED_5XX], 1u);
}

Test(fcgi, a_peer_that_is_gone_is_no_signal, .init = set_up)
{
    add_request(&bytes, "name=Bob");
    send_bytes();
    close(ends[0]);
    cr_expect_not(fcgi_serve(ends[1], &worker, stats, NULL));
    cr_expect_not(is_open(ends[1]));
}
