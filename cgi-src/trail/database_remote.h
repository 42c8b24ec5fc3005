/*
 * A server of the operator's own, over TCP with TLS (sslmode=verify-full).
 *
 * What libpq would look up is found before the privileges are dropped: the address of the name, the
 * password, OpenSSL's configuration. Two things are left for when it connects: the server's port,
 * to which Landlock lets it connect on any host, and the CA's certificate, which libpq reads anew
 * each time from the one file that stays open to it.
 *
 * The addresses are those of the start. A name that has moved takes a restart.
 */
#ifndef BULKHEAD_DATABASE_REMOTE_H
#define BULKHEAD_DATABASE_REMOTE_H

#include "route/sandbox.h"
#include "trail/database_url.h"

/*
 * Completes the URL: `login` is asked for in the passfile. Nothing to do for a server on this
 * machine. False after the reason was logged. Before any thread.
 */
bool before_drop_find_server(struct database_url *url);

/*
 * The sandbox of a program, by what its environment's DATABASE_URL says; `local` where it says
 * nothing that is good, for then the program does not start.
 */
const struct sandbox *choose_sandbox(const struct sandbox *local, const struct sandbox *remote);

/* For the remote one: its CA's file (PLACE_FILE), and the one port that it connects to. */
#define PLACE_OF_CA                                                                                \
    {                                                                                              \
        .setting = "DATABASE_URL", .use = PLACE_FILE, .path = database_ca                          \
    }
const char *database_ca(void);
long database_port(void);

#endif
