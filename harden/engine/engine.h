/*
 * The Docker engine's API, over its Unix socket: nothing but GET, so nothing there changes. Each
 * answer has bounds of bytes and of time.
 */
#ifndef BULKHEAD_ENGINE_H
#define BULKHEAD_ENGINE_H

#include "core/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * {0} before engine_open. The socket is that of DOCKER_HOST, which is "unix://PATH", or
 * /var/run/docker.sock.
 */
struct engine {
    void *handle;
    char *socket;
};

/* False, with *why, which the caller frees: DOCKER_HOST is no socket of this machine. */
bool engine_open(struct engine *engine, char **why);
void engine_close(struct engine *engine);

/*
 * Adds the answer, of 8 MiB at most. False, with *why, which the caller frees: nobody answers, or
 * it is no; then the answer is not there.
 */
bool engine_get(struct engine *engine, const char *path, struct bytes *answer, char **why);

/* Takes a piece of an answer; false: no more is wanted. */
typedef bool engine_take_fn(void *context, const char *bytes, size_t length);

/* The same for an answer of any size, piece by piece. Where `take` stopped it, *why is NULL. */
bool engine_stream(struct engine *engine, const char *path, engine_take_fn *take, void *context,
                   char **why);

#endif
