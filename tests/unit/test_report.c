/*
 * The text of ping(8), outcome by outcome. What the real one prints is compared in
 * tests/http/test_ping_text.py; here are those outcomes that no network offers at will.
 */
#include "icmp/report.h"

#include <criterion/criterion.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST4                                                                                      \
    {                                                                                              \
        .family = AF_INET, .bytes = { 192, 0, 2, 1 }                                               \
    }
#define OTHER4                                                                                     \
    {                                                                                              \
        .family = AF_INET, .bytes = { 192, 0, 2, 254 }                                             \
    }
#define HOST6                                                                                      \
    {                                                                                              \
        .family = AF_INET6, .bytes = { 0xfe, 0x80, [15] = 1 }, .zone = "eth0"                      \
    }

#define HEADER4 "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n"
#define HEADER6 "PING fe80::1%2(fe80::1%eth0) 56 data bytes\n"
#define LOST4   "\n--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 0 received, "
#define LOST6   "\n--- fe80::1%2 ping statistics ---\n1 packets transmitted, 0 received, "
#define FOUND4                                                                                     \
    "\n--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, "     \
    "time 0ms\nrtt min/avg/max/mdev = "

static const struct {
    struct echo_result result;
    const char *asked, *text, *reason;
} texts[] = {
    { { .outcome = ECHO_REPLIED, .target = HOST4, .from = HOST4, .rtt_us = 43, .ttl = 64 },
      "192.0.2.1",
      HEADER4 "64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.043 ms\n" FOUND4
              "0.043/0.043/0.043/0.000 ms",
      "a reply" },
    { { .outcome = ECHO_REPLIED, .target = HOST4, .from = HOST4, .rtt_us = 1234567, .ttl = 0 },
      "192.0.2.1",
      HEADER4 "64 bytes from 192.0.2.1: icmp_seq=1 ttl=0 time=1235 ms\n" FOUND4
              "1234.567/1234.567/1234.567/0.000 ms",
      "a slow reply: rounded above, exact below" },
    { { .outcome = ECHO_REPLIED,
        .target = HOST4,
        .from = OTHER4,
        .is_other_address = true,
        .rtt_us = 5,
        .ttl = -1 },
      "192.0.2.1",
      HEADER4 "64 bytes from 192.0.2.254: icmp_seq=1 time=0.005 ms (DIFFERENT ADDRESS!)\n" FOUND4
              "0.005/0.005/0.005/0.000 ms",
      "another address, and no time to live" },
    { { .outcome = ECHO_SILENT, .target = HOST4 },
      "192.0.2.1",
      HEADER4 LOST4 "100% packet loss, time 0ms\n",
      "no reply" },
    { { .outcome = ECHO_SILENT, .target = HOST6 },
      "fe80::1%2",
      HEADER6 LOST6 "100% packet loss, time 0ms\n",
      "no reply of IPv6: as asked, and with the zone's name" },
    { { .outcome = ECHO_FAILED, .target = HOST4, .from = OTHER4, .icmp_type = 3, .icmp_code = 1 },
      "192.0.2.1",
      HEADER4 "From 192.0.2.254 icmp_seq=1 Destination Host Unreachable\n" LOST4
              "+1 errors, 100% packet loss, time 0ms\n",
      "an error" },
    { { .outcome = ECHO_FAILED, .target = HOST6, .from = HOST6, .icmp_type = 1, .icmp_code = 3 },
      "fe80::1%2",
      HEADER6 "From fe80::1%eth0 icmp_seq=1 Destination unreachable: Address unreachable\n" LOST6
              "+1 errors, 100% packet loss, time 0ms\n",
      "an error of IPv6" },
    { { .outcome = ECHO_FAILED,
        .target = HOST4,
        .from = OTHER4,
        .icmp_type = 3,
        .icmp_code = 13,
        .refused_at = AT_SEND,
        .reason = "Operation not permitted" },
      "192.0.2.1",
      HEADER4 "From 192.0.2.254 icmp_seq=1 Packet filtered\n"
              "ping: sendmsg: Operation not permitted\n" LOST4
              "+1 errors, 100% packet loss, time 0ms\n",
      "a firewall of our own that rejects" },
    { { .outcome = ECHO_REFUSED,
        .target = HOST4,
        .refused_at = AT_SEND,
        .reason = "Operation not permitted" },
      "192.0.2.1",
      HEADER4 "ping: sendmsg: Operation not permitted\n" LOST4 "100% packet loss, time 0ms\n",
      "one that drops" },
    { { .outcome = ECHO_REFUSED,
        .target = HOST4,
        .refused_at = AT_CONNECT,
        .reason = "Network is unreachable" },
      "192.0.2.1",
      "ping: connect: Network is unreachable",
      "no route" },
    { { .outcome = ECHO_REFUSED,
        .refused_at = AT_LOOKUP,
        .reason = "Address family for hostname not supported" },
      "::1",
      "ping: ::1: Address family for hostname not supported",
      "a kernel without IPv6" },
    { { .outcome = ECHO_REFUSED, .refused_at = AT_LOOKUP, .reason = "Name or service not known" },
      "::1%a\x1b[2J\nb\x7f\xc2\x9b\xc3\xa9",
      "ping: ::1%a\\033[2J\\012b\\177\\302\\233\xc3\xa9: Name or service not known",
      "control characters of an attacker, in octal" },
    { { .outcome = ECHO_FORBIDDEN, .target = HOST4 }, "192.0.2.1", "", "an error has no text" },
    { { .outcome = ECHO_UNAVAILABLE, .target = HOST4 }, "192.0.2.1", "", "an error has no text" },
};

Test(report, texts)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[REPORT_TEXT_BYTES];
        report_text(&texts[i].result, texts[i].asked, text);
        cr_expect_str_eq(text, texts[i].text, "%s", texts[i].reason);
    }
}

Test(report, times)
{
    static const struct {
        int64_t us;
        const char *time;
        const char *reason;
    } rows[] = {
        { 0, " time=0.000 ms", "none" },
        { 999, " time=0.999 ms", "the last of three decimals" },
        { 1000, " time=1.00 ms", "the first of two" },
        { 1234, " time=1.23 ms", "rounded down" },
        { 1235, " time=1.24 ms", "rounded up" },
        { 9994, " time=9.99 ms", "the last of two" },
        { 9995, " time=10.0 ms", "the first of one" },
        { 99949, " time=99.9 ms", "the last of one" },
        { 99950, " time=100 ms", "the first of none" },
        { 1999500, " time=2000 ms", "rounded up" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct echo_result result = {
            .outcome = ECHO_REPLIED, .target = HOST4, .from = HOST4, .rtt_us = rows[i].us
        };
        char text[REPORT_TEXT_BYTES];
        report_text(&result, "192.0.2.1", text);
        cr_expect(strstr(text, rows[i].time), "%s: %s", rows[i].reason, text);
    }
}

/* Every row of the tables, and one code behind each. */
static const struct {
    int family;
    uint8_t type, code;
    uint32_t info;
    const char *text;
} errors[] = {
    { AF_INET, 3, 0, 0, "Destination Net Unreachable" },
    { AF_INET, 3, 1, 0, "Destination Host Unreachable" },
    { AF_INET, 3, 2, 0, "Destination Protocol Unreachable" },
    { AF_INET, 3, 3, 0, "Destination Port Unreachable" },
    { AF_INET, 3, 4, 1400, "Frag needed and DF set (mtu = 1400)" },
    { AF_INET, 3, 5, 0, "Source Route Failed" },
    { AF_INET, 3, 6, 0, "Destination Net Unknown" },
    { AF_INET, 3, 7, 0, "Destination Host Unknown" },
    { AF_INET, 3, 8, 0, "Source Host Isolated" },
    { AF_INET, 3, 9, 0, "Destination Net Prohibited" },
    { AF_INET, 3, 10, 0, "Destination Host Prohibited" },
    { AF_INET, 3, 11, 0, "Destination Net Unreachable for Type of Service" },
    { AF_INET, 3, 12, 0, "Destination Host Unreachable for Type of Service" },
    { AF_INET, 3, 13, 0, "Packet filtered" },
    { AF_INET, 3, 14, 0, "Precedence Violation" },
    { AF_INET, 3, 15, 0, "Precedence Cutoff" },
    { AF_INET, 3, 16, 0, "Dest Unreachable, Bad Code: 16" },
    { AF_INET, 4, 0, 0, "Source Quench" },
    { AF_INET, 11, 0, 0, "Time to live exceeded" },
    { AF_INET, 11, 1, 0, "Frag reassembly time exceeded" },
    { AF_INET, 11, 2, 0, "Time exceeded, Bad Code: 2" },
    { AF_INET, 12, 0, 20, "Parameter problem: pointer = 20" },
    { AF_INET, 255, 0, 0, "Bad ICMP type: 255" },
    { AF_INET6, 1, 0, 0, "Destination unreachable: No route" },
    { AF_INET6, 1, 1, 0, "Destination unreachable: Administratively prohibited" },
    { AF_INET6, 1, 2, 0, "Destination unreachable: Beyond scope of source address" },
    { AF_INET6, 1, 3, 0, "Destination unreachable: Address unreachable" },
    { AF_INET6, 1, 4, 0, "Destination unreachable: Port unreachable" },
    { AF_INET6, 1, 5, 0, "Destination unreachable: Unknown code 5" },
    { AF_INET6, 2, 0, 1280, "Packet too big: mtu=1280" },
    { AF_INET6, 2, 7, 1280, "Packet too big: mtu=1280, code=7" },
    { AF_INET6, 3, 0, 0, "Time exceeded: Hop limit" },
    { AF_INET6, 3, 1, 0, "Time exceeded: Defragmentation failure" },
    { AF_INET6, 3, 2, 0, "Time exceeded: code 2" },
    { AF_INET6, 4, 0, 40, "Parameter problem: Wrong header field at 40" },
    { AF_INET6, 4, 1, 6, "Parameter problem: Unknown header at 6" },
    { AF_INET6, 4, 2, 4294967295, "Parameter problem: Unknown option at 4294967295" },
    { AF_INET6, 4, 255, 4294967295, "Parameter problem: code 255 at 4294967295" },
    { AF_INET6, 100, 0, 0, "unknown icmp type: 100" },
};

Test(report, icmp_errors)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        char text[REPORT_ERROR_BYTES];
        report_icmp_error(errors[i].family, errors[i].type, errors[i].code, errors[i].info, text);
        cr_expect_str_eq(text, errors[i].text);
    }
}

/* The longest of all: nothing is lost of it. On the heap, where AddressSanitizer looks. */
Test(report, longest)
{
    char asked[REPORT_ASKED_MAX + 2];
    char *const text = malloc(REPORT_TEXT_BYTES);
    struct echo_result result = {
        .outcome = ECHO_REPLIED, .is_other_address = true, .rtt_us = INT64_MAX / 2, .ttl = 255
    };

    memset(&result.target, 0xff, sizeof(result.target));
    result.target.family = AF_INET6;
    memset(result.target.zone, 'z', sizeof(result.target.zone) - 1);
    result.target.zone[sizeof(result.target.zone) - 1] = '\0';
    result.from = result.target;
    memset(asked, '\n', sizeof(asked) - 1);
    asked[sizeof(asked) - 1] = '\0';
    report_text(&result, asked, text);
    cr_expect_str_eq(text + strlen(text) - 9, "/0.000 ms", "the end is there");
    size_t escapes = 0;
    for (const char *at = text; (at = strstr(at, "\\012")) != NULL; at++)
        escapes++;
    cr_expect_eq(escapes, (size_t)2 * REPORT_ASKED_MAX, "and one byte too many is not");
    free(text);
}

Test(report, addresses)
{
    static const struct {
        const char *given, *text, *reason;
    } rows[] = {
        { "192.0.2.1", "192.0.2.1", "IPv4" },
        { "2001:0DB8::0:1", "2001:db8::1", "canonical" },
        { "FE80::1%Eth0", "fe80::1%Eth0", "the scope as it was given" },
        { "::1%\t", "::1%\\011", "but for control characters" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address address;
        char text[REPORT_ADDRESS_BYTES];
        cr_assert(address_parse(rows[i].given, strlen(rows[i].given), &address));
        report_address(&address, text);
        cr_expect_str_eq(text, rows[i].text, "%s", rows[i].reason);
    }
}

Test(report, transmitted)
{
    static const struct {
        struct echo_result result;
        unsigned transmitted;
        const char *reason;
    } rows[] = {
        { { .outcome = ECHO_REPLIED }, 1, "a reply" },
        { { .outcome = ECHO_SILENT }, 1, "no reply" },
        { { .outcome = ECHO_REFUSED, .refused_at = AT_LOOKUP, .reason = "x" }, 0, "no address" },
        { { .outcome = ECHO_REFUSED, .refused_at = AT_CONNECT, .reason = "x" }, 0, "no route" },
        { { .outcome = ECHO_REFUSED, .refused_at = AT_SEND, .reason = "x" }, 1, "as ping says" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(report_transmitted(&rows[i].result), rows[i].transmitted, "%s",
                     rows[i].reason);
}
