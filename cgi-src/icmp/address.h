/*
 * Literal IP addresses: exactly what CPython 3.11's ipaddress.ip_address(str) accepts, no more and
 * no less (Lib/ipaddress.py; the rules are named beside the functions in address.c).
 */
#ifndef BULKHEAD_ADDRESS_H
#define BULKHEAD_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    IPV4_BYTES = 4,
    IPV6_BYTES = 16,
    ADDRESS_TEXT_BYTES = INET6_ADDRSTRLEN, /* of the longest canonical text, with its NUL */
};

struct address {
    int family;                      /* AF_INET or AF_INET6 */
    unsigned char bytes[IPV6_BYTES]; /* network byte order; of IPv4 the first four, the rest 0 */
    const char *scope;               /* inside the parsed text, not terminated; NULL: none */
    size_t scope_bytes;
};

/*
 * Parses all of `text`. The text must outlive the result, which points at its scope. Pure; work and
 * stack are bounded whatever the length. False: not an address, and *address is unspecified.
 */
bool address_parse(const char *text, size_t bytes, struct address *address);

/*
 * The canonical text, as inet_ntop writes it and ping -n prints it, without the scope.
 * Returns `buffer`.
 */
const char *address_text(int family, const unsigned char bytes[IPV6_BYTES],
                         char buffer[ADDRESS_TEXT_BYTES]);

#endif
