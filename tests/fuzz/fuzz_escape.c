/* Text of others in HTML, JSON, CSV and a query: nothing that means something there is left. */
#include "trail/escape.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The result, which the caller frees. */
static char *result_of(void (*put)(struct buffer *, const char *), const char *text)
{
    const size_t most = 12 * strlen(text) + 8; /* \udbff\udfff for four bytes is less */
    struct buffer buffer = { .bytes = malloc(most), .size = most };

    put(&buffer, text);
    put_bytes(&buffer, "", 1);
    if (buffer.is_full)
        abort();
    return buffer.bytes;
}

static void check_html(const char *text)
{
    char *const page = result_of(put_html, text), *const field = result_of(put_field, text);

    if (strpbrk(page, "<>\"'\n\r\t\x01\x1b\x7f") != NULL || strpbrk(field, "<>\"'") != NULL)
        abort();
    if (strstr(page, "\xe2\x80\xae") != NULL || strstr(field, "\xe2\x80\xae") != NULL)
        abort();
    free(page);
    free(field);
}

static void check_json(const char *text)
{
    char *const string = result_of(put_json, text);
    json_object *const read = json_tokener_parse(string);

    if (read == NULL || !json_object_is_type(read, json_type_string))
        abort();
    json_object_put(read);
    free(string);
}

static void check_csv(const char *text)
{
    char *const cell = result_of(put_csv, text);
    const size_t length = strlen(cell);
    const char *const inside = cell[0] == '"' ? cell + 1 : cell;

    if (length > 0 && strchr("=+-@\t\r\n", inside[0]) != NULL && inside[0] != '\0')
        abort();
    if (cell[0] == '"' ? cell[length - 1] != '"' : strpbrk(cell, "\",\r\n") != NULL)
        abort();
    free(cell);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    check_html(text);
    check_json(text);
    check_csv(text);
    free(text);
    return 0;
}
