/*
 * Which addresses may be asked: a list of refused networks, and one of allowed ones.
 *
 * An IPv6 address can stand for an IPv4 one: mapped, or by way of a translator or a tunnel. All of
 * these are unwrapped, and a rule for IPv4 applies to each of them.
 */
#ifndef BULKHEAD_POLICY_H
#define BULKHEAD_POLICY_H

#include "icmp/address.h"

/* A network in CIDR notation. */
struct network {
    int family;
    unsigned char bytes[IPV6_BYTES]; /* network byte order; all host bits are 0 */
    unsigned prefix;                 /* leading bits that count: 0 to 32, or to 128 */
};

enum { NETWORKS_MAX = 256 };

struct networks {
    size_t count;
    struct network list[NETWORKS_MAX];
};

enum { NETWORKS_ERROR_BYTES = 160 };

/*
 * Parses networks, separated by commas, spaces or tabs; an address without "/" is a network of one.
 * Strict: a leading zero, a scope, a prefix that is too long and an address with host bits set
 * ("10.0.0.1/8") are refused, for they are more often a slip than meant. At most NETWORKS_MAX. An
 * empty text is an empty list. Pure. False: `why` says which entry it was and what is wrong.
 */
bool networks_parse(const char *text, struct networks *networks, char why[NETWORKS_ERROR_BYTES]);

struct policy {
    struct networks denied;
    struct networks allowed; /* empty: all that is not denied */
};

/*
 * Whether an address may be asked. Refused when it, or any IPv4 address inside it, is in the denied
 * networks; or when there are allowed ones and it, or any IPv4 address inside it, is in none of
 * them. An IPv4-mapped address is its IPv4 address, and only that one has to be allowed. Pure.
 */
bool policy_allows(const struct policy *policy, const struct address *address);

#endif
