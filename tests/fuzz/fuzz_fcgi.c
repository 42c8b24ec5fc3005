/*
 * What faces FastCGI: bytes that the look at a request finds whole are served through libfcgi with
 * hello's table, and answered.
 */
#include "alphanumeric.h"
#include "route/fcgi.h"
#include "route/scan.h"

#include <stdlib.h>

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
    static struct reply reply;
    static struct served served;
    static bool is_ready;

    if (!is_ready && (!fcgi_init() || !worker_init(&worker, &service, 0)))
        abort();
    is_ready = true;
    if (scan_request(data, size) != SCAN_COMPLETE)
        return 0;
    reply.length = 0;
    if (!fcgi_serve(data, size, &worker, NULL, &reply, &served) || reply.length == 0)
        abort();
    return 0;
}
