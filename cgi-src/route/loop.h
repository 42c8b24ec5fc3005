/*
 * The event loop of a FastCGI program: one thread that accepts, checks who connects, waits for
 * whole requests, and answers them itself or hands them to a pool. A connection on which no whole
 * request lies holds nothing but its place in a table, so idle ones can't keep anybody out.
 */
#ifndef BULKHEAD_LOOP_H
#define BULKHEAD_LOOP_H

#include "exchange.h"
#include "privileges.h"
#include "stats.h"

#include <stdbool.h>

struct loop;

/*
 * Prepares the loop on the listening socket `listener`, and starts the route's threads. Whose
 * connections are served, and whose may probe, is peer.h's word on `identity`; those of anybody
 * else are closed unread. NULL, after the reason was logged, on failure.
 */
struct loop *loop_start(const struct service *service, struct stats *stats, int listener,
                        const struct identity *identity);

/*
 * Serves until SIGTERM or SIGINT, then finishes what is under way, at most STOP_SECONDS, and frees
 * everything. True: all of it was finished.
 */
enum { STOP_SECONDS = 5 };
bool loop_run(struct loop *loop);

#endif
