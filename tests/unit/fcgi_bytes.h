/* FastCGI records for tests, built by hand so that they can also be wrong. */
#ifndef BULKHEAD_FCGI_BYTES_H
#define BULKHEAD_FCGI_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    uint8_t data[80 * 1024];
    size_t length;
};

static inline void add_record(struct bytes *bytes, unsigned type, unsigned id, const void *content,
                              size_t length, unsigned padding)
{
    const uint8_t header[8] = { 1,
                                (uint8_t)type,
                                (uint8_t)(id >> 8),
                                (uint8_t)id,
                                (uint8_t)(length >> 8),
                                (uint8_t)length,
                                (uint8_t)padding,
                                0 };
    memcpy(bytes->data + bytes->length, header, sizeof(header));
    bytes->length += sizeof(header);
    if (length > 0)
        memcpy(bytes->data + bytes->length, content, length);
    bytes->length += length;
    memset(bytes->data + bytes->length, 0, padding);
    bytes->length += padding;
}

static inline void add_begin(struct bytes *bytes, unsigned id, unsigned role, unsigned flags)
{
    const uint8_t body[8] = { (uint8_t)(role >> 8), (uint8_t)role, (uint8_t)flags };

    add_record(bytes, 1, id, body, sizeof(body), 0);
}

/* A whole request that nginx could have sent: GET with that query, on a connection to keep. */
static inline void add_request(struct bytes *bytes, const char *query)
{
    uint8_t params[1024];
    size_t length = 0;
    const char *const pairs[][2] = { { "REQUEST_METHOD", "GET" }, { "QUERY_STRING", query } };

    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++)
            params[length++] = (uint8_t)strlen(pairs[i][j]);
        for (int j = 0; j < 2; j++) {
            memcpy(params + length, pairs[i][j], strlen(pairs[i][j]));
            length += strlen(pairs[i][j]);
        }
    }
    add_begin(bytes, 1, 1, 1);
    add_record(bytes, 4, 1, params, length, 3);
    add_record(bytes, 4, 1, NULL, 0, 0);
    add_record(bytes, 5, 1, NULL, 0, 0);
}

#endif
