/*
 * What /ping's parser says about addresses, for tests/http/test_address.py to compare with
 * CPython's ipaddress.
 *
 * Reads a line an address, in hexadecimal so that it may hold any byte. Writes a line each: "-"
 * rejected, else "4" or "6", a blank, the address in hexadecimal, a blank, and "+" and the scope in
 * hexadecimal where there is one.
 */
#include "icmp/address.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *const found = memchr(digits, digit, 16);

    return found ? (int)(found - digits) : -1;
}

/* Decodes a line up to its end. The number of bytes; SIZE_MAX: not hexadecimal. */
static size_t decode(const char *line, char *bytes)
{
    size_t count = 0;

    for (; line[0] != '\n' && line[0] != '\0'; line += 2) {
        const int high = hex_value(line[0]);
        const int low = hex_value(line[1]);
        if (high < 0 || low < 0)
            return SIZE_MAX;
        bytes[count++] = (char)(high << 4 | low);
    }
    return count;
}

static void write_hex(const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void judge(const char *text, size_t bytes)
{
    struct address address;

    if (!address_parse(text, bytes, &address)) {
        puts("-");
        return;
    }
    const bool is_v4 = address.family == AF_INET;
    printf("%c ", is_v4 ? '4' : '6');
    write_hex(address.bytes, is_v4 ? IPV4_BYTES : IPV6_BYTES);
    printf(" %s", address.scope ? "+" : "");
    write_hex(address.scope, address.scope_bytes);
    putchar('\n');
}

int main(void)
{
    static char line[8192], text[sizeof(line) / 2];

    while (fgets(line, sizeof(line), stdin)) {
        const size_t bytes = decode(line, text);
        if (bytes == SIZE_MAX)
            return 2;
        judge(text, bytes);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
