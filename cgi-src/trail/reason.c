#include "trail/reason.h"

#include <stdio.h>
#include <string.h>

void reason_write(const char *message, char reason[REASON_BYTES])
{
    size_t used = 0;

    reason[0] = '\0';
    while (*message != '\0' && used < REASON_BYTES - 1) {
        const size_t length = strcspn(message, "\n");
        if (length > 0 && message[0] != '\t')
            used += (size_t)snprintf(reason + used, REASON_BYTES - used, "%s%.*s",
                                     used > 0 ? "; " : "", (int)length, message);
        message += length + (message[length] == '\n');
    }
}
