/*
 * An echo without a network: sockets that could not be opened, and zones. Those with a network are
 * in tests/http/test_ping_text.py and test_ping_hostile.py.
 */
#include "icmp/echo.h"
#include "icmp/zone.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static void parse(const char *text, struct address *address)
{
    cr_assert(address_parse(text, strlen(text), address), "%s", text);
}

Test(echo, without_a_socket)
{
    static const struct {
        const char *address;
        int error;
        enum echo_outcome outcome;
        const char *text, *reason;
    } rows[] = {
        { "::1", EAFNOSUPPORT, ECHO_REFUSED, "Address family for hostname not supported",
          "a kernel without IPv6: no fault of ours, and ping's words" },
        { "::1", EPERM, ECHO_UNAVAILABLE, NULL, "no right to raw sockets: ours" },
        { "127.0.0.1", EACCES, ECHO_UNAVAILABLE, NULL, "no right to datagram ones: ours" },
        { "127.0.0.1", EMFILE, ECHO_UNAVAILABLE, NULL, "no descriptor: ours" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct echo_sockets sockets = {
            .ipv4 = { .fd = -1, .family = AF_INET, .error = rows[i].error },
            .ipv6 = { .fd = -1, .family = AF_INET6, .error = rows[i].error },
        };
        struct echo_exchange exchange;
        const struct echo_result *const result = &exchange.result;
        struct address address;
        parse(rows[i].address, &address);
        cr_expect(echo_begin(&exchange, &sockets, &address, 1), "nothing was asked");
        cr_expect_eq(result->outcome, rows[i].outcome, "%s", rows[i].reason);
        cr_expect_eq(rows[i].text == NULL, result->reason == NULL, "%s", rows[i].reason);
        if (rows[i].text != NULL && result->reason != NULL)
            cr_expect_str_eq(result->reason, rows[i].text, "%s", rows[i].reason);
    }
}

Test(zone, link_local)
{
    static const struct {
        const char *address;
        bool is_link_local;
        const char *reason;
    } rows[] = {
        { "fe80::1", true, "unicast" },
        { "febf::1", true, "unicast, the last" },
        { "fec0::1", false, "behind it" },
        { "ff02::1", true, "multicast" },
        { "ff12::1", true, "multicast, transient" },
        { "ff01::1", false, "multicast of the interface" },
        { "ff05::1", false, "multicast of the site" },
        { "::1", false, "loopback" },
        { "254.128.0.1", false, "fe80 in IPv4" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address address;
        parse(rows[i].address, &address);
        cr_expect_eq(zone_is_link_local(address.family, address.bytes), rows[i].is_link_local, "%s",
                     rows[i].reason);
    }
}

Test(zone, numbers)
{
    static const struct icmp_socket closed = { .fd = -1, .family = AF_INET6 };
    static const struct {
        const char *address;
        bool is_zone;
        uint32_t zone;
        const char *reason;
    } rows[] = {
        { "::1", true, 0, "no scope" },
        { "::1%7", true, 7, "a number" },
        { "::1%007", true, 7, "leading zeros" },
        { "::1%0", true, 0, "none, in other words" },
        { "::1%4294967295", true, 4294967295u, "the last" },
        { "::1%4294967296", false, 0, "one more" },
        { "::1%99999999999999999999999999", false, 0, "over 64 bits" },
        { "::1%-1", false, 0, "a sign" },
        { "::1%+1", false, 0, "a sign" },
        { "::1% 1", false, 0, "a blank" },
        { "::1%1 ", false, 0, "a blank behind" },
        { "::1%0x1", false, 0, "hexadecimal" },
        { "::1%lo", false, 0, "a name, of what is not link-local" },
        { "fe80::1%no-such-interface", false, 0, "longer than a name can be" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address address;
        uint32_t zone = 0;
        parse(rows[i].address, &address);
        cr_expect_eq(zone_parse(&closed, &address, &zone), rows[i].is_zone, "%s", rows[i].reason);
        if (rows[i].is_zone)
            cr_expect_eq(zone, rows[i].zone, "%s", rows[i].reason);
    }
}
