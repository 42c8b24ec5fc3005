/* A network as the range of its addresses, which is what an index can be asked for. Pure. */
#ifndef BULKHEAD_NETWORK_H
#define BULKHEAD_NETWORK_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>

struct network_range {
    char first[INET6_ADDRSTRLEN];
    char last[INET6_ADDRSTRLEN]; /* the same as first: one address */
};

enum { NETWORK_TEXT_BYTES = INET6_ADDRSTRLEN + 4 }; /* of an address, `/128` and a NUL */

/*
 * All of the text as an IPv4 or IPv6 address, or a network in CIDR notation. Host bits may be set:
 * who looks for "10.1.2.3/8" means all of the network.
 */
bool network_parse(const char *text, size_t length, struct network_range *range);

#endif
