/* The kernel's log, which holds what other programs chose: whatever it says, reading it is safe. */
#include "route/obituary.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct predecessor process = { .pid = 7, .started = 1764000000 };
    struct obituary obituary = { .call = -1 };

    if (obituary_find((const char *)data, size, &process, &obituary) &&
        obituary.architecture == 0 && obituary.call == -1)
        abort();
    return 0;
}
