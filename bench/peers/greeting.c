#include "greeting.h"

#include <ctype.h>
#include <string.h>

static const char key[] = "name=";

size_t greeting_name(const char *query, size_t length, const char **name)
{
    const size_t skipped = sizeof(key) - 1;

    if (length <= skipped || memcmp(query, key, skipped) != 0)
        return 0;
    *name = query + skipped;
    length -= skipped;
    if (length > GREETING_MAX_NAME)
        return 0;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)(*name)[i]))
            return 0;
    return length;
}
