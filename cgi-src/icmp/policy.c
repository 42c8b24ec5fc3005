#include "icmp/policy.h"

#include <stdio.h>
#include <string.h>

/* --- lists of networks ------------------------------------------------------------------------ */

static const char separators[] = ", \t";

static unsigned address_bits(int family)
{
    return family == AF_INET ? 8 * IPV4_BYTES : 8 * IPV6_BYTES;
}

/* prefix = "0" | 1..9 0..9{0,2}. False: anything else. */
static bool parse_prefix(const char *text, size_t bytes, unsigned *prefix)
{
    if (bytes == 0 || bytes > 3 || (text[0] == '0' && bytes > 1))
        return false;
    *prefix = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *prefix = *prefix * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

static bool has_host_bits(const struct network *network)
{
    for (unsigned bit = network->prefix; bit < address_bits(network->family); bit++) {
        if (network->bytes[bit / 8] & (0x80 >> bit % 8))
            return true;
    }
    return false;
}

/* network = address ["/" prefix]. NULL: parsed; else what is wrong. */
static const char *parse_network(const char *text, size_t bytes, struct network *network)
{
    const char *const slash = memchr(text, '/', bytes);
    const size_t address_bytes = slash ? (size_t)(slash - text) : bytes;
    struct address address;
    if (!address_parse(text, address_bytes, &address))
        return "not an IP address";
    if (address.scope)
        return "a network has no scope";
    *network = (struct network){ .family = address.family, .prefix = address_bits(address.family) };
    memcpy(network->bytes, address.bytes, IPV6_BYTES);
    if (!slash)
        return NULL;
    if (!parse_prefix(slash + 1, bytes - address_bytes - 1, &network->prefix))
        return "the prefix length is not a number";
    if (network->prefix > address_bits(network->family))
        return "the prefix is longer than the address";
    return has_host_bits(network) ? "bits are set after the prefix" : NULL;
}

bool networks_parse(const char *text, struct networks *networks, char why[NETWORKS_ERROR_BYTES])
{
    enum { SHOWN_BYTES = 64 };
    networks->count = 0;
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        const size_t bytes = strcspn(text, separators);
        struct network network;
        const char *wrong = parse_network(text, bytes, &network);
        if (!wrong && networks->count == NETWORKS_MAX)
            wrong = "too many entries";
        if (wrong) {
            const int shown = bytes < SHOWN_BYTES ? (int)bytes : SHOWN_BYTES;
            snprintf(why, NETWORKS_ERROR_BYTES, "entry %zu, '%.*s': %s", networks->count + 1, shown,
                     text, wrong);
            return false;
        }
        networks->list[networks->count++] = network;
        text += bytes;
    }
    return true;
}

/* --- IPv4 addresses inside IPv6 ones ---------------------------------------------------------- */

/* One way of carrying an IPv4 address: a pattern somewhere, and where the four octets are. */
struct carrier {
    unsigned char pattern[12];
    size_t pattern_at, pattern_bytes;
    unsigned char octets_at[IPV4_BYTES];
    bool is_inverted; /* each octet's complement is carried */
    bool is_same;     /* no translator is between: the IPv6 text is but a notation */
    /*
     * A translator's prefix may be longer than ours, and then the octets are elsewhere. Every place
     * is tried, and what lies in 0.0.0.0/8, where no translator sends anything, was not one.
     */
    bool is_guess;
};

static const struct carrier carriers[] = {
    /* IPv4-mapped, ::ffff:0:0/96 (RFC 4291, 2.5.5.2) */
    { .pattern = { [10] = 0xff, [11] = 0xff },
      .pattern_bytes = 12,
      .octets_at = { 12, 13, 14, 15 },
      .is_same = true },
    /* IPv4-compatible, ::/96 (RFC 4291, 2.5.5.1); :: and ::1 are not (policy_allows) */
    { .pattern_bytes = 12, .octets_at = { 12, 13, 14, 15 } },
    /* IPv4-translated, ::ffff:0:0:0/96 (RFC 2765, 2.1) */
    { .pattern = { [8] = 0xff, [9] = 0xff }, .pattern_bytes = 12, .octets_at = { 12, 13, 14, 15 } },
    /* 6to4, 2002::/16 (RFC 3056, 2) */
    { .pattern = { 0x20, 0x02 }, .pattern_bytes = 2, .octets_at = { 2, 3, 4, 5 } },
    /* NAT64, 64:ff9b::/96 (RFC 6052, 2.1) */
    { .pattern = { 0x00, 0x64, 0xff, 0x9b }, .pattern_bytes = 12, .octets_at = { 12, 13, 14, 15 } },
    /* NAT64 of local use, 64:ff9b:1::/48 (RFC 8215), prefix of 48 bits (RFC 6052, 2.2) */
    { .pattern = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 },
      .pattern_bytes = 6,
      .octets_at = { 6, 7, 9, 10 },
      .is_guess = true },
    /* the same, prefix of 56 bits */
    { .pattern = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 },
      .pattern_bytes = 6,
      .octets_at = { 7, 9, 10, 11 },
      .is_guess = true },
    /* the same, prefix of 64 bits */
    { .pattern = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 },
      .pattern_bytes = 6,
      .octets_at = { 9, 10, 11, 12 },
      .is_guess = true },
    /* the same, prefix of 96 bits */
    { .pattern = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 },
      .pattern_bytes = 6,
      .octets_at = { 12, 13, 14, 15 },
      .is_guess = true },
    /* Teredo's server, 2001::/32 (RFC 4380, 4) */
    { .pattern = { 0x20, 0x01 }, .pattern_bytes = 4, .octets_at = { 4, 5, 6, 7 } },
    /* Teredo's client */
    { .pattern = { 0x20, 0x01 },
      .pattern_bytes = 4,
      .octets_at = { 12, 13, 14, 15 },
      .is_inverted = true },
    /* ISATAP, any prefix, interface 0:5efe:a.b.c.d (RFC 5214, 6.1) */
    { .pattern = { 0x00, 0x00, 0x5e, 0xfe },
      .pattern_at = 8,
      .pattern_bytes = 4,
      .octets_at = { 12, 13, 14, 15 } },
    /* ISATAP of a globally unique IPv4 address, 200:5efe:a.b.c.d */
    { .pattern = { 0x02, 0x00, 0x5e, 0xfe },
      .pattern_at = 8,
      .pattern_bytes = 4,
      .octets_at = { 12, 13, 14, 15 } },
};
enum { CARRIERS = sizeof(carriers) / sizeof(carriers[0]) };

static bool unwrap(const struct carrier *carrier, const struct address *address,
                   struct address *inner)
{
    if (memcmp(address->bytes + carrier->pattern_at, carrier->pattern, carrier->pattern_bytes) != 0)
        return false;
    *inner = (struct address){ .family = AF_INET };
    for (size_t i = 0; i < IPV4_BYTES; i++) {
        const unsigned char octet = address->bytes[carrier->octets_at[i]];
        inner->bytes[i] = carrier->is_inverted ? (unsigned char)~octet : octet;
    }
    return !(carrier->is_guess && inner->bytes[0] == 0);
}

/* --- the decision ----------------------------------------------------------------------------- */

static bool network_holds(const struct network *network, const struct address *address)
{
    if (network->family != address->family)
        return false;
    const size_t whole = network->prefix / 8;
    if (memcmp(network->bytes, address->bytes, whole) != 0)
        return false;
    const unsigned rest = network->prefix % 8;
    return rest == 0 || (network->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

static bool networks_hold(const struct networks *networks, const struct address *address)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (network_holds(&networks->list[i], address))
            return true;
    }
    return false;
}

static bool is_denied(const struct policy *policy, const struct address *address)
{
    return networks_hold(&policy->denied, address);
}

static bool is_allowed(const struct policy *policy, const struct address *address)
{
    return policy->allowed.count == 0 || networks_hold(&policy->allowed, address);
}

/* :: and ::1, which only look like IPv4-compatible addresses. */
static bool is_unspecified_or_loopback(const struct address *address)
{
    static const unsigned char zeros[IPV6_BYTES - 1];
    return memcmp(address->bytes, zeros, sizeof(zeros)) == 0 && address->bytes[15] <= 1;
}

bool policy_allows(const struct policy *policy, const struct address *address)
{
    if (is_denied(policy, address))
        return false;
    if (address->family == AF_INET || is_unspecified_or_loopback(address))
        return is_allowed(policy, address);
    bool is_notation = false;
    for (size_t i = 0; i < CARRIERS; i++) {
        struct address inner;
        if (!unwrap(&carriers[i], address, &inner))
            continue;
        if (is_denied(policy, &inner) || !is_allowed(policy, &inner))
            return false;
        is_notation = is_notation || carriers[i].is_same;
    }
    return is_notation || is_allowed(policy, address);
}
