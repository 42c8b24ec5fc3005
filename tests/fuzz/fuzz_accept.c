/* The Accept header: any text has a preference. */
#include "route/accept.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const offered[] = { "application/json", "text/html", "text/csv", NULL };
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    accept_prefers_json(text);
    if (accept_choose(text, offered) > 2)
        abort();
    free(text);
    return 0;
}
