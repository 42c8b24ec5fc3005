/* Sockets: reaching the network, and the other parts of the system. */
#include "attacks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_alg.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A family that the kernel was built without is not what stopped it. */
static int make_socket(int family, int type, int protocol)
{
    const int fd = socket(family, type, protocol);

    return fd < 0 && (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT)
               ? absent("no such sockets")
               : outcome(fd);
}

static struct sockaddr_in local(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int use_port(int type, int port,
                    int (*use)(int fd, const struct sockaddr *address, socklen_t length))
{
    const struct sockaddr_in address = local(port);
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    return outcome(use(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int connect_edge(void)
{
    return use_port(SOCK_STREAM, EDGE_PORT, connect);
}

static int bind_tcp(void)
{
    return use_port(SOCK_STREAM, FREE_PORT, bind);
}

static int bind_udp(void)
{
    return use_port(SOCK_DGRAM, FREE_PORT, bind);
}

/* Without bind() the kernel picks a port by itself. */
static int listen_tcp(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 ? errno : outcome(listen(fd, 1));
}

static int connect_tcp6(void)
{
    const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
                                          .sin6_port = htons(EDGE_PORT),
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    const int fd = socket(AF_INET6, SOCK_STREAM, 0);

    if (fd < 0)
        return errno == EAFNOSUPPORT ? absent("no IPv6") : errno;
    return outcome(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int send_udp6(void)
{
    const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
                                          .sin6_port = htons(UDP_PORT),
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    const int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    if (fd < 0)
        return errno == EAFNOSUPPORT ? absent("no IPv6") : errno;
    return outcome(sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof(address)));
}

/* Connects and sends in one: no connect() that anybody could look at. */
static int send_fast_open(void)
{
    const struct sockaddr_in address = local(EDGE_PORT);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0)
        return errno;
    return outcome(
        sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&address, sizeof(address)));
}

static int send_udp(void)
{
    const struct sockaddr_in address = local(UDP_PORT);
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0)
        return errno;
    return outcome(sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof(address)));
}

static int open_raw(void)
{
    return make_socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
}

static int open_raw6(void)
{
    return make_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
}

static int open_packet(void)
{
    return make_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
}

static int open_vsock(void)
{
    return make_socket(AF_VSOCK, SOCK_STREAM, 0);
}

/* Lists the network's interfaces. */
static int ask_netlink(void)
{
    const struct {
        struct nlmsghdr head;
        struct rtgenmsg what;
    } question = { .head = { .nlmsg_len = sizeof(question),
                             .nlmsg_type = RTM_GETLINK,
                             .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
                   .what.rtgen_family = AF_UNSPEC };
    char answer[4096];
    const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

    if (fd < 0)
        return errno;
    if (send(fd, &question, sizeof(question), 0) < 0)
        return errno;
    return outcome(recv(fd, answer, sizeof(answer), 0));
}

static int use_crypto(void)
{
    const struct sockaddr_alg address = { .salg_family = AF_ALG,
                                          .salg_type = "hash",
                                          .salg_name = "sha256" };
    const int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

    if (fd < 0)
        return errno == EAFNOSUPPORT ? absent("no AF_ALG") : errno;
    return outcome(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

/* --- Unix sockets ----------------------------------------------------------------------------- */

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

static int connect_path(const char *path)
{
    const struct sockaddr_un address = unix_address(path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    return fd < 0 ? errno
                  : outcome(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int connect_sibling(void)
{
    return connect_path(SIBLING_SOCKET);
}

static int connect_database(void)
{
    return connect_path(DATABASE_SOCKET);
}

static int connect_edge_path(void)
{
    return connect_path(EDGE_SOCKET);
}

static int connect_abstract(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const size_t length = sizeof(ABSTRACT_SOCKET) - 1;
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0)
        return errno;
    memcpy(address.sun_path + 1, ABSTRACT_SOCKET, length);
    return outcome(connect(fd, (const struct sockaddr *)&address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)));
}

static int send_datagram(void)
{
    const struct sockaddr_un address = unix_address(LOG_SOCKET);
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (fd < 0)
        return errno;
    return outcome(sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof(address)));
}

static int bind_path(void)
{
    const struct sockaddr_un address = unix_address(OPEN_FOLDER "/socket");
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    return fd < 0 ? errno : outcome(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int make_pair(void)
{
    int pair[2];

    return outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

/* --- the sockets that it has ------------------------------------------------------------------ */

enum { DESCRIPTORS = 256 };

/* Of the descriptors, the connection that is being answered: the one that has a peer. */
static int find_connection(void)
{
    struct sockaddr_un peer;
    socklen_t length = sizeof(peer);

    for (int fd = 3; fd < DESCRIPTORS; fd++)
        if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0)
            return fd;
    return -1;
}

union descriptor_message {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
};

/* Gives whoever is at the other end a descriptor: its listening socket. */
static int send_descriptor(void)
{
    char byte = 'x';
    struct iovec part = { .iov_base = &byte, .iov_len = 1 };
    union descriptor_message control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
                                                   .cmsg_level = SOL_SOCKET,
                                                   .cmsg_type = SCM_RIGHTS } };
    const struct msghdr message = { .msg_iov = &part,
                                    .msg_iovlen = 1,
                                    .msg_control = &control,
                                    .msg_controllen = sizeof(control) };
    long sent = -1;

    for (int fd = 3; fd < DESCRIPTORS && sent < 0; fd++)
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    return outcome(sent);
}

/* Its own listening socket, as somebody else's door: whatever the kernel calls it. */
static int find_peer(void)
{
    const int fd = find_connection();

    return fd < 0 ? errno : DONE;
}

static int shut_listener(void)
{
    return outcome(shutdown(STDIN_FILENO, SHUT_RDWR));
}

/* A program for the kernel to run on whatever arrives. */
static int attach_filter(void)
{
    static struct sock_filter accept_all[] = { { 0x06, 0, 0, 0xffffffff } };
    const struct sock_fprog program = { .len = 1, .filter = accept_all };

    return outcome(
        setsockopt(STDIN_FILENO, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

const struct attack attacks_on_network[] = {
    ATTACK("connect-edge", "connect to nginx over TCP", connect_edge),
    ATTACK("connect-tcp6", "connect to nginx over TCP, IPv6", connect_tcp6),
    ATTACK("fast-open", "connect over TCP without `connect` (`MSG_FASTOPEN`)", send_fast_open),
    ATTACK("bind-tcp", "bind a TCP port", bind_tcp),
    ATTACK("listen-tcp", "listen on a TCP port", listen_tcp),
    ATTACK("send-udp", "send over UDP", send_udp),
    ATTACK("send-udp6", "send over UDP, IPv6", send_udp6),
    ATTACK("bind-udp", "bind a UDP port", bind_udp),
    ATTACK("raw-socket", "open a raw socket", open_raw),
    ATTACK("raw-socket6", "open a raw socket, IPv6", open_raw6),
    ATTACK("packet-socket", "open a packet socket", open_packet),
    ATTACK("netlink", "list the interfaces (netlink)", ask_netlink),
    ATTACK("vsock", "open a socket to the hypervisor (vsock)", open_vsock),
    ATTACK("crypto-socket", "open a socket of the kernel's cryptography", use_crypto),
    ATTACK("connect-edge-path", "connect to a Unix socket that anybody may use", connect_edge_path),
    ATTACK("connect-sibling", "connect to another program's socket", connect_sibling),
    ATTACK("connect-database", "connect to the database's socket", connect_database),
    ATTACK("connect-abstract", "connect to an abstract socket", connect_abstract),
    ATTACK("send-datagram", "send to a Unix socket of datagrams", send_datagram),
    ATTACK("bind-path", "make a Unix socket in a folder", bind_path),
    ATTACK("socketpair", "make a pair of sockets", make_pair),
    ATTACK("send-descriptor", "hand on a descriptor (`sendmsg`)", send_descriptor),
    ATTACK("getpeername", "find out who is at the other end", find_peer),
    ATTACK("shutdown", "shut its listening socket down", shut_listener),
    ATTACK("attach-filter", "attach a BPF program to a socket", attach_filter),
    ATTACKS_END,
};
