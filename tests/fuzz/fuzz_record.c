/* A record of the trail: whatever a client sends, it is one line, and JSON that gives it back. */
#include "route/record.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No control character of ASCII, which a terminal would obey, and no end of the line before it. */
static bool is_line(const char *line, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            return false;
    return length > 0 && line[length - 1] == '\n';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);
    char line[RECORD_LINE_BYTES + 1];

    memcpy(text, data, size);
    text[size] = '\0';
    const struct record record = { .milliseconds = (int64_t)size,
                                   .request_id = "0123456789abcdef0123456789abcdef",
                                   .route = "fuzz",
                                   .client = text,
                                   .method = text,
                                   .input = text };
    const size_t length = record_format(&record, line);
    line[length] = '\0';
    json_tokener *const tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *const object = json_tokener_parse_ex(tokener, line, (int)length);
    if (!is_line(line, length) || object == NULL)
        abort();
    json_object_put(object);
    json_tokener_free(tokener);
    free(text);
    return 0;
}
