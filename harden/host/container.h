/* Running containers: what is checked of `docker container inspect`. */
#ifndef BULKHEAD_CONTAINER_H
#define BULKHEAD_CONTAINER_H

#include "host/record.h"

/*
 * `docker container inspect`, with what else was seen in the member "Harden":
 *   Processes         the lines of /containers/ID/top: lists of columns; Titles has their names
 *   NoNewPrivileges   whether the engine gives it to all
 */
extern const struct reader container_reader;

/* What the container is called, without the slash of the engine's. */
const char *container_name(const struct json *container);

/*
 * Adds a finding of R1 with the words and the severity of the Compose check, whose id is named in
 * it. `path` is the member that it is about, `what` what of several there it is, or "".
 */
void container_found(struct findings *findings, const struct json *container, const char *id,
                     const char *path, const char *what, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* What is mounted, and on which ports it listens: container_reach.c. */
void container_find_mounts(const struct document *document, const struct json *container,
                           struct findings *findings);
void container_find_ports(const struct document *document, const struct json *container,
                          struct findings *findings);

#endif
