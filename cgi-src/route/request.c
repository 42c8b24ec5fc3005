/* What a handler asks of its request: see route.h. */
#include "accept.h"
#include "exchange.h"
#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct value *find_value(const struct request *request, const char *name)
{
    const struct param *params = request->worker->service->route->params;

    for (size_t i = 0; params[i].name != NULL; i++)
        if (strcmp(params[i].name, name) == 0)
            return &request->values[i];
    log_error("bug: the route reads a parameter that it does not declare: %s", name);
    abort();
}

const char *request_param(const struct request *request, const char *name)
{
    return find_value(request, name)->bytes;
}

const char *request_param_plus(const struct request *request, const char *name)
{
    const struct value *value = find_value(request, name);
    char *buffer = request_alloc(request, value->length + 1);

    return query_decode_plus(value, buffer) ? buffer : NULL;
}

const char *request_authorization(const struct request *request)
{
    return request->authorization;
}

const char *request_client(const struct request *request)
{
    return request->client;
}

size_t request_media(const struct request *request, const char *const offered[])
{
    return accept_choose(request->accept, offered);
}

void *request_context(const struct request *request)
{
    return request->worker->service->context;
}

unsigned request_worker(const struct request *request)
{
    return request->worker->number;
}

bool request_may_wait(const struct request *request)
{
    return request->worker->part != PART_BEGIN;
}

void *request_alloc(const struct request *request, size_t bytes)
{
    void *block = arena_alloc(request->arena, bytes);

    if (block == NULL)
        longjmp(request->worker->overdrawn, 1);
    return block;
}

const char *request_format(const struct request *request, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = arena_vformat(request->arena, NULL, format, args);
    va_end(args);
    if (text == NULL)
        longjmp(request->worker->overdrawn, 1);
    return text;
}
