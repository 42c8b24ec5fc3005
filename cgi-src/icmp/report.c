#include "icmp/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text in the making. What does not fit is left out, and the rest stays a string. */
struct writer {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format,
                                                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    const size_t left = writer->size - writer->used;
    const int wanted = vsnprintf(writer->text + writer->used, left, format, arguments);
    va_end(arguments);
    if (wanted > 0)
        writer->used += (size_t)wanted < left ? (size_t)wanted : left - 1;
}

/* C0, DEL and, in UTF-8 where they are two bytes, C1. */
static size_t control_bytes(const char *text, size_t bytes)
{
    const unsigned char first = (unsigned char)text[0];
    if (first < 0x20 || first == 0x7f)
        return 1;
    const bool is_c1 = first == 0xc2 && bytes > 1 && ((unsigned char)text[1] & 0xe0) == 0x80;
    return is_c1 ? 2 : 0;
}

static void put_safe(struct writer *writer, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes;) {
        size_t controls = control_bytes(text + i, bytes - i);
        if (controls == 0)
            put(writer, "%c", text[i++]);
        for (; controls > 0; controls--)
            put(writer, "\\%03o", (unsigned char)text[i++]);
    }
}

static void put_asked(struct writer *writer, const char *asked)
{
    put_safe(writer, asked, strnlen(asked, REPORT_ASKED_MAX));
}

static void put_endpoint(struct writer *writer, const struct endpoint *endpoint)
{
    char address[ADDRESS_TEXT_BYTES];
    put(writer, "%s%s%s", address_text(endpoint->family, endpoint->bytes, address),
        endpoint->zone[0] ? "%" : "", endpoint->zone);
}

/* ping4_run, ping6_run: the line before the first packet. */
static void put_header(struct writer *writer, const struct echo_result *result, const char *asked)
{
    const bool is_v4 = result->target.family == AF_INET;
    put(writer, "PING ");
    put_asked(writer, asked);
    put(writer, is_v4 ? " (" : "(");
    put_endpoint(writer, &result->target);
    if (is_v4)
        put(writer, ") %d(%d) bytes of data.\n", ECHO_PAYLOAD_BYTES, ECHO_PACKET_BYTES + 20);
    else
        put(writer, ") %d data bytes\n", ECHO_PAYLOAD_BYTES);
}

/* gather_statistics: as many decimals as leave three digits, rounded to the last. */
static void put_time(struct writer *writer, int64_t us)
{
    if (us >= 100000 - 50)
        put(writer, "%" PRId64, (us + 500) / 1000);
    else if (us >= 10000 - 5)
        put(writer, "%" PRId64 ".%01" PRId64, (us + 50) / 1000, (us + 50) % 1000 / 100);
    else if (us >= 1000)
        put(writer, "%" PRId64 ".%02" PRId64, (us + 5) / 1000, (us + 5) % 1000 / 10);
    else
        put(writer, "0.%03" PRId64, us);
}

static void put_reply(struct writer *writer, const struct echo_result *result)
{
    put(writer, "%d bytes from ", ECHO_PACKET_BYTES);
    put_endpoint(writer, &result->from);
    put(writer, ": icmp_seq=1");
    if (result->ttl >= 0)
        put(writer, " ttl=%d", result->ttl);
    put(writer, " time=");
    put_time(writer, result->rtt_us);
    put(writer, " ms%s\n", result->is_other_address ? " (DIFFERENT ADDRESS!)" : "");
}

static void put_error(struct writer *writer, const struct echo_result *result)
{
    char error[REPORT_ERROR_BYTES];
    report_icmp_error(result->from.family, result->icmp_type, result->icmp_code, result->icmp_info,
                      error);
    put(writer, "From ");
    put_endpoint(writer, &result->from);
    put(writer, " icmp_seq=1 %s\n", error);
}

/* finish. The time is that between start and the last packet sent, which is the first: 0. */
static void put_statistics(struct writer *writer, const struct echo_result *result,
                           const char *asked)
{
    const bool is_reply = result->outcome == ECHO_REPLIED;
    put(writer, "\n--- ");
    put_asked(writer, asked);
    put(writer,
        " ping statistics ---\n1 packets transmitted, %d received%s, %s packet loss, "
        "time 0ms\n",
        is_reply, result->outcome == ECHO_FAILED ? ", +1 errors" : "", is_reply ? "0%" : "100%");
    if (!is_reply)
        return;
    const int64_t ms = result->rtt_us / 1000;
    const int64_t us = result->rtt_us % 1000;
    put(writer, "rtt min/avg/max/mdev =");
    for (int i = 0; i < 3; i++)
        put(writer, "%c%" PRId64 ".%03" PRId64, i == 0 ? ' ' : '/', ms, us);
    put(writer, "/0.000 ms");
}

void report_text(const struct echo_result *result, const char *asked, char text[REPORT_TEXT_BYTES])
{
    struct writer writer = { .text = text, .size = REPORT_TEXT_BYTES };
    text[0] = '\0';
    if (result->outcome == ECHO_FORBIDDEN || result->outcome == ECHO_UNAVAILABLE)
        return;
    if (result->reason && result->refused_at == AT_LOOKUP) {
        put(&writer, "ping: ");
        put_asked(&writer, asked);
        put(&writer, ": %s", result->reason);
        return;
    }
    if (result->reason && result->refused_at == AT_CONNECT) {
        put(&writer, "ping: connect: %s", result->reason);
        return;
    }
    put_header(&writer, result, asked);
    if (result->outcome == ECHO_REPLIED)
        put_reply(&writer, result);
    if (result->outcome == ECHO_FAILED)
        put_error(&writer, result);
    if (result->reason)
        put(&writer, "ping: sendmsg: %s\n", result->reason);
    put_statistics(&writer, result, asked);
}

void report_address(const struct address *address, char text[REPORT_ADDRESS_BYTES])
{
    struct writer writer = { .text = text, .size = REPORT_ADDRESS_BYTES };
    char canonical[ADDRESS_TEXT_BYTES];
    put(&writer, "%s", address_text(address->family, address->bytes, canonical));
    if (!address->scope)
        return;
    put(&writer, "%%");
    put_safe(&writer, address->scope, address->scope_bytes);
}

unsigned report_transmitted(const struct echo_result *result)
{
    return result->reason && result->refused_at != AT_SEND ? 0 : 1;
}
