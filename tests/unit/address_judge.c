/*
 * What /ping's parser says about addresses, for tests/http/test_address.py to compare with
 * CPython's ipaddress.
 *
 * Reads a line an address, in hexadecimal so that it may hold any byte. Writes a line each: "-"
 * rejected, else "4" or "6", a blank, the address in hexadecimal, a blank, and "+" and the scope in
 * hexadecimal where there is one.
 */
#include "hex_lines.h"
#include "icmp/address.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
        const size_t bytes = read_hex(line, text);
        if (bytes == SIZE_MAX)
            return 2;
        judge(text, bytes);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
