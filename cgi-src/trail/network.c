#include "trail/network.h"

#include <string.h>

enum { IPV6_BYTES = 16, IPV4_BYTES = 4 };

/* A decimal number of up to three digits without a leading zero; -1: none. */
static int parse_prefix(const char *text)
{
    const size_t length = strspn(text, "0123456789");
    int prefix = 0;

    if (length == 0 || length > 3 || text[length] != '\0' || (length > 1 && text[0] == '0'))
        return -1;
    for (; *text != '\0'; text++)
        prefix = prefix * 10 + (*text - '0');
    return prefix;
}

/* The address with its bits from `prefix` on all 0, or all 1. */
static void fill_host(unsigned char *bytes, int count, int prefix, bool ones)
{
    for (int i = 0; i < count; i++) {
        const int kept = prefix - 8 * i < 0 ? 0 : prefix - 8 * i > 8 ? 8 : prefix - 8 * i;
        const unsigned char host = (unsigned char)(0xff >> kept);
        bytes[i] = ones ? bytes[i] | host : bytes[i] & (unsigned char)~host;
    }
}

bool network_parse(const char *text, size_t length, struct network_range *range)
{
    char address[NETWORK_TEXT_BYTES];
    unsigned char bytes[IPV6_BYTES];

    if (length >= sizeof(address) || memchr(text, '\0', length) != NULL)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    char *const slash = strchr(address, '/');
    if (slash != NULL)
        *slash = '\0';

    const int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    const int count = family == AF_INET6 ? IPV6_BYTES : IPV4_BYTES;
    const int prefix = slash != NULL ? parse_prefix(slash + 1) : 8 * count;
    if (inet_pton(family, address, bytes) != 1 || prefix < 0 || prefix > 8 * count)
        return false;
    fill_host(bytes, count, prefix, false);
    inet_ntop(family, bytes, range->first, sizeof(range->first));
    fill_host(bytes, count, prefix, true);
    inet_ntop(family, bytes, range->last, sizeof(range->last));
    return true;
}
