/*
 * The zone of a scoped IPv6 address (RFC 4007): from the text after "%" to a number and back, as
 * glibc's getaddrinfo and getnameinfo do it for ping, but on a socket that is open already.
 */
#ifndef BULKHEAD_ZONE_H
#define BULKHEAD_ZONE_H

#include "icmp/address.h"
#include "icmp/socket.h"

/* Whether an address is unicast or multicast of link-local scope: only there names are zones. */
bool zone_is_link_local(int family, const unsigned char bytes[IPV6_BYTES]);

/*
 * The zone of an address; 0 without a scope. A scope is the name of an interface, of a link-local
 * address alone, or else a decimal number, which need not be an interface's. False: neither.
 */
bool zone_parse(const struct icmp_socket *socket, const struct address *address, uint32_t *zone);

/*
 * How a zone is printed: the interface's name of a link-local address, else the number; empty for
 * 0.
 */
void zone_text(const struct icmp_socket *socket, const unsigned char bytes[IPV6_BYTES],
               uint32_t zone, char text[IF_NAMESIZE]);

#endif
