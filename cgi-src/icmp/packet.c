#include "icmp/packet.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>

/*
 * echo message = type (1), code (1), checksum (2), identifier (2), sequence (2), payload; the same
 * in ICMP and ICMPv6 but for the types.
 */
enum { AT_TYPE = 0, AT_CHECKSUM = 2, AT_IDENTIFIER = 4, AT_SEQUENCE = 6 };

static unsigned char request_type(int family)
{
    return family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
}

static unsigned char reply_type(int family)
{
    return family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
}

static void put16(unsigned char *to, uint16_t value)
{
    to[0] = (unsigned char)(value >> 8);
    to[1] = (unsigned char)(value & 0xff);
}

static uint16_t get16(const unsigned char *from)
{
    return (uint16_t)(from[0] << 8 | from[1]);
}

uint16_t packet_checksum(const unsigned char *data, size_t bytes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < bytes; i += 2)
        sum += get16(data + i);
    if (bytes % 2 == 1)
        sum += (uint64_t)data[bytes - 1] << 8;
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~sum;
}

void packet_request(int family, const struct echo *echo, unsigned char packet[ECHO_PACKET_BYTES])
{
    memset(packet, 0, ICMP_HEADER_BYTES);
    packet[AT_TYPE] = request_type(family);
    put16(packet + AT_IDENTIFIER, echo->identifier);
    put16(packet + AT_SEQUENCE, echo->sequence);
    memcpy(packet + ICMP_HEADER_BYTES, echo->payload, ECHO_PAYLOAD_BYTES);
    if (family == AF_INET)
        put16(packet + AT_CHECKSUM, packet_checksum(packet, ECHO_PACKET_BYTES));
}

bool packet_unwrap_ipv4(const unsigned char *packet, size_t bytes, size_t *header_bytes)
{
    enum { HEADER_MIN = 20, AT_PROTOCOL = 9 };
    if (bytes < HEADER_MIN || packet[0] >> 4 != 4)
        return false;
    *header_bytes = (size_t)(packet[0] & 0x0f) * 4;
    return *header_bytes >= HEADER_MIN && *header_bytes <= bytes &&
           packet[AT_PROTOCOL] == IPPROTO_ICMP;
}

static bool has_numbers(const unsigned char *message, const struct echo *echo)
{
    return get16(message + AT_IDENTIFIER) == echo->identifier &&
           get16(message + AT_SEQUENCE) == echo->sequence;
}

bool packet_is_reply(int family, const unsigned char *message, size_t bytes,
                     const struct echo *echo)
{
    return bytes == ECHO_PACKET_BYTES && message[AT_TYPE] == reply_type(family) &&
           has_numbers(message, echo) &&
           memcmp(message + ICMP_HEADER_BYTES, echo->payload, ECHO_PAYLOAD_BYTES) == 0 &&
           (family != AF_INET || packet_checksum(message, bytes) == 0);
}

bool packet_is_quote(int family, const unsigned char *quoted, size_t bytes, const struct echo *echo)
{
    if (bytes < ICMP_HEADER_BYTES || quoted[AT_TYPE] != request_type(family))
        return false;
    /* What follows a whole packet is a router's padding or extension (RFC 4884). */
    const size_t after = bytes - ICMP_HEADER_BYTES;
    const size_t payload = after < ECHO_PAYLOAD_BYTES ? after : ECHO_PAYLOAD_BYTES;
    return has_numbers(quoted, echo) &&
           memcmp(quoted + ICMP_HEADER_BYTES, echo->payload, payload) == 0;
}

bool packet_is_failure(int family, uint8_t type)
{
    if (family == AF_INET)
        return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
               type == ICMP_PARAMETERPROB;
    return (type & ICMP6_INFOMSG_MASK) == 0;
}
