#include "database_calls.h"

#include <sys/socket.h>
#include <sys/un.h>

/*
 * Beyond these, libpq makes calls that every program may: poll (ppoll where there is no other),
 * close, and malloc's. openat and newfstatat of a password file are refused politely, and it does
 * without.
 */
const struct call calls_of_database[] = {
    /* an open connection; no other flags, see route/calls.c */
    ALLOW(sendto, "libpq: PQsendQueryParams, PQconnectPoll, PQfinish", IS(3, MSG_NOSIGNAL)),
    ALLOW(recvfrom, "libpq: PQconsumeInput, PQconnectPoll", IS(3, 0)),

    /* reconnecting */
    ALLOW(socket, "libpq 15: PQconnectPoll", IS(0, AF_UNIX), IS(1, SOCK_STREAM), IS(2, 0)),
    ALLOW(fcntl, "libpq 15: PQconnectPoll", IS(1, F_GETFL)),
    /* takes O_APPEND from a journal, too: see docs/compartments.md */
    ALLOW(fcntl, "libpq 15: PQconnectPoll", IS(1, F_SETFL), IS(2, O_RDWR | O_NONBLOCK)),
    ALLOW(fcntl, "libpq 15: PQconnectPoll", IS(1, F_SETFD), IS(2, FD_CLOEXEC)),
    ALLOW(socket, "libpq 17: PQconnectPoll", IS(0, AF_UNIX),
          IS(1, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK), IS(2, 0)),
    /* this length rules out all abstract names but those of 107 bytes, which are Landlock's part */
    ALLOW(connect, "libpq: PQconnectPoll", IS(2, sizeof(struct sockaddr_un))),
    ALLOW(getsockopt, "libpq: PQconnectPoll", IS(1, SOL_SOCKET), IS(2, SO_ERROR)),
    ALLOW(getsockname, "libpq: PQconnectPoll"),
    CALLS_END,
};
