/*
 * The floor of what a FastCGI program costs: one thread, one epoll, one read and one send a
 * request, and of the protocol no more than nginx makes use of. It trusts its peer, bounds nothing
 * in time, records nothing: a measure, and no program to run. It listens on descriptor 0.
 */
#include "greeting.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 8192, MAX_EVENTS = 512, BUFFER = 4096, HEADER = 8 };
enum { END_REQUEST = 3, STDIN = 5, STDOUT = 6 };

struct connection {
    size_t used;
    unsigned char data[BUFFER];
};

static struct connection connections[MAX_CONNECTIONS];

/* Bytes of the request that begins the data, with its last record; 0: it is not all there. */
static size_t request_length(const struct connection *connection)
{
    size_t at = 0;

    while (at + HEADER <= connection->used) {
        const unsigned char *const record = connection->data + at;
        const size_t content = (size_t)record[4] << 8 | record[5];

        at += HEADER + content + record[6];
        if (at > connection->used)
            return 0;
        if (record[1] == STDIN && content == 0)
            return at;
    }
    return 0;
}

/* The query of a request, which nginx sends with a length of one byte where it is short. */
static size_t find_name(const unsigned char *data, size_t length, const char **name)
{
    static const char key[] = "QUERY_STRING";
    const unsigned char *const found = memmem(data, length, key, sizeof(key) - 1);
    size_t query;

    if (found == NULL || found < data + 1 || found[-1] > INT8_MAX)
        return 0;
    query = found[-1];
    if (query > (size_t)(data + length - found) - (sizeof(key) - 1))
        return 0;
    return greeting_name((const char *)found + sizeof(key) - 1, query, name);
}

static void put_header(unsigned char *at, unsigned char type, size_t content, size_t padding)
{
    const unsigned char header[HEADER] = {
        1, type, 0, 1, (unsigned char)(content >> 8), (unsigned char)content, (unsigned char)padding
    };
    memcpy(at, header, sizeof(header));
}

/* Whether the answer has left. */
static bool answer(int fd, const unsigned char *request, size_t length)
{
    unsigned char reply[BUFFER] = { 0 };
    const char *name = NULL;
    const size_t found = find_name(request, length, &name);
    const int body =
        snprintf((char *)reply + HEADER, sizeof(reply) / 2,
                 "Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                 "%s%.*s%s\n",
                 found > 0 ? "200 OK" : "400 Bad Request", found > 0 ? "Hello, " : "Invalid name",
                 (int)found, found > 0 ? name : "", found > 0 ? "!" : "");
    const size_t content = (size_t)body;
    const size_t padding = -content & 7U;
    size_t at = HEADER + content + padding;

    put_header(reply, STDOUT, content, padding);
    memset(reply + HEADER + content, 0, padding);
    put_header(reply + at, STDOUT, 0, 0);
    at += HEADER;
    put_header(reply + at, END_REQUEST, HEADER, 0);
    at += HEADER + HEADER;
    return send(fd, reply, at, MSG_NOSIGNAL) == (ssize_t)at;
}

static void serve(int fd)
{
    struct connection *const connection = &connections[fd];
    const ssize_t got = read(fd, connection->data + connection->used, BUFFER - connection->used);
    size_t length;

    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            close(fd);
        return;
    }
    connection->used += (size_t)got;
    length = request_length(connection);
    if (length == 0 && connection->used < BUFFER)
        return;
    connection->used = 0;
    if (length == 0 || !answer(fd, connection->data, length))
        close(fd);
}

static void accept_one(int loop)
{
    const int fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (fd < 0)
        return;
    if (fd >= MAX_CONNECTIONS || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return;
    }
    connections[fd].used = 0;
}

int main(void)
{
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = STDIN_FILENO };
    struct epoll_event ready[MAX_EVENTS];

    /* as Bulkhead's programs do: a wake-up does not take nginx's processor away */
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
    if (loop < 0 || fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
        return EXIT_FAILURE;
    for (;;) {
        const int count = epoll_wait(loop, ready, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd == STDIN_FILENO)
                accept_one(loop);
            else
                serve(ready[i].data.fd);
        }
    }
}
