/* The packets of an echo: what is sent, and what of all that arrives is ours. */
#include "icmp/packet.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const struct echo ours = {
    .identifier = 0xabcd,
    .sequence = 1,
    .payload = { [0] = 0x11, [1] = 0x22, [54] = 0x33, [55] = 0x44 },
};

Test(packet, checksum)
{
    static const struct {
        unsigned char data[8];
        size_t bytes;
        uint16_t sum;
        const char *reason;
    } rows[] = {
        { { 0 }, 0, 0xffff, "of nothing" },
        { { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 }, 8, 0x220d, "RFC 1071, section 3" },
        { { 0x00, 0x01, 0xf2 }, 3, 0x0dfe, "an odd length is padded with zero" },
        { { 0xff, 0xff, 0x00, 0x01 }, 4, 0xfffe, "the carry comes back in" },
        { { 0xff, 0xff, 0xff, 0xff }, 4, 0x0000, "all ones" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(packet_checksum(rows[i].data, rows[i].bytes), rows[i].sum, "%s",
                     rows[i].reason);
}

Test(packet, request)
{
    unsigned char packet[ECHO_PACKET_BYTES];

    packet_request(AF_INET, &ours, packet);
    cr_expect_arr_eq(packet, ((unsigned char[]){ 8, 0 }), 2, "type and code of ICMP");
    cr_expect_arr_eq(packet + 4, ((unsigned char[]){ 0xab, 0xcd, 0, 1 }), 4, "network byte order");
    cr_expect_arr_eq(packet + 8, ours.payload, ECHO_PAYLOAD_BYTES, "the payload");
    cr_expect_eq(packet_checksum(packet, sizeof(packet)), 0, "the checksum is right");
    packet_request(AF_INET6, &ours, packet);
    cr_expect_arr_eq(packet, ((unsigned char[]){ 128, 0, 0, 0 }), 4, "ICMPv6; the kernel sums");
}

/* A right reply; rows then break it. */
static void make_reply(int family, unsigned char packet[ECHO_PACKET_BYTES])
{
    packet_request(family, &ours, packet);
    packet[0] = family == AF_INET ? 0 : 129;
    packet[2] = packet[3] = 0;
    if (family == AF_INET) {
        const uint16_t sum = packet_checksum(packet, ECHO_PACKET_BYTES);
        packet[2] = (unsigned char)(sum >> 8);
        packet[3] = (unsigned char)sum;
    }
}

static const int families[] = { AF_INET, AF_INET6 };

/* In a block of exactly that size, so that AddressSanitizer sees a read behind the end. */
static bool is_accepted(bool (*accepts)(int, const unsigned char *, size_t, const struct echo *),
                        int family, const unsigned char *packet, size_t bytes)
{
    unsigned char *const block = malloc(bytes + (bytes == 0));
    memcpy(block, packet, bytes);
    const bool accepted = accepts(family, block, bytes, &ours);
    free(block);
    return accepted;
}

Test(packet, reply)
{
    for (size_t f = 0; f < 2; f++) {
        unsigned char packet[ECHO_PACKET_BYTES + 1] = { 0 };
        make_reply(families[f], packet);
        cr_expect(is_accepted(packet_is_reply, families[f], packet, ECHO_PACKET_BYTES));
        for (size_t bytes = 0; bytes < ECHO_PACKET_BYTES; bytes++)
            cr_expect_not(is_accepted(packet_is_reply, families[f], packet, bytes),
                          "truncated to %zu", bytes);
        cr_expect_not(is_accepted(packet_is_reply, families[f], packet, sizeof(packet)),
                      "a byte too many");
    }
}

Test(packet, any_changed_byte_is_no_reply)
{
    for (size_t at = 0; at < ECHO_PACKET_BYTES; at++) {
        const bool is_code_or_sum = at >= 1 && at <= 3;
        unsigned char packet[ECHO_PACKET_BYTES];
        make_reply(AF_INET, packet);
        packet[at] ^= 0x40;
        cr_expect_not(packet_is_reply(AF_INET, packet, sizeof(packet), &ours), "IPv4, byte %zu",
                      at);
        make_reply(AF_INET6, packet);
        packet[at] ^= 0x40;
        cr_expect_eq(packet_is_reply(AF_INET6, packet, sizeof(packet), &ours), is_code_or_sum,
                     "IPv6, byte %zu: the kernel sums", at);
    }
}

Test(packet, a_right_checksum_does_not_help)
{
    /* Two bytes changed so that the sum stays: only the comparison of the payload sees it. */
    unsigned char packet[ECHO_PACKET_BYTES];

    make_reply(AF_INET, packet);
    packet[10] = (unsigned char)(packet[10] + 1);
    packet[62] = (unsigned char)(packet[62] - 1);
    cr_assert_eq(packet_checksum(packet, sizeof(packet)), 0);
    cr_expect_not(packet_is_reply(AF_INET, packet, sizeof(packet), &ours));
}

Test(packet, a_request_is_no_reply)
{
    /* On loopback our own request arrives too. */
    for (size_t f = 0; f < 2; f++) {
        unsigned char packet[ECHO_PACKET_BYTES];
        packet_request(families[f], &ours, packet);
        cr_expect_not(packet_is_reply(families[f], packet, sizeof(packet), &ours));
    }
}

Test(packet, quote)
{
    enum { PADDED = 128 + 16 };
    for (size_t f = 0; f < 2; f++) {
        unsigned char packet[PADDED] = { 0 };
        packet_request(families[f], &ours, packet);
        for (size_t bytes = 0; bytes <= PADDED; bytes++)
            cr_expect_eq(is_accepted(packet_is_quote, families[f], packet, bytes),
                         bytes >= ICMP_HEADER_BYTES, "%zu bytes quoted", bytes);
    }
}

Test(packet, quotes_of_others)
{
    static const struct {
        size_t at;
        const char *reason;
    } rows[] = {
        { 0, "another type" },
        { 4, "another identifier" },
        { 5, "its other byte" },
        { 6, "another sequence" },
        { 7, "its other byte" },
        { 8, "another payload" },
        { 63, "the payload's last byte" },
    };
    for (size_t f = 0; f < 2; f++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            unsigned char packet[ECHO_PACKET_BYTES];
            packet_request(families[f], &ours, packet);
            packet[rows[i].at] ^= 1;
            cr_expect_not(packet_is_quote(families[f], packet, sizeof(packet), &ours), "%s",
                          rows[i].reason);
        }
    }
}

Test(packet, failures)
{
    static const struct {
        int family;
        uint8_t type;
        bool is_failure;
        const char *reason;
    } rows[] = {
        { AF_INET, 3, true, "destination unreachable" },
        { AF_INET, 11, true, "time exceeded" },
        { AF_INET, 12, true, "parameter problem" },
        { AF_INET, 4, false, "source quench: the packet went on" },
        { AF_INET, 5, false, "redirect: the packet went on" },
        { AF_INET, 0, false, "a reply" },
        { AF_INET, 44, false, "an unknown one" },
        { AF_INET6, 1, true, "destination unreachable" },
        { AF_INET6, 4, true, "parameter problem" },
        { AF_INET6, 100, true, "an unknown error" },
        { AF_INET6, 127, true, "the last error" },
        { AF_INET6, 128, false, "the first that is none" },
        { AF_INET6, 137, false, "redirect: the packet went on" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(packet_is_failure(rows[i].family, rows[i].type), rows[i].is_failure, "%s",
                     rows[i].reason);
}

Test(packet, ipv4_header)
{
    static const struct {
        unsigned char first, protocol;
        size_t bytes, header_bytes; /* 0: refused */
        const char *reason;
    } rows[] = {
        { 0x45, IPPROTO_ICMP, 84, 20, "as usual" },
        { 0x45, IPPROTO_ICMP, 20, 20, "a header alone" },
        { 0x46, IPPROTO_ICMP, 84, 24, "an option" },
        { 0x4f, IPPROTO_ICMP, 60, 60, "the longest header" },
        { 0x4f, IPPROTO_ICMP, 59, 0, "longer than the packet" },
        { 0x45, IPPROTO_ICMP, 19, 0, "cut" },
        { 0x45, IPPROTO_ICMP, 0, 0, "nothing" },
        { 0x44, IPPROTO_ICMP, 84, 0, "shorter than any header" },
        { 0x40, IPPROTO_ICMP, 84, 0, "no length" },
        { 0x65, IPPROTO_ICMP, 84, 0, "another version" },
        { 0x45, IPPROTO_UDP, 84, 0, "another protocol" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned char block[84] = { [0] = rows[i].first, [9] = rows[i].protocol };
        unsigned char *const packet = malloc(rows[i].bytes + (rows[i].bytes == 0));
        size_t header_bytes = 0;
        if (packet == NULL)
            abort();
        memcpy(packet, block, rows[i].bytes);
        const bool is_found = packet_unwrap_ipv4(packet, rows[i].bytes, &header_bytes);
        cr_expect_eq(is_found, rows[i].header_bytes != 0, "%s", rows[i].reason);
        if (is_found)
            cr_expect_eq(header_bytes, rows[i].header_bytes, "%s", rows[i].reason);
        free(packet);
    }
}
