/* Addresses and lists of networks: what is accepted has a canonical text that means the same. */
#include "icmp/policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy policy;
    char text[ADDRESS_TEXT_BYTES], why[NETWORKS_ERROR_BYTES];
    char *const list = calloc(1, size + 1);
    struct address address, again;

    memcpy(list, data, size);
    networks_parse(list, &policy.denied, why);
    if (address_parse((const char *)data, size, &address)) {
        address_text(address.family, address.bytes, text);
        if (!address_parse(text, strlen(text), &again) || again.family != address.family ||
            memcmp(again.bytes, address.bytes, IPV6_BYTES) != 0)
            abort();
        policy_allows(&policy, &address);
    }
    free(list);
    return 0;
}
