/* What arrives on an ICMP socket: only whole replies and quotes of one echo pass. */
#include "icmp/packet.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct echo ours = { .identifier = 0x4141, .sequence = 1 };
    size_t skip = 0;

    if (packet_unwrap_ipv4(data, size, &skip) && skip > size)
        abort();
    for (int family = AF_INET;; family = AF_INET6) {
        if (packet_is_reply(family, data + skip, size - skip, &ours) &&
            (size - skip != ECHO_PACKET_BYTES || memcmp(data + skip + 4, "AA\0\1", 4) != 0))
            abort();
        if (packet_is_quote(family, data, size, &ours) && memcmp(data + 4, "AA\0\1", 4) != 0)
            abort();
        if (family == AF_INET6)
            return 0;
    }
}
