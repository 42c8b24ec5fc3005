#include "database_attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct attempt {
    const char *name;
    int (*make)(const struct attempt *attempt, const char *text); /* below 0: errno says why */
    int what, value, more;
};

static int make_socket(const struct attempt *attempt, const char *text)
{
    (void)text;
    return socket(attempt->what, attempt->value, attempt->more);
}

static int make_pair(const struct attempt *attempt, const char *text)
{
    int pair[2];

    (void)text;
    return socketpair(attempt->what, attempt->value, 0, pair);
}

/* `what`: the first byte of the name is NUL; `value`: the length is that of the name. */
static int connect_to(const struct attempt *attempt, const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    socklen_t length = sizeof(address);

    snprintf(address.sun_path + attempt->what, sizeof(address.sun_path) - (size_t)attempt->what,
             "%s", text);
    if (attempt->value)
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)attempt->what +
                             strlen(text));
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? fd : connect(fd, (const struct sockaddr *)&address, length);
}

static int bind_to(const struct attempt *attempt, const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    (void)attempt;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", text);
    return bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&address,
                sizeof(address));
}

static int send_flags(const struct attempt *attempt, const char *text)
{
    return (int)send(socket(AF_UNIX, SOCK_STREAM, 0), text, strlen(text), attempt->what);
}

static int send_message(const struct attempt *attempt, const char *text)
{
    const struct msghdr message = { .msg_iov = NULL };

    (void)text;
    return (int)sendmsg(socket(AF_UNIX, SOCK_STREAM, 0), &message, attempt->what);
}

static int control(const struct attempt *attempt, const char *text)
{
    (void)text;
    return fcntl(STDIN_FILENO, attempt->what, attempt->value);
}

static int set_option(const struct attempt *attempt, const char *text)
{
    (void)text;
    return setsockopt(STDIN_FILENO, SOL_SOCKET, attempt->what, &attempt->value,
                      sizeof(attempt->value));
}

static int get_option(const struct attempt *attempt, const char *text)
{
    int value;
    socklen_t length = sizeof(value);

    (void)text;
    return getsockopt(STDIN_FILENO, SOL_SOCKET, attempt->what, &value, &length);
}

static int open_file(const struct attempt *attempt, const char *text)
{
    return open(text, attempt->what);
}

static const struct attempt attempts[] = {
    { "inet", make_socket, .what = AF_INET, .value = SOCK_STREAM },
    { "inet6", make_socket, .what = AF_INET6, .value = SOCK_STREAM },
    { "netlink", make_socket, .what = AF_NETLINK, .value = SOCK_RAW, .more = NETLINK_ROUTE },
    { "alg", make_socket, .what = AF_ALG, .value = SOCK_SEQPACKET },
    { "vsock", make_socket, .what = AF_VSOCK, .value = SOCK_STREAM },
    { "datagram", make_socket, .what = AF_UNIX, .value = SOCK_DGRAM },
    { "seqpacket", make_socket, .what = AF_UNIX, .value = SOCK_SEQPACKET },
    { "protocol", make_socket, .what = AF_UNIX, .value = SOCK_STREAM, .more = PF_UNIX },
    { "pair", make_pair, .what = AF_UNIX, .value = SOCK_STREAM },
    { "path", connect_to, .what = false },
    { "short", connect_to, .value = true },
    { "abstract", connect_to, .what = true, .value = true },
    { "padded", connect_to, .what = true },
    { "bind", bind_to, .what = false },
    { "out-of-band", send_flags, .what = MSG_OOB | MSG_NOSIGNAL },
    { "message", send_message, .what = MSG_NOSIGNAL },
    { "duplicate", control, .what = F_DUPFD },
    { "blocking", control, .what = F_SETFL, .value = O_RDWR },
    { "signals", control, .what = F_SETFL, .value = O_RDWR | O_NONBLOCK | O_ASYNC },
    { "inherit", control, .what = F_SETFD },
    { "owner", control, .what = F_SETOWN, .value = 1 },
    { "buffer", set_option, .what = SO_SNDBUF, .value = 1 << 20 },
    { "pass-credentials", set_option, .what = SO_PASSCRED, .value = 1 },
    { "domain", get_option, .what = SO_DOMAIN },
    { "open", open_file, .what = O_RDONLY },
};
enum { ATTEMPTS = sizeof(attempts) / sizeof(attempts[0]) };

static const struct attempt *find(const char *name)
{
    for (size_t i = 0; i < ATTEMPTS; i++)
        if (strcmp(attempts[i].name, name) == 0)
            return &attempts[i];
    return NULL;
}

bool is_attack(const char *name)
{
    return find(name) != NULL;
}

int attack(const char *name, const char *text)
{
    const struct attempt *const attempt = find(name);

    if (attempt == NULL)
        abort();
    return attempt->make(attempt, text) < 0 ? errno : 0;
}
