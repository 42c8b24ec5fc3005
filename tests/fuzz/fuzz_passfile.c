/* A password file: what is found in it is no longer than a line, and stands in it. */
#include "trail/passfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each byte of the password comes in the file in this order, escapes between. */
static int stands_in(const char *password, const char *text, size_t length)
{
    for (size_t i = 0; i < length && *password != '\0'; i++)
        password += text[i] == *password;
    return *password == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct passfile_key key = {
        .host = "db", .port = "5432", .database = "bulkhead", .user = "trail"
    };
    char *const text =
        malloc(size > 0 ? size : 1); /* to the byte: what is read beyond it is seen */
    char password[PASSFILE_PASSWORD_BYTES];

    memcpy(text, data, size);
    switch (passfile_find(text, size, &key, password)) {
    case PASSFILE_FOUND: {
        const size_t length = strnlen(password, sizeof(password));
        if (length == 0 || length > PASSFILE_LINE_MAX - 8 || !stands_in(password, text, size))
            abort();
        break;
    }
    case PASSFILE_WRONG:
        if (size <= PASSFILE_LINE_MAX && memchr(text, '\0', size) == NULL)
            abort();
        break;
    case PASSFILE_NONE:
        break;
    }
    free(text);
    return 0;
}
