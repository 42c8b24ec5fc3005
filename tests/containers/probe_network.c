/* Reaching others: over the network, and through sockets in files. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* "192.0.2.1,80" */
static bool parse(const char *argument, struct sockaddr_in *address)
{
    const char *comma = strchr(argument, ','), *end;
    char host[INET_ADDRSTRLEN] = "";

    if (!comma || (size_t)(comma - argument) >= sizeof(host))
        return false;
    memcpy(host, argument, (size_t)(comma - argument));
    *address = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)number(comma + 1, &end)) };
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static bool comes_within(int milliseconds, int fd, short events)
{
    struct pollfd waited = { .fd = fd, .events = events };

    return poll(&waited, 1, milliseconds) == 1;
}

static bool comes(int fd, short events)
{
    return comes_within(ANSWER_MS, fd, events);
}

/* Who says that nobody listens has been reached. */
static int answered(int error)
{
    return error == 0 || error == ECONNREFUSED ? DONE : error;
}

static int reach_tcp(const char *argument)
{
    struct sockaddr_in there;
    int error = 0;
    socklen_t length = sizeof(error);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (!parse(argument, &there))
        return WRONG_USE;
    if (fd < 0)
        return errno;
    if (connect(fd, (const struct sockaddr *)&there, sizeof(there)) == 0)
        return DONE;
    if (errno != EINPROGRESS)
        return answered(errno);
    if (!comes(fd, POLLOUT))
        return ETIMEDOUT;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return answered(error);
}

static int reply_to(int fd, const void *data, size_t size)
{
    char answer[512];

    if (send(fd, data, size, 0) < 0)
        return answered(errno);
    if (!comes(fd, POLLIN))
        return ETIMEDOUT;
    return recv(fd, answer, sizeof(answer), 0) < 0 ? answered(errno) : DONE;
}

static int connected(int type, int protocol, const char *argument)
{
    struct sockaddr_in there;
    const int fd = socket(AF_INET, type, protocol);

    if (fd < 0)
        return -errno;
    if (!parse(argument, &there))
        return -EINVAL;
    if (connect(fd, (const struct sockaddr *)&there, sizeof(there)) != 0)
        return -errno;
    return fd;
}

static int reach_udp(const char *argument)
{
    const int fd = connected(SOCK_DGRAM, 0, argument);

    return fd < 0 ? -fd : reply_to(fd, "x", 1);
}

/* Through a socket for echoes alone, or else for all of ICMP. */
static int reach_by_echo(const char *argument)
{
    const struct icmphdr echo = { .type = ICMP_ECHO, .checksum = htons(0xf7ff) };
    int fd = connected(SOCK_DGRAM, IPPROTO_ICMP, argument);

    if (fd == -EACCES)
        fd = connected(SOCK_RAW, IPPROTO_ICMP, argument);
    return fd < 0 ? -fd : reply_to(fd, &echo, sizeof(echo));
}

/* Whether a server knows a name, "a.example" here: an answer that says no is one. */
static int ask_dns(const char *argument)
{
    static const char question[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0"
                                   "\x01"
                                   "a\x07"
                                   "example\0\0\x01\0\x01";
    unsigned char answer[512];
    const int fd = connected(SOCK_DGRAM, 0, argument);
    enum { CODE = 3, CODE_BITS = 15, SERVER_FAILED = 2, REFUSED = 5 };

    if (fd < 0)
        return -fd;
    if (send(fd, question, sizeof(question) - 1, 0) < 0)
        return errno;
    if (!comes_within(PROGRAM_SECONDS * 1000, fd, POLLIN))
        return ETIMEDOUT;
    if (recv(fd, answer, sizeof(answer), 0) <= CODE)
        return errno;
    return effect((answer[CODE] & CODE_BITS) != SERVER_FAILED &&
                  (answer[CODE] & CODE_BITS) != REFUSED);
}

/* All who have IPv6 on a wire of ours. */
static int send_multicast(const char *argument)
{
    struct sockaddr_in6 there = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
    struct if_nameindex *wires = if_nameindex();
    const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    int result = fd < 0 ? errno : NO_EFFECT;

    inet_pton(AF_INET6, argument, &there.sin6_addr);
    for (size_t n = 0; fd >= 0 && wires && wires[n].if_name && result != DONE; n++) {
        if (strcmp(wires[n].if_name, "lo") == 0)
            continue;
        there.sin6_scope_id = wires[n].if_index;
        result = outcome(sendto(fd, "x", 1, 0, (const struct sockaddr *)&there, sizeof(there)));
    }
    return result;
}

/* "family,type,protocol" */
static int make_socket(const char *argument)
{
    const char *rest;
    const long family = number(argument, &rest);
    const long type = *rest ? number(rest + 1, &rest) : 0;

    return outcome(socket((int)family, (int)type, *rest ? (int)number(rest + 1, &rest) : 0));
}

static int bind_port(const char *argument)
{
    const char *end;
    const struct sockaddr_in here = { .sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)number(argument, &end)) };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 ? errno : outcome(bind(fd, (const struct sockaddr *)&here, sizeof(here)));
}

/* --- sockets of programs ---------------------------------------------------------------------- */

static int open_unix(const char *path, bool is_abstract)
{
    struct sockaddr_un there = { .sun_family = AF_UNIX };
    const size_t length = strlen(path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const struct timeval patience = { .tv_sec = PROGRAM_SECONDS };

    if (fd < 0)
        return -errno;
    if (length + 2 > sizeof(there.sun_path))
        return -ENAMETOOLONG;
    memcpy(there.sun_path + is_abstract, path, length);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&there,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1)) != 0)
        return -errno;
    return fd;
}

static int connect_unix(const char *path)
{
    const int fd = open_unix(path, false);

    return fd < 0 ? -fd : DONE;
}

static int connect_abstract(const char *name)
{
    const int fd = open_unix(name, true);

    return fd < 0 ? -fd : DONE;
}

/* A request without parameters, and its end; a program answers whom it is told to. */
static int ask_fastcgi(const char *path)
{
    static const char request[] = "\1\1\0\1\0\x08\0\0\0\1\0\0\0\0\0\0"
                                  "\1\4\0\1\0\0\0\0"
                                  "\1\5\0\1\0\0\0\0";
    char answer[8];
    const int fd = open_unix(path, false);

    if (fd < 0)
        return -fd;
    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
        return errno;
    return effect(recv(fd, answer, sizeof(answer), 0) > 0);
}

/* user, role, database, bulkhead; and an empty name. Returns how long that is. */
static int write_names(char *to, size_t size, const char *role, int length)
{
    const int written =
        snprintf(to, size, "user%c%.*s%cdatabase%cbulkhead%c", 0, length, role, 0, 0, 0);

    return written < 0 || (size_t)written >= size - 1 ? 0 : written + 1;
}

/* "role@/path": whether the database takes us for it. */
static int enter_database(const char *argument)
{
    char message[256] = { 0 }, answer[9] = { 0 };
    const char *at = strchr(argument, '@');
    int fd, size = 8;

    if (!at)
        return WRONG_USE;
    message[5] = 3; /* the protocol's version */
    size += write_names(message + size, 128 - (size_t)size, argument, (int)(at - argument));
    message[3] = (char)size;
    fd = open_unix(at + 1, false);
    if (fd < 0)
        return -fd;
    if (send(fd, message, (size_t)size, MSG_NOSIGNAL) < 0)
        return errno;
    /* AuthenticationOk: R, its length, 0 */
    return effect(recv(fd, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer) &&
                  memcmp(answer, "R\0\0\0\x08\0\0\0\0", sizeof(answer)) == 0);
}

const struct attempt attempts_on_network[] = { { "tcp", reach_tcp },
                                               { "udp", reach_udp },
                                               { "echo", reach_by_echo },
                                               { "dns", ask_dns },
                                               { "multicast", send_multicast },
                                               { "socket", make_socket },
                                               { "bind", bind_port },
                                               { "unix", connect_unix },
                                               { "abstract", connect_abstract },
                                               { "fastcgi", ask_fastcgi },
                                               { "postgres", enter_database },
                                               ATTEMPTS_END };
