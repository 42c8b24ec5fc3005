/*
 * The packets of one echo (RFC 792, RFC 4443 section 4): building the request, and recognizing its
 * reply and the errors about it among whatever else arrives. Pure; every length is checked.
 */
#ifndef BULKHEAD_PACKET_H
#define BULKHEAD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ICMP_HEADER_BYTES = 8,
    ECHO_PAYLOAD_BYTES = 56, /* what ping sends unless told otherwise */
    ECHO_PACKET_BYTES = ICMP_HEADER_BYTES + ECHO_PAYLOAD_BYTES,
    IPV4_HEADER_MAX = 60,
};

/* What tells our echo from all others. Numbers in host byte order. */
struct echo {
    uint16_t identifier;
    uint16_t sequence;
    unsigned char payload[ECHO_PAYLOAD_BYTES];
};

/* The Internet checksum (RFC 1071) of any number of bytes; 0 over data that holds a right one. */
uint16_t packet_checksum(const unsigned char *data, size_t bytes);

/*
 * Writes the echo request of a family, AF_INET or AF_INET6. The checksum of ICMPv6 is left 0: it
 * covers the source address, which only the kernel knows, and the kernel fills it in (RFC
 * 3542, 3.1).
 */
void packet_request(int family, const struct echo *echo, unsigned char packet[ECHO_PACKET_BYTES]);

/*
 * Finds the ICMP message in an IPv4 packet, as a raw socket delivers it: how many bytes precede it.
 * False: not a complete IPv4 header, or not ICMP.
 */
bool packet_unwrap_ipv4(const unsigned char *packet, size_t bytes, size_t *header_bytes);

/*
 * Whether an ICMP message is the reply to `echo`: identifier, sequence and the whole payload, with
 * nothing missing and nothing after it. Of IPv4 the checksum counts too, for raw sockets are served
 * before the kernel looks at it; of IPv6 the kernel has checked it.
 */
bool packet_is_reply(int family, const unsigned char *message, size_t bytes,
                     const struct echo *echo);

/*
 * Whether the packet that an ICMP error quotes, from its ICMP header on, is the request of `echo`.
 * Routers may quote as few as 8 bytes (RFC 792); what they quote of the payload must be ours.
 */
bool packet_is_quote(int family, const unsigned char *quoted, size_t bytes,
                     const struct echo *echo);

/*
 * Whether an ICMP message of this type says that the packet it quotes got lost. A redirect does
 * not, nor does a source quench (deprecated by RFC 6633); datagram sockets report them all the
 * same. Of ICMPv6 all types below 128 are errors, unknown ones too (RFC 4443, 2.1 and 2.4).
 */
bool packet_is_failure(int family, uint8_t type);

#endif
