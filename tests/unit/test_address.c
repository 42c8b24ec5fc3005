/*
 * Literal addresses: one row a rule of CPython's ipaddress. Thousands of generated ones are
 * compared with CPython itself in tests/http/test_address.py.
 */
#include "icmp/address.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* In a block of exactly that size, so that AddressSanitizer sees a read behind the end. */
static bool parse(const char *text, size_t bytes, struct address *address, char **block)
{
    *block = malloc(bytes + (bytes == 0));
    memcpy(*block, text, bytes);
    return address_parse(*block, bytes, address);
}

static const struct {
    const char *text, *canonical, *scope, *reason;
} accepted[] = {
    { "0.0.0.0", "0.0.0.0", NULL, "the first" },
    { "255.255.255.255", "255.255.255.255", NULL, "the last" },
    { "192.0.2.10", "192.0.2.10", NULL, "a zero inside an octet" },
    { "::", "::", NULL, "nothing but the gap" },
    { "::1", "::1", NULL, "a gap first" },
    { "1::", "1::", NULL, "a gap last" },
    { "1::8", "1::8", NULL, "a gap inside" },
    { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", NULL, "no gap" },
    { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", NULL, "a gap of one, last" },
    { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", NULL, "a gap of one, first" },
    { "1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8", NULL, "a gap of one, inside" },
    { "2001:0DB8:00aB::", "2001:db8:ab::", NULL, "leading zeros and either case" },
    { "::ffff:192.0.2.1", "::ffff:192.0.2.1", NULL, "IPv4 at the end" },
    { "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", NULL, "IPv4 at the end, without a gap" },
    { "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304", NULL, "IPv4 after a gap of one" },
    { "::1%eth0", "::1", "eth0", "a scope, of any address" },
    { "::1%1", "::1", "1", "a scope that is a number" },
    { "::1% ", "::1", " ", "a scope of a blank" },
    { "::1%:1.2:", "::1", ":1.2:", "a scope like an address" },
    { "::1%\xe2\x82\xac", "::1", "\xe2\x82\xac", "a scope of any character" },
    { "::1%\n", "::1", "\n", "even a control character" },
};

Test(address, accepted)
{
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        const char *const reason = accepted[i].reason;
        const char *const scope = accepted[i].scope;
        struct address address;
        char text[ADDRESS_TEXT_BYTES];
        char *block;
        cr_assert(parse(accepted[i].text, strlen(accepted[i].text), &address, &block), "%s",
                  reason);
        cr_expect_str_eq(address_text(address.family, address.bytes, text), accepted[i].canonical,
                         "%s", reason);
        cr_expect_eq(scope == NULL, address.scope == NULL, "%s", reason);
        if (scope != NULL && address.scope != NULL) {
            cr_expect_eq(address.scope_bytes, strlen(scope), "%s", reason);
            cr_expect_arr_eq(address.scope, scope, strlen(scope), "%s", reason);
        }
        free(block);
    }
}

static const struct {
    const char *text, *reason;
} rejected[] = {
    { "", "nothing" },
    { "localhost", "a name" },
    { "1.2.3", "three octets" },
    { "1.2.3.4.5", "five" },
    { "1.2.3.", "an empty octet" },
    { ".1.2.3.4", "an empty octet first" },
    { "1.2.3.4.", "a dot behind" },
    { "1.2.3.256", "an octet over 255" },
    { "1.2.3.1000", "four digits" },
    { "1.2.3.04", "a leading zero: octal to some" },
    { "00.0.0.0", "two zeros" },
    { "0x7f.0.0.1", "hexadecimal" },
    { "127.1", "a short form" },
    { "2130706433", "a number" },
    { "+1.2.3.4", "a sign" },
    { "1.2.3.-4", "a sign" },
    { " 1.2.3.4", "a blank before" },
    { "1.2.3.4 ", "a blank behind" },
    { "1.2.3.4\n", "a line break" },
    { "\xd9\xa1.2.3.4", "a digit that is not ASCII" },
    { "1.2.3.4/32", "a network" },
    { "1.2.3.4:80", "a port" },
    { "1.2.3.4%eth0", "a scope of IPv4" },
    { ":", "one colon" },
    { ":::", "three" },
    { "1", "one hextet" },
    { "1:2:3:4:5:6:7", "seven hextets" },
    { "1:2:3:4:5:6:7:8:9", "nine" },
    { "1:2:3:4::5:6:7:8", "a gap of none" },
    { "::1:2:3:4:5:6:7:8", "a gap of none, first" },
    { "1:2:3:4:5:6:7:8::", "a gap of none, last" },
    { "1::2::3", "two gaps" },
    { "::1::", "two gaps at the ends" },
    { ":1:2:3:4:5:6:7:8", "a colon first" },
    { "1:2:3:4:5:6:7:8:", "a colon last" },
    { "1:2:3:4:5:6:7:", "a colon for the last hextet" },
    { "::1:", "a colon last, behind a gap" },
    { ":1::2", "a colon first, before a gap" },
    { "::12345", "five digits" },
    { "::g", "no hexadecimal digit" },
    { "::-1", "a sign" },
    { "::0x1", "a prefix of C" },
    { "::1.2.3.4:5", "IPv4 not at the end" },
    { "1.2.3.4::", "IPv4 first" },
    { "::1.2.3.04", "a leading zero at the end" },
    { "::1.2.3", "three octets at the end" },
    { "1:2:3:4:5:6:7:1.2.3.4", "IPv4 at the end, too long" },
    { "1:2:3:4:5:6::1.2.3.4", "IPv4 behind a gap of none" },
    { "1:1.2.3.4", "IPv4 at the end, too short" },
    { "[::1]", "brackets of a URL" },
    { "::1%", "an empty scope" },
    { "%eth0", "a scope of nothing" },
    { "::1%a%b", "two scopes" },
    { "::1%%", "a scope that is %" },
    { "::1%a/b", "a slash, even in a scope" },
    { "::1/128", "a network" },
    { "::1 %eth0", "a blank before a scope" },
};

Test(address, rejected)
{
    for (size_t i = 0; i < sizeof(rejected) / sizeof(rejected[0]); i++) {
        struct address address;
        char *block;
        cr_expect_not(parse(rejected[i].text, strlen(rejected[i].text), &address, &block), "%s: %s",
                      rejected[i].reason, rejected[i].text);
        free(block);
    }
}

Test(address, bytes_that_no_text_has)
{
    struct address address;
    char *block;

    cr_expect_not(parse("1.2.3.4\0", 8, &address, &block), "NUL behind");
    free(block);
    cr_expect(parse("::1%a\0b", 7, &address, &block), "NUL in a scope, as CPython has it");
    cr_expect_eq(address.scope_bytes, 3);
    free(block);
}

Test(address, very_long)
{
    enum { BYTES = 1 << 20 };
    static const char fillers[] = { ':', '.', '0', '1', 'f', 'g' };
    struct address address;
    char *const text = malloc(BYTES);

    for (size_t i = 0; i < sizeof(fillers); i++) {
        memset(text, fillers[i], BYTES);
        cr_expect_not(address_parse(text, BYTES, &address), "a megabyte of %c", fillers[i]);
        memcpy(text, "::1%", 4);
        cr_expect(address_parse(text, BYTES, &address), "a scope of a megabyte of %c", fillers[i]);
    }
    free(text);
}

Test(address, ipv4_leaves_the_rest_zero)
{
    struct address address;

    memset(&address, 0xff, sizeof(address));
    cr_assert(address_parse("1.2.3.4", 7, &address));
    cr_expect_arr_eq(address.bytes, ((unsigned char[IPV6_BYTES]){ 1, 2, 3, 4 }), IPV6_BYTES,
                     "two addresses are compared over all bytes");
}
