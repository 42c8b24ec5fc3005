#include "icmp/socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- opening, before the rights are dropped ----------------------------------------------------
 */

/* The smallest that holds a burst; replies come one at a time, and errors about others' pings. */
enum { RECEIVE_BUFFER_BYTES = 16 * 1024 };

static bool set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Lets an echo reply with our tag pass, and nothing else; for good. */
static bool install_filter(const struct icmp_socket *sock)
{
    /* A raw IPv4 socket sees the IP header, whose length becomes X; all others start at ICMP. */
    const bool has_header = sock->is_raw && sock->family == AF_INET;
    const unsigned char reply = sock->family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
    const uint16_t start = BPF_LDX | (has_header ? BPF_B | BPF_MSH : BPF_W | BPF_IMM);
    struct sock_filter code[] = {
        { .code = start, .k = 0 },
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, reply, 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, ICMP_HEADER_BYTES),
        BPF_STMT(BPF_ST, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, ICMP_HEADER_BYTES + 4),
        BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, 0),
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sock->tag, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };
    return setsockopt(sock->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 &&
           set_option(sock->fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
}

/*
 * Both families deliver every ICMP error of the host to every raw socket that wants errors, so that
 * wish is dropped too while nothing is awaited.
 */
static void let_in(const struct icmp_socket *sock, bool is_listening)
{
    if (sock->family == AF_INET) {
        const struct icmp_filter filter = {
            .data = is_listening ? ~(1u << ICMP_ECHOREPLY) : UINT32_MAX,
        };
        setsockopt(sock->fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
        set_option(sock->fd, SOL_IP, IP_RECVERR, is_listening);
        return;
    }
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    if (is_listening)
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    setsockopt(sock->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
    set_option(sock->fd, SOL_IPV6, IPV6_RECVERR, is_listening);
}

/* Has the kernel choose the identifier now, so that errors about other echoes can be told apart. */
static bool learn_identifier(struct icmp_socket *sock)
{
    union socket_address own = { .any.sa_family = (sa_family_t)sock->family };
    socklen_t bytes = sizeof(own);
    const socklen_t any_bytes = sock->family == AF_INET ? sizeof(own.v4) : sizeof(own.v6);
    if (bind(sock->fd, &own.any, any_bytes) != 0 || getsockname(sock->fd, &own.any, &bytes) != 0)
        return false;
    sock->identifier = ntohs(sock->family == AF_INET ? own.v4.sin_port : own.v6.sin6_port);
    return true;
}

static bool set_up(struct icmp_socket *sock)
{
    const int fd = sock->fd;
    const bool is_v4 = sock->family == AF_INET;
    const bool is_set = getrandom(&sock->tag, sizeof(sock->tag), 0) == sizeof(sock->tag) &&
                        install_filter(sock) &&
                        set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES) &&
                        set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) &&
                        (is_v4 ? set_option(fd, SOL_IP, IP_RECVTTL, 1)
                               : set_option(fd, SOL_IPV6, IPV6_RECVHOPLIMIT, 1));
    if (!is_set)
        return false;
    if (sock->is_raw) {
        let_in(sock, false);
        return true;
    }
    return learn_identifier(sock) && (is_v4 ? set_option(fd, SOL_IP, IP_RECVERR, 1)
                                            : set_option(fd, SOL_IPV6, IPV6_RECVERR, 1));
}

bool icmp_socket_open(struct icmp_socket *sock, int family)
{
    *sock = (struct icmp_socket){ .family = family };
    const int protocol = family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
    const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    sock->fd = socket(family, SOCK_DGRAM | flags, protocol);
    if (sock->fd < 0) {
        sock->is_raw = true;
        sock->fd = socket(family, SOCK_RAW | flags, protocol);
    }
    if (sock->fd >= 0 && set_up(sock))
        return true;
    const int error = errno;
    if (sock->fd >= 0)
        close(sock->fd);
    sock->fd = -1;
    sock->error = error;
    return false;
}

/* --- use, after the rights were dropped --------------------------------------------------------
 */

void icmp_socket_tag(const struct icmp_socket *sock, unsigned char payload[ECHO_PAYLOAD_BYTES])
{
    for (size_t i = 0; i < sizeof(sock->tag); i++) {
        const unsigned char key = (unsigned char)(sock->tag >> (24 - 8 * i));
        payload[4 + i] = payload[i] ^ key;
    }
}

/* A datagram socket gets only its own. */
void icmp_socket_listen(struct icmp_socket *sock, bool is_listening)
{
    if (!sock->is_raw || sock->is_listening == is_listening)
        return;
    let_in(sock, is_listening);
    sock->is_listening = is_listening;
}

void icmp_socket_drain(const struct icmp_socket *sock)
{
    enum { AT_MOST = 64 }; /* more than the receive buffer holds */
    struct arrival arrival;
    struct pollfd ready = { .fd = sock->fd, .events = POLLIN };
    for (int i = 0; i < AT_MOST && poll(&ready, 1, 0) > 0; i++) {
        icmp_socket_receive(sock, &arrival);
        if (ready.revents & POLLERR)
            icmp_socket_receive_error(sock, &arrival);
    }
}

int icmp_socket_send(const struct icmp_socket *sock, const union socket_address *to,
                     const unsigned char packet[ECHO_PACKET_BYTES])
{
    const socklen_t to_bytes = sock->family == AF_INET ? sizeof(to->v4) : sizeof(to->v6);
    const ssize_t sent = sendto(sock->fd, packet, ECHO_PACKET_BYTES, 0, &to->any, to_bytes);
    return sent < 0 ? errno : 0;
}

static void read_extended_error(const struct cmsghdr *control, struct arrival *arrival)
{
    struct sock_extended_err error;
    if (control->cmsg_len < CMSG_LEN(sizeof(error)))
        return;
    memcpy(&error, CMSG_DATA(control), sizeof(error));
    arrival->is_icmp_error =
        error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    arrival->type = error.ee_type;
    arrival->code = error.ee_code;
    arrival->info = error.ee_info;
    const size_t offender = control->cmsg_len - CMSG_LEN(sizeof(error));
    memcpy(&arrival->offender, CMSG_DATA(control) + sizeof(error),
           offender < sizeof(arrival->offender) ? offender : sizeof(arrival->offender));
}

static void read_control(const struct cmsghdr *control, struct arrival *arrival)
{
    const int level = control->cmsg_level;
    const int type = control->cmsg_type;
    if (level == SOL_SOCKET && type == SCM_TIMESTAMPNS &&
        control->cmsg_len >= CMSG_LEN(sizeof(arrival->stamp)))
        memcpy(&arrival->stamp, CMSG_DATA(control), sizeof(arrival->stamp));
    else if (((level == SOL_IP && type == IP_TTL) ||
              (level == SOL_IPV6 && type == IPV6_HOPLIMIT)) &&
             control->cmsg_len >= CMSG_LEN(sizeof(arrival->ttl)))
        memcpy(&arrival->ttl, CMSG_DATA(control), sizeof(arrival->ttl));
    else if ((level == SOL_IP && type == IP_RECVERR) || (level == SOL_IPV6 && type == IPV6_RECVERR))
        read_extended_error(control, arrival);
}

static int receive(const struct icmp_socket *sock, struct arrival *arrival, int flags)
{
    /* A stamp, a hop limit, an error and its offender, with room to spare. */
    _Alignas(struct cmsghdr) char control[256];
    struct iovec data = { .iov_base = arrival->data, .iov_len = sizeof(arrival->data) };
    struct msghdr message = {
        .msg_name = &arrival->from,
        .msg_namelen = sizeof(arrival->from),
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    memset(&arrival->from, 0, sizeof(arrival->from));
    memset(&arrival->offender, 0, sizeof(arrival->offender));
    arrival->stamp = (struct timespec){ 0 };
    arrival->is_icmp_error = false;
    arrival->ttl = -1;
    const ssize_t bytes = recvmsg(sock->fd, &message, MSG_DONTWAIT | flags);
    if (bytes < 0)
        return errno;
    arrival->bytes = (size_t)bytes;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        read_control(c, arrival);
    return 0;
}

int icmp_socket_receive(const struct icmp_socket *sock, struct arrival *arrival)
{
    return receive(sock, arrival, 0);
}

int icmp_socket_receive_error(const struct icmp_socket *sock, struct arrival *arrival)
{
    return receive(sock, arrival, MSG_ERRQUEUE);
}

uint32_t icmp_socket_interface_index(const struct icmp_socket *sock, const char *name)
{
    struct ifreq request = { .ifr_ifindex = 0 };
    const size_t bytes = strlen(name);
    if (bytes == 0 || bytes >= sizeof(request.ifr_name))
        return 0;
    memcpy(request.ifr_name, name, bytes);
    if (ioctl(sock->fd, SIOCGIFINDEX, &request) != 0)
        return 0;
    return (uint32_t)request.ifr_ifindex;
}

bool icmp_socket_interface_name(const struct icmp_socket *sock, uint32_t index,
                                char name[IF_NAMESIZE])
{
    struct ifreq request = { .ifr_ifindex = (int)index };
    if (ioctl(sock->fd, SIOCGIFNAME, &request) != 0)
        return false;
    memcpy(name, request.ifr_name, IF_NAMESIZE);
    name[IF_NAMESIZE - 1] = '\0';
    return true;
}
