/*
 * What faces FastCGI: bytes that the look at a request finds whole are served through libfcgi with
 * hello's table; the program must neither wait for more nor leave any of it unread.
 */
#include "alphanumeric.h"
#include "route/fcgi.h"
#include "route/scan.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct param params[] = {
    { .name = "name",
      .fallback = "World",
      .max_bytes = 1024,
      .accepts = is_alphanumeric,
      .error = "Invalid name",
      .expected = "letters" },
    PARAMS_END,
};

static void greet(const struct request *request, struct response *response)
{
    answer_text(response, "%s", request_param(request, "name"));
    answer_string(response, "greeting", request_param(request, "name"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct route route = { .name = "fuzz", .params = params, .handle = greet };
    static const struct service service = { .route = &route };
    static struct worker worker;
    static struct stats *stats;
    int ends[2];
    char left;
    struct predecessor predecessor;

    if (stats == NULL && (!fcgi_init() || !worker_init(&worker, &service, 0)))
        abort();
    stats = stats_open(NULL, &predecessor);
    if (scan_request(data, size) != SCAN_COMPLETE)
        return 0;
    /* Not blocking: a read for more than the request would be an error, and no answer. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0 ||
        write(ends[0], data, size) != (ssize_t)size)
        abort();
    const bool kept = fcgi_serve(ends[1], &worker, stats, NULL);
    if (stats->places[STATS_ANSWERED] != 1 || (kept && recv(ends[1], &left, 1, 0) != -1))
        abort();
    if (kept)
        close(ends[1]);
    close(ends[0]);
    return 0;
}
