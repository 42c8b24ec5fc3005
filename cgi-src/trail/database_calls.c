#include "database_calls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Beyond these, libpq makes calls that every program may: poll (ppoll where there is no other),
 * close, and malloc's. openat and newfstatat of a password file are refused politely, and it does
 * without.
 *
 * What follows is an open connection, and the making of one. sendto and recvfrom have no other
 * flags, see route/calls.c; MSG_FASTOPEN would connect where Landlock does not look. F_SETFL takes
 * O_APPEND from a journal, too: see docs/compartments.md.
 */
#define ANY_CONNECTION                                                                             \
    ALLOW(sendto, "libpq: PQsendQueryParams, PQconnectPoll, PQfinish", IS(3, MSG_NOSIGNAL)),       \
        ALLOW(recvfrom, "libpq: PQconsumeInput, PQconnectPoll", IS(3, 0)),                         \
        ALLOW(fcntl, "libpq 15: PQconnectPoll", IS(1, F_GETFL)),                                   \
        ALLOW(fcntl, "libpq 15: PQconnectPoll", IS(1, F_SETFL), IS(2, O_RDWR | O_NONBLOCK)),       \
        ALLOW(fcntl, "libpq 15: PQconnectPoll", IS(1, F_SETFD), IS(2, FD_CLOEXEC)),                \
        ALLOW(getsockopt, "libpq: PQconnectPoll", IS(1, SOL_SOCKET), IS(2, SO_ERROR)),             \
        ALLOW(getsockname, "libpq: PQconnectPoll")

#define SOCKETS(family)                                                                            \
    ALLOW(socket, "libpq 15: PQconnectPoll", IS(0, family), IS(1, SOCK_STREAM), IS(2, 0)),         \
        ALLOW(socket, "libpq 17: PQconnectPoll", IS(0, family),                                    \
              IS(1, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK), IS(2, 0))

const struct call calls_of_database[] = {
    ANY_CONNECTION,
    SOCKETS(AF_UNIX),
    /* this length rules out all abstract names but those of 107 bytes, which are Landlock's part */
    ALLOW(connect, "libpq: PQconnectPoll", IS(2, sizeof(struct sockaddr_un))),
    CALLS_END,
};

#define TCP_OPTION(level, name) ALLOW(setsockopt, "libpq: PQconnectPoll", IS(1, level), IS(2, name))

const struct call calls_of_remote_database[] = {
    ANY_CONNECTION,
    SOCKETS(AF_INET),
    SOCKETS(AF_INET6),
    ALLOW(connect, "libpq: PQconnectPoll", IS(2, sizeof(struct sockaddr_in))),
    ALLOW(connect, "libpq: PQconnectPoll", IS(2, sizeof(struct sockaddr_in6))),
    TCP_OPTION(IPPROTO_TCP, TCP_NODELAY),
    TCP_OPTION(SOL_SOCKET, SO_KEEPALIVE),
    TCP_OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
    TCP_OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
    TCP_OPTION(IPPROTO_TCP, TCP_KEEPCNT),
    TCP_OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT),
    ALLOW(gettimeofday, "libpq 17: connect_timeout, where the vDSO has none"),
    /* not in a folder that is open already */
    ALLOW(newfstatat, "libpq: whether sslrootcert is there", IS(3, 0), IS(0, AT_FDCWD)),
    ALLOW(openat, "OpenSSL: sslrootcert, by libc's fopen", IS(2, O_RDONLY), IS(0, AT_FDCWD)),
    CALLS_END,
};
