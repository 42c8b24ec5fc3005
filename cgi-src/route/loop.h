/*
 * The event loop of a FastCGI program: one thread that accepts, checks who connects, waits for
 * whole requests, and answers them itself or hands them to a pool. A connection on which no whole
 * request lies holds nothing but its place in a table, so idle ones can't keep anybody out.
 */
#ifndef BULKHEAD_LOOP_H
#define BULKHEAD_LOOP_H

#include "exchange.h"
#include "stats.h"

#include <stdbool.h>
#include <sys/types.h>

struct loop;

/*
 * Prepares the loop on the listening socket `listener`, and starts the route's threads. Connections
 * of another uid than `peer` are closed unread. NULL, after the reason was logged, on failure.
 */
struct loop *loop_start(const struct service *service, struct stats *stats, int listener,
                        uid_t peer);

/*
 * Serves until SIGTERM or SIGINT, then finishes what is under way, at most STOP_SECONDS, and frees
 * everything. True: all of it was finished.
 */
enum { STOP_SECONDS = 5 };
bool loop_run(struct loop *loop);

#endif
