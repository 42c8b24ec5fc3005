/* A line of a journal, whoever wrote it: either nothing, or one whole row of the table's columns.
 */
#include "trail/entry.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 11 };

static void expect_row(const char *row, size_t length)
{
    size_t tabs = 0;

    if (length == 0)
        return;
    for (size_t i = 0; i < length; i++)
        tabs += row[i] == '\t';
    if (length > ENTRY_ROW_BYTES || row[length - 1] != '\n' ||
        memchr(row, '\n', length) != row + length - 1 || memchr(row, '\0', length) != NULL ||
        tabs != COLUMNS - 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_tokener *const parser = entry_parser();
    char *const row = malloc(ENTRY_ROW_BYTES);

    expect_row(row, entry_row(parser, (const char *)data, size, "hello", row));
    expect_row(row, entry_row_of_edge(parser, (const char *)data, size, row));
    free(row);
    json_tokener_free(parser);
    return 0;
}
