/*
 * One echo: send a request with a fresh identifier and payload, and wait for what answers it.
 *
 * Only a reply with our identifier, our sequence and all 56 random bytes counts, and only an ICMP
 * error that quotes our request. Whatever else arrives is ignored and wins no time.
 */
#ifndef BULKHEAD_ECHO_H
#define BULKHEAD_ECHO_H

#include "icmp/address.h"
#include "icmp/socket.h"

/* What pings, one at a time. */
struct echo_sockets {
    struct icmp_socket ipv4, ipv6;
};

/*
 * Opens both, for as long as the process lives. False: at least one could not be opened, see
 * icmp_socket_open; echo_begin answers for it.
 */
bool echo_sockets_open(struct echo_sockets *sockets);

/* An address as ping -n prints it: with the zone's name where the address is link-local. */
struct endpoint {
    int family;
    unsigned char bytes[IPV6_BYTES];
    char zone[IF_NAMESIZE]; /* the name of an interface, or a number; empty: none */
};

enum echo_outcome {
    ECHO_REPLIED,
    ECHO_SILENT,      /* nothing until the deadline */
    ECHO_FAILED,      /* an ICMP error answered */
    ECHO_REFUSED,     /* nothing was sent: `refused_at` and `reason` */
    ECHO_FORBIDDEN,   /* nothing was sent: a broadcast address or a prohibited route (EACCES) */
    ECHO_UNAVAILABLE, /* nothing was sent, and it is our fault: no socket, no memory */
};

/* Where ping(8) would have noticed the refusal. It says so, and prints more the later it is. */
enum echo_stage { AT_LOOKUP, AT_CONNECT, AT_SEND };

struct echo_result {
    enum echo_outcome outcome;
    struct endpoint target; /* as sent to; 0.0.0.0 is asked as 127.0.0.1 */
    /* Of ECHO_REPLIED and ECHO_FAILED: who answered. */
    struct endpoint from;
    bool is_other_address; /* a reply from another address than the one that was asked */
    int64_t rtt_us;        /* whole microseconds */
    int ttl;               /* or hop limit; -1: not known */
    /* Of ECHO_FAILED: the message (RFC 792, RFC 4443); info is an MTU or a pointer. */
    uint8_t icmp_type, icmp_code;
    uint32_t icmp_info;
    /*
     * Of ECHO_REFUSED; and of ECHO_FAILED where a local firewall refused to send and answered with
     * an ICMP error too. A constant text; NULL: the kernel took the packet.
     */
    enum echo_stage refused_at;
    const char *reason;
};

/* One ping under way. */
struct echo_exchange {
    struct icmp_socket *socket;
    union socket_address to;
    struct echo echo;
    struct timespec sent_at;   /* CLOCK_MONOTONIC */
    struct timespec sent_when; /* CLOCK_REALTIME, which the kernel stamps packets with */
    int64_t timeout_ns;
    struct echo_result result;
};

/*
 * Asks `address`. True: the result is there, as it is where nothing could be sent, and of whoever
 * answers at once. Else echo_await has to come, from whatever thread, before the sockets are used
 * again: it waits until timeout_ms milliseconds after the asking, give or take. Nothing waits here.
 */
bool echo_begin(struct echo_exchange *exchange, struct echo_sockets *sockets,
                const struct address *address, unsigned timeout_ms);
void echo_await(struct echo_exchange *exchange);

/*
 * Has the sockets let nothing in until they are used again. After echo_await they do not; after an
 * echo_begin that was enough they do, for whoever asks with them time and again.
 */
void echo_rest(struct echo_sockets *sockets);

#endif
