/* A route for tests, which answers its one parameter between < and >. */
#ifndef BULKHEAD_ECHO_ROUTE_H
#define BULKHEAD_ECHO_ROUTE_H

#include "route/route.h"

#include <string.h>

static bool anything(const char *value, size_t bytes)
{
    return strlen(value) == bytes;
}

static const struct param echo_params[] = {
    { .name = "name", .max_bytes = 100, .accepts = anything, .error = "e", .expected = "x" },
    PARAMS_END,
};

static void echo(const struct request *request, struct response *response)
{
    answer_text(response, "<%s>", request_param(request, "name"));
}

static const struct route echo_route = { .name = "test", .params = echo_params, .handle = echo };

#endif
