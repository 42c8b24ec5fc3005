#include "icmp/zone.h"

#include <stdio.h>
#include <string.h>

bool zone_is_link_local(int family, const unsigned char bytes[IPV6_BYTES])
{
    if (family != AF_INET6)
        return false;
    const bool is_unicast = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
    const bool is_multicast = bytes[0] == 0xff && (bytes[1] & 0x0f) == 0x02;
    return is_unicast || is_multicast;
}

/* number = 0..9+, at most 2^32 - 1; leading zeros are fine, as they are for glibc. */
static bool parse_number(const char *text, size_t bytes, uint32_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
        if (value > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return bytes > 0;
}

bool zone_parse(const struct icmp_socket *sock, const struct address *address, uint32_t *zone)
{
    *zone = 0;
    if (!address->scope)
        return true;
    char name[IF_NAMESIZE];
    if (zone_is_link_local(address->family, address->bytes) &&
        address->scope_bytes < sizeof(name)) {
        memcpy(name, address->scope, address->scope_bytes);
        name[address->scope_bytes] = '\0';
        *zone = icmp_socket_interface_index(sock, name);
        if (*zone != 0)
            return true;
    }
    return parse_number(address->scope, address->scope_bytes, zone);
}

void zone_text(const struct icmp_socket *sock, const unsigned char bytes[IPV6_BYTES], uint32_t zone,
               char text[IF_NAMESIZE])
{
    text[0] = '\0';
    if (zone == 0)
        return;
    if (zone_is_link_local(AF_INET6, bytes) && icmp_socket_interface_name(sock, zone, text))
        return;
    snprintf(text, IF_NAMESIZE, "%u", zone);
}
