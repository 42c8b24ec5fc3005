/*
 * http-probe: whether nginx answers, for the health check of a container that has neither a shell
 * nor curl. It asks as a client on the same machine would, and any answer with a status under 500
 * will do: a 403 or a redirect to TLS is nginx's word too. Whoever listens there may be anybody, so
 * what comes is bounded in bytes and in time.
 */
#include "answer.h"
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    LIMIT_MS = 2000, /* for all of it */
    HOST_MAX = 255,  /* bytes of a name */
    REQUEST_MAX = HOST_MAX + 128,
};

/* Whom to ask, and as whom. */
struct target {
    char where[INET6_ADDRSTRLEN + sizeof("[]:65535")];
    char host[HOST_MAX + 1];
    struct sockaddr_storage address;
    socklen_t length;
};

static const char usage[] =
    "Usage: http-probe\n"
    "\n"
    "Sends HEAD /healthz to the web server that listens here, and ends: with 0 if it answers\n"
    "within 2 seconds and with a status under 500, else with 1 and a line that says why not.\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "Settings, from the environment, as bulkhead has them:\n"
    "  BIND          where it listens (default: 127.0.0.1; of any address, the loopback one)\n"
    "  PORT          at which port (default: 15000)\n"
    "  SERVER_NAMES  whom to ask for: the first that has no * (default: localhost)\n";

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "http-probe: %s: %s\n", what, why);
    return false;
}

/* --- settings --------------------------------------------------------------------------------- */

/* An empty one is none: Compose files pass those on. */
static const char *setting(const char *name, const char *fallback)
{
    const char *const value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : fallback;
}

static bool read_port(in_port_t *port)
{
    const char *digit = setting("PORT", "15000");
    unsigned number = 0;

    while (isdigit((unsigned char)*digit) && number <= UINT16_MAX)
        number = number * 10 + (unsigned)(*digit++ - '0');
    if (*digit != '\0' || number < 1 || number > UINT16_MAX)
        return complain("PORT", "allowed is an integer from 1 to 65535");
    *port = htons((uint16_t)number);
    return true;
}

/* What listens on any address is asked at the loopback's. */
static bool read_address(struct target *target)
{
    const char *const bind = setting("BIND", "127.0.0.1");
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    char text[INET6_ADDRSTRLEN];
    in_port_t port;

    if (!read_port(&port))
        return false;
    v4.sin_port = v6.sin6_port = port;
    if (inet_pton(AF_INET, bind, &v4.sin_addr) == 1) {
        if (v4.sin_addr.s_addr == htonl(INADDR_ANY))
            v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        memcpy(&target->address, &v4, target->length = sizeof(v4));
        snprintf(target->where, sizeof(target->where), "%s:%u",
                 inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text)), ntohs(port));
        return true;
    }
    if (inet_pton(AF_INET6, bind, &v6.sin6_addr) != 1)
        return complain("BIND", "allowed is an IPv4 or IPv6 address");
    if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr))
        v6.sin6_addr = in6addr_loopback;
    memcpy(&target->address, &v6, target->length = sizeof(v6));
    snprintf(target->where, sizeof(target->where), "[%s]:%u",
             inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text)), ntohs(port));
    return true;
}

static bool is_of_host(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("._-:[]", c) != NULL);
}

/* Into a header it goes only if it can be nothing but a name there. */
static bool read_host(struct target *target)
{
    const char *name = setting("SERVER_NAMES", "localhost");
    size_t length;

    name += strspn(name, " ");
    while ((length = strcspn(name, " ")) > 0 && memchr(name, '*', length) != NULL) {
        name += length;
        name += strspn(name, " ");
    }
    if (length == 0)
        length = strlen(name = "localhost");
    for (size_t i = 0; i < length; i++)
        if (length > HOST_MAX || !is_of_host(name[i]))
            return complain("SERVER_NAMES", "allowed are host names and addresses, blanks between");
    memcpy(target->host, name, length);
    return true;
}

/* --- the question ----------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* NULL: the socket is ready for it; else why it is not. */
static const char *await(int fd, short events, int64_t end_at)
{
    struct pollfd waiting = { .fd = fd, .events = events };
    int64_t left;

    while ((left = end_at - now_ms()) > 0) {
        const int ready = poll(&waiting, 1, (int)left);
        if (ready > 0)
            return NULL;
        if (ready < 0 && errno != EINTR)
            return strerror(errno);
    }
    return "no answer in time";
}

static const char *open_connection(const struct target *target, int fd, int64_t end_at)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (connect(fd, (const struct sockaddr *)&target->address, target->length) == 0)
        return NULL;
    if (errno != EINPROGRESS)
        return strerror(errno);
    const char *const why = await(fd, POLLOUT, end_at);
    if (why != NULL)
        return why;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    return error == 0 ? NULL : strerror(error);
}

/* The buffer of a new connection has room for all of it. */
static const char *send_request(const struct target *target, int fd)
{
    char request[REQUEST_MAX];
    const int length =
        snprintf(request, sizeof(request),
                 "HEAD /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target->host);

    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) == length)
        return NULL;
    return "it does not take the request";
}

static const char *judge(int status)
{
    static char text[32];

    if (status == ANSWER_WRONG)
        return "what it answers is not HTTP/1";
    if (status < 500)
        return NULL;
    snprintf(text, sizeof(text), "status %d", status);
    return text;
}

static const char *receive_answer(int fd, int64_t end_at)
{
    char bytes[ANSWER_MAX];
    size_t length = 0;
    int status = ANSWER_INCOMPLETE;

    do {
        const char *const why = await(fd, POLLIN, end_at);
        if (why != NULL)
            return why;
        const ssize_t count = recv(fd, bytes + length, sizeof(bytes) - length, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count < 0)
            return strerror(errno);
        if (count == 0)
            return "it closed the connection without a whole answer";
        length += (size_t)count;
        status = answer_status(bytes, length);
    } while (status == ANSWER_INCOMPLETE && length < sizeof(bytes));
    return status == ANSWER_INCOMPLETE ? "its answer has no end" : judge(status);
}

/* NULL: it answered; else why that is no good. */
static const char *ask(const struct target *target)
{
    const int64_t end_at = now_ms() + LIMIT_MS;
    const int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return strerror(errno);
    const char *why = open_connection(target, fd, end_at);
    if (why == NULL)
        why = send_request(target, fd);
    if (why == NULL)
        why = receive_answer(fd, end_at);
    close(fd);
    return why;
}

int main(int argc, char **argv)
{
    struct target target = { .length = 0 };

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("http-probe (" PACKAGE_NAME ") " PACKAGE_VERSION) < 0 ? EXIT_FAILURE
                                                                          : EXIT_SUCCESS;
    if (argc != 1) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (!read_address(&target) || !read_host(&target))
        return EXIT_FAILURE;
    const char *const why = ask(&target);
    if (why != NULL)
        complain(target.where, why);
    return why == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
