#include "trail/credentials.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

bool credentials_parse(const char *header, struct credentials *credentials)
{
    static const char scheme[] = "Basic ";

    if (header == NULL || strnlen(header, CREDENTIALS_HEADER_MAX + 1) > CREDENTIALS_HEADER_MAX ||
        strncasecmp(header, scheme, strlen(scheme)) != 0)
        return false;
    const char *const encoded = header + strlen(scheme) + strspn(header + strlen(scheme), " ");
    if (sodium_base642bin((unsigned char *)credentials->bytes, sizeof(credentials->bytes), encoded,
                          strlen(encoded), NULL, &credentials->length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    const char *const colon = memchr(credentials->bytes, ':', credentials->length);
    if (colon == NULL)
        return false;
    credentials->user_length = (size_t)(colon - credentials->bytes);
    credentials->password = colon + 1;
    credentials->password_length = credentials->length - credentials->user_length - 1;
    return true;
}
