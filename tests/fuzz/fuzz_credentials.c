/* The Authorization header: what is taken lies inside of what was decoded. */
#include "trail/credentials.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);
    struct credentials credentials;

    memcpy(text, data, size);
    text[size] = '\0';
    if (credentials_parse(text, &credentials) &&
        (credentials.length > CREDENTIALS_MAX ||
         credentials.user_length + 1 + credentials.password_length != credentials.length ||
         credentials.password != credentials.bytes + credentials.user_length + 1 ||
         memchr(credentials.bytes, ':', credentials.user_length) != NULL))
        abort();
    free(text);
    return 0;
}
