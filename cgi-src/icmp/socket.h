/*
 * ICMP echo sockets: opened while the program still has the rights it was started with, used long
 * after they are gone.
 *
 * Which kind: a datagram socket where net.ipv4.ping_group_range has our group (icmp(7)), else a raw
 * one (CAP_NET_RAW). After opening, only sendto, recvmsg, poll, ppoll, setsockopt and the ioctls
 * SIOCGIFINDEX and SIOCGIFNAME are used.
 *
 * A raw socket gets a copy of every ICMP packet of the host that its filters let pass. With many of
 * them open that adds up, so one that is not in use lets nothing pass (icmp_socket_listen), and one
 * that is gets no reply but those with its own tag.
 */
#ifndef BULKHEAD_SOCKET_H
#define BULKHEAD_SOCKET_H

#include "icmp/packet.h"

#include <net/if.h>
#include <netinet/in.h>
#include <time.h>

struct icmp_socket {
    int fd; /* -1: it could not be opened */
    int family;
    int error;           /* why not, as an errno */
    bool is_raw;         /* of IPv4, what arrives starts with the IP header */
    bool is_listening;   /* of a raw one: see icmp_socket_listen */
    uint16_t identifier; /* of a datagram socket: the kernel's choice for it, host byte order */
    uint32_t tag;        /* see icmp_socket_tag */
};

/*
 * Opens a socket of the family, AF_INET or AF_INET6, non-blocking and close-on-exec. False: neither
 * kind could be opened, and `error` says why: EAFNOSUPPORT where the kernel lacks the family, else
 * as a rule EPERM or EACCES. It stays open for good.
 */
bool icmp_socket_open(struct icmp_socket *socket, int family);

/*
 * Makes a payload, of which all bytes are random, one of this socket's: its second word becomes the
 * first one combined with the socket's random tag. A filter in the kernel checks that, which spares
 * a wake-up for each reply to any of the other sockets. (A filter for the identifier would have to
 * be installed anew for each ping, at half the cost of a whole ping to loopback.)
 */
void icmp_socket_tag(const struct icmp_socket *socket, unsigned char payload[ECHO_PAYLOAD_BYTES]);

/* Starts or stops letting replies and errors in. Calls of the kernel are made for a change alone.
 */
void icmp_socket_listen(struct icmp_socket *socket, bool is_listening);

/* Throws away what arrived before now, and a pending error. */
void icmp_socket_drain(const struct icmp_socket *socket);

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Sends. Result: 0, or why the kernel refused, as an errno. */
int icmp_socket_send(const struct icmp_socket *socket, const union socket_address *to,
                     const unsigned char packet[ECHO_PACKET_BYTES]);

/* One packet that arrived. */
struct arrival {
    /* A longer one is cut; a byte more than the longest reply tells them apart. */
    unsigned char data[IPV4_HEADER_MAX + ECHO_PACKET_BYTES + 1];
    size_t bytes;
    union socket_address from; /* an error: where the packet that it quotes was sent to */
    int ttl;                   /* or hop limit, from the socket's control data; -1: not told */
    struct timespec stamp;     /* CLOCK_REALTIME, by the kernel; 0: not told */
    /* Of an ICMP error alone, where `data` is the quoted packet from its ICMP header on: */
    bool is_icmp_error;
    uint8_t type, code;
    uint32_t info; /* MTU or pointer */
    union socket_address offender;
};

/*
 * Take the next packet, or the next error of the error queue, without waiting. Result: 0; EAGAIN:
 * there is none; else the socket's pending error, which a look at the error queue explains.
 */
int icmp_socket_receive(const struct icmp_socket *socket, struct arrival *arrival);
int icmp_socket_receive_error(const struct icmp_socket *socket, struct arrival *arrival);

/* The index of a network interface by its name; 0: there is none. */
uint32_t icmp_socket_interface_index(const struct icmp_socket *socket, const char *name);
/* The name of a network interface by its index. False: there is none. */
bool icmp_socket_interface_name(const struct icmp_socket *socket, uint32_t index,
                                char name[IF_NAMESIZE]);

#endif
