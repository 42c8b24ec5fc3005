/* Query decoding: every value is UTF-8 without NUL, as long as it says, and inside the buffer. */
#include "route/query.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct param params[] = { { .name = "name" }, { .name = "ip" }, PARAMS_END };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *buffer = malloc(size + 2);
    struct value values[2];

    if (query_decode((const char *)data, size, params, values, buffer) == QUERY_OK)
        for (int i = 0; i < 2; i++)
            if (values[i].bytes != NULL && strlen(values[i].bytes) != values[i].length)
                abort();
    free(buffer);
    return 0;
}
