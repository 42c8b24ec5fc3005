#include "icmp/address.h"

#include <arpa/inet.h>
#include <string.h>

struct slice {
    const char *text;
    size_t bytes;
};

static struct slice slice_before(struct slice whole, char delimiter)
{
    const char *found = memchr(whole.text, delimiter, whole.bytes);
    return (struct slice){ whole.text, found ? (size_t)(found - whole.text) : whole.bytes };
}

static struct slice slice_after(struct slice whole, size_t bytes)
{
    return (struct slice){ whole.text + bytes, whole.bytes - bytes };
}

static bool slice_has(struct slice whole, char character)
{
    return memchr(whole.text, character, whole.bytes) != NULL;
}

/* isdigit and isxdigit follow the locale and take any int; an address does not. */
static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* octet = "0" | 1..9 0..9{0,2}, at most 255. _BaseV4._parse_octet: no leading zero, ASCII only. */
static bool parse_octet(struct slice text, unsigned char *octet)
{
    if (text.bytes == 0 || text.bytes > 3)
        return false;
    if (text.text[0] == '0' && text.bytes > 1)
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        const int digit = hex_value(text.text[i]);
        if (digit < 0 || digit > 9)
            return false;
        value = value * 10 + (unsigned)digit;
    }
    *octet = (unsigned char)value;
    return value <= 255;
}

/* ipv4 = octet "." octet "." octet "." octet. _BaseV4._ip_int_from_string. */
static bool parse_ipv4(struct slice text, unsigned char octets[IPV4_BYTES])
{
    for (size_t i = 0; i < IPV4_BYTES; i++) {
        const struct slice octet = slice_before(text, '.');
        const bool is_last = octet.bytes == text.bytes;
        if (is_last != (i == IPV4_BYTES - 1) || !parse_octet(octet, &octets[i]))
            return false;
        if (!is_last)
            text = slice_after(text, octet.bytes + 1);
    }
    return true;
}

/* hextet = hex digit{1,4}. _BaseV6._parse_hextet. */
static bool parse_hextet(struct slice text, unsigned char hextet[2])
{
    if (text.bytes == 0 || text.bytes > 4)
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        const int digit = hex_value(text.text[i]);
        if (digit < 0)
            return false;
        value = value * 16 + (unsigned)digit;
    }
    hextet[0] = (unsigned char)(value >> 8);
    hextet[1] = (unsigned char)(value & 0xff);
    return true;
}

/* What was read of an IPv6 address so far. */
struct reading {
    unsigned char bytes[IPV6_BYTES];
    size_t filled;
    size_t gap; /* where "::" stood, counted in bytes; NO_GAP */
};
enum { NO_GAP = IPV6_BYTES + 1 };

/* part = hextet | ipv4, the latter only as the last. False: neither, or no room for it. */
static bool read_part(struct reading *reading, struct slice part, bool is_last)
{
    const bool is_ipv4 = is_last && slice_has(part, '.');
    const size_t bytes = is_ipv4 ? IPV4_BYTES : 2;
    if (reading->filled + bytes > IPV6_BYTES)
        return false;
    unsigned char *const to = reading->bytes + reading->filled;
    reading->filled += bytes;
    return is_ipv4 ? parse_ipv4(part, to) : parse_hextet(part, to);
}

/* Takes a "::" that starts the text. False: it is the second one. */
static bool read_gap(struct reading *reading, struct slice *text)
{
    if (text->bytes < 2 || text->text[0] != ':' || text->text[1] != ':')
        return true;
    if (reading->gap != NO_GAP)
        return false;
    reading->gap = reading->filled;
    *text = slice_after(*text, 2);
    return true;
}

/* Moves what follows the gap to the end. "::" stands for at least one hextet. */
static bool close_gap(struct reading *reading, unsigned char bytes[IPV6_BYTES])
{
    if (reading->gap == NO_GAP) {
        memcpy(bytes, reading->bytes, IPV6_BYTES);
        return reading->filled == IPV6_BYTES;
    }
    if (reading->filled > IPV6_BYTES - 2)
        return false;
    const size_t tail = reading->filled - reading->gap;
    memcpy(bytes, reading->bytes, reading->gap);
    memcpy(bytes + IPV6_BYTES - tail, reading->bytes + reading->gap, tail);
    return true;
}

/*
 * ipv6 = part (":" part)* with at most one "::" in place of a ":", also first or last.
 * _BaseV6._ip_int_from_string, which counts colons where this reads from left to right; the
 * differential test is the proof that both accept the same.
 */
static bool parse_ipv6(struct slice text, unsigned char bytes[IPV6_BYTES])
{
    struct reading reading = { .gap = NO_GAP };
    if (text.bytes == 0 || !read_gap(&reading, &text))
        return false;
    while (text.bytes > 0) {
        const struct slice part = slice_before(text, ':');
        const bool is_last = part.bytes == text.bytes;
        if (!read_part(&reading, part, is_last))
            return false;
        text = slice_after(text, part.bytes);
        if (is_last)
            break;
        const size_t gap = reading.gap;
        if (!read_gap(&reading, &text))
            return false;
        if (gap != reading.gap)
            continue;
        text = slice_after(text, 1); /* a single ":", that something must follow */
        if (text.bytes == 0)
            return false;
    }
    return close_gap(&reading, bytes);
}

/* scope = any character but "%", one or more. _BaseV6._split_scope_id. */
static bool split_scope(struct slice *text, struct address *address)
{
    const struct slice before = slice_before(*text, '%');
    if (before.bytes == text->bytes)
        return true;
    const struct slice scope = slice_after(*text, before.bytes + 1);
    if (scope.bytes == 0 || slice_has(scope, '%'))
        return false;
    address->scope = scope.text;
    address->scope_bytes = scope.bytes;
    *text = before;
    return true;
}

bool address_parse(const char *text, size_t bytes, struct address *address)
{
    struct slice whole = { text, bytes };
    *address = (struct address){ .family = AF_INET };
    /* Both classes refuse a "/" wherever it stands, in a scope too. */
    if (slice_has(whole, '/'))
        return false;
    if (parse_ipv4(whole, address->bytes))
        return true;
    *address = (struct address){ .family = AF_INET6 };
    return split_scope(&whole, address) && parse_ipv6(whole, address->bytes);
}

const char *address_text(int family, const unsigned char bytes[IPV6_BYTES],
                         char buffer[ADDRESS_TEXT_BYTES])
{
    if (!inet_ntop(family, bytes, buffer, ADDRESS_TEXT_BYTES))
        buffer[0] = '\0'; /* an impossible family */
    return buffer;
}
