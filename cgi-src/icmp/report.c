#include "icmp/report.h"

#include "route/buffer.h"

#include <string.h>

/* C0, DEL and, in UTF-8 where they are two bytes, C1. */
static size_t control_bytes(const char *text, size_t bytes)
{
    const unsigned char first = (unsigned char)text[0];
    if (first < 0x20 || first == 0x7f)
        return 1;
    const bool is_c1 = first == 0xc2 && bytes > 1 && ((unsigned char)text[1] & 0xe0) == 0x80;
    return is_c1 ? 2 : 0;
}

static void put_octal(struct buffer *text, unsigned char byte)
{
    const char escaped[] = { '\\', (char)('0' + (byte >> 6)), (char)('0' + (byte >> 3 & 7)),
                             (char)('0' + (byte & 7)) };

    put_bytes(text, escaped, sizeof(escaped));
}

static void put_safe(struct buffer *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t controls = control_bytes(bytes + i, length - i);
        if (controls == 0)
            put_bytes(text, &bytes[i++], 1);
        for (; controls > 0; controls--)
            put_octal(text, (unsigned char)bytes[i++]);
    }
}

static void put_asked(struct buffer *text, const char *asked)
{
    put_safe(text, asked, strnlen(asked, REPORT_ASKED_MAX));
}

static void put_endpoint(struct buffer *text, const struct endpoint *endpoint)
{
    char address[ADDRESS_TEXT_BYTES];

    put_text(text, address_text(endpoint->family, endpoint->bytes, address));
    if (endpoint->zone[0] == '\0')
        return;
    put_text(text, "%");
    put_text(text, endpoint->zone);
}

/* ping4_run, ping6_run: the line before the first packet. */
static void put_header(struct buffer *text, const struct echo_result *result, const char *asked)
{
    const bool is_v4 = result->target.family == AF_INET;

    put_text(text, "PING ");
    put_asked(text, asked);
    put_text(text, is_v4 ? " (" : "(");
    put_endpoint(text, &result->target);
    put_text(text, ") ");
    put_decimal(text, ECHO_PAYLOAD_BYTES);
    if (is_v4) {
        put_text(text, "(");
        put_decimal(text, ECHO_PACKET_BYTES + 20);
        put_text(text, ") bytes of data.\n");
    } else {
        put_text(text, " data bytes\n");
    }
}

/* A fraction of a thousand, by its first digits: 7 of 1000 by two is "00", by three "007". */
static void put_fraction(struct buffer *text, int64_t of_thousand, int digits)
{
    const char all[] = { '.', (char)('0' + of_thousand / 100), (char)('0' + of_thousand / 10 % 10),
                         (char)('0' + of_thousand % 10) };

    put_bytes(text, all, digits > 0 ? (size_t)digits + 1 : 0);
}

/* gather_statistics: as many decimals as leave three digits, rounded to the last. */
static void put_time(struct buffer *text, int64_t us)
{
    static const struct {
        int64_t from, half; /* of the last digit that is shown */
        int digits;
    } rows[] = { { 100000 - 50, 500, 0 }, { 10000 - 5, 50, 1 }, { 1000, 5, 2 }, { 0, 0, 3 } };
    size_t row = 0;

    while (us < rows[row].from)
        row++;
    const int64_t rounded = us + rows[row].half;
    put_decimal(text, (uint64_t)(rounded / 1000));
    put_fraction(text, rounded % 1000, rows[row].digits);
}

static void put_reply(struct buffer *text, const struct echo_result *result)
{
    put_decimal(text, ECHO_PACKET_BYTES);
    put_text(text, " bytes from ");
    put_endpoint(text, &result->from);
    put_text(text, ": icmp_seq=1");
    if (result->ttl >= 0) {
        put_text(text, " ttl=");
        put_decimal(text, (uint64_t)result->ttl);
    }
    put_text(text, " time=");
    put_time(text, result->rtt_us);
    put_text(text, result->is_other_address ? " ms (DIFFERENT ADDRESS!)\n" : " ms\n");
}

static void put_error(struct buffer *text, const struct echo_result *result)
{
    char error[REPORT_ERROR_BYTES];
    report_icmp_error(result->from.family, result->icmp_type, result->icmp_code, result->icmp_info,
                      error);
    put_text(text, "From ");
    put_endpoint(text, &result->from);
    put_text(text, " icmp_seq=1 ");
    put_text(text, error);
    put_text(text, "\n");
}

/* finish. The time is that between start and the last packet sent, which is the first: 0. */
static void put_statistics(struct buffer *text, const struct echo_result *result, const char *asked)
{
    const bool is_reply = result->outcome == ECHO_REPLIED;
    put_text(text, "\n--- ");
    put_asked(text, asked);
    put_text(text, " ping statistics ---\n1 packets transmitted, ");
    put_decimal(text, is_reply);
    put_text(text, result->outcome == ECHO_FAILED ? " received, +1 errors, " : " received, ");
    put_text(text, is_reply ? "0% packet loss, time 0ms\n" : "100% packet loss, time 0ms\n");
    if (!is_reply)
        return;
    put_text(text, "rtt min/avg/max/mdev = ");
    for (int i = 0; i < 3; i++) {
        put_decimal(text, (uint64_t)(result->rtt_us / 1000));
        put_fraction(text, result->rtt_us % 1000, 3);
        put_text(text, "/");
    }
    put_text(text, "0.000 ms");
}

/* What does not fit is left out, and the rest is a string. */
static struct buffer begin_text(char *text, size_t size)
{
    memset(text, 0, size);
    return (struct buffer){ .bytes = text, .size = size - 1 };
}

void report_text(const struct echo_result *result, const char *asked, char text[REPORT_TEXT_BYTES])
{
    struct buffer report = begin_text(text, REPORT_TEXT_BYTES);

    if (result->outcome == ECHO_FORBIDDEN || result->outcome == ECHO_UNAVAILABLE)
        return;
    if (result->reason && result->refused_at == AT_LOOKUP) {
        put_text(&report, "ping: ");
        put_asked(&report, asked);
        put_text(&report, ": ");
        put_text(&report, result->reason);
        return;
    }
    if (result->reason && result->refused_at == AT_CONNECT) {
        put_text(&report, "ping: connect: ");
        put_text(&report, result->reason);
        return;
    }
    put_header(&report, result, asked);
    if (result->outcome == ECHO_REPLIED)
        put_reply(&report, result);
    if (result->outcome == ECHO_FAILED)
        put_error(&report, result);
    if (result->reason) {
        put_text(&report, "ping: sendmsg: ");
        put_text(&report, result->reason);
        put_text(&report, "\n");
    }
    put_statistics(&report, result, asked);
}

void report_address(const struct address *address, char text[REPORT_ADDRESS_BYTES])
{
    struct buffer report = begin_text(text, REPORT_ADDRESS_BYTES);
    char canonical[ADDRESS_TEXT_BYTES];

    put_text(&report, address_text(address->family, address->bytes, canonical));
    if (!address->scope)
        return;
    put_text(&report, "%");
    put_safe(&report, address->scope, address->scope_bytes);
}

unsigned report_transmitted(const struct echo_result *result)
{
    return result->reason && result->refused_at != AT_SEND ? 0 : 1;
}
