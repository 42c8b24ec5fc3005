/* Lines of journals as rows for COPY; tests/http/test_shipper.py has the lines that are none. */
#include "trail/entry.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <string.h>

#define REQUEST_ID "0123456789abcdef0123456789abcdef"
#define ID         "019abb82-f0fb-7012-b456-789abcdef012"
#define TIME       "2025-11-25T14:55:12.123Z"

static const struct record plain = { .milliseconds = 1764082512123,
                                     .request_id = REQUEST_ID,
                                     .route = "hello",
                                     .client = "192.0.2.7",
                                     .method = "GET",
                                     .status = 200,
                                     .input = "name=Ada",
                                     .microseconds = 42 };

static struct json_tokener *parser;

static void make_parser(void)
{
    parser = entry_parser();
}

static void free_parser(void)
{
    json_tokener_free(parser);
}

TestSuite(entry, .init = make_parser, .fini = free_parser);

static void expect_row(const struct record *record, const char *wanted)
{
    char line[RECORD_LINE_BYTES], row[ENTRY_ROW_BYTES + 1];

    const size_t length = record_format(record, line);
    row[entry_row(parser, line, length - 1, "hello", row)] = '\0';
    cr_expect_str_eq(row, wanted);
}

Test(entry, what_the_runtime_writes_is_taken)
{
    expect_row(&plain,
               ID "\t" TIME "\thello\t192.0.2.7\tGET\tallowed\t200\t\\N\tname=Ada\t42\t" REQUEST_ID
                  "\n");
}

Test(entry, what_copy_would_read_otherwise_is_escaped)
{
    struct record record = plain;

    record.input = "\\N\\.\"\t";
    record.client = NULL;
    record.status = 503;
    record.reason = "Trail unavailable";
    expect_row(&record, ID "\t" TIME "\thello\t\\N\tGET\tfailed\t503\tTrail unavailable\t"
                           "\\\\N\\\\.\"%09\t42\t" REQUEST_ID "\n");
}

/* The longest that there is, and each byte of it takes two in a row. */
Test(entry, a_row_has_room_for_any_line)
{
    char input[RECORD_INPUT_BYTES + 1], line[RECORD_LINE_BYTES], row[ENTRY_ROW_BYTES];
    struct record record = plain;

    memset(input, '\\', sizeof(input) - 1);
    input[sizeof(input) - 1] = '\0';
    record.input = record.reason = record.method = input;
    const size_t length = record_format(&record, line);
    cr_expect_gt(entry_row(parser, line, length - 1, "hello", row), 2 * RECORD_INPUT_BYTES);
}

#define EDGE(members)                                                                              \
    "{\"came\":\"1764082512.123\",\"request_id\":\"" REQUEST_ID "\",\"client\":\"192.0.2.7\","     \
    "\"method\":\"GET\"," members "}"

static void expect_edge_row(const char *line, const char *wanted)
{
    char row[ENTRY_ROW_BYTES + 1];

    row[entry_row_of_edge(parser, line, strlen(line), row)] = '\0';
    cr_expect_str_eq(row, wanted, "%s", line);
}

Test(entry, what_nginx_writes_is_taken)
{
    expect_edge_row(EDGE("\"route\":\"ping\",\"status\":\"429\",\"reason\":\"Too many requests\","
                         "\"input\":\"ip=\xff\xe2\x80\xae\",\"seconds\":\"0.012\""),
                    ID "\t" TIME "\tping\t192.0.2.7\tGET\trejected\t429\tToo many requests\t"
                       "ip=%FF\xe2\x80\xae\t12000\t" REQUEST_ID "\n");
    expect_edge_row(EDGE("\"route\":\"edge\",\"status\":\"000\",\"reason\":\"\",\"input\":\"\","
                         "\"seconds\":\"5.000\""),
                    ID "\t" TIME
                       "\tedge\t192.0.2.7\tGET\tallowed\t0\t\\N\t\\N\t5000000\t" REQUEST_ID "\n");
}

Test(entry, what_nginx_does_not_write_is_none)
{
    static const char *const lines[] = {
        EDGE("\"route\":\"a b\",\"status\":\"429\",\"reason\":\"\",\"input\":\"\","
             "\"seconds\":\"0.012\""),
        EDGE("\"route\":\"edge\",\"status\":429,\"reason\":\"\",\"input\":\"\","
             "\"seconds\":\"0.012\""),
        EDGE("\"route\":\"edge\",\"status\":\"42\",\"reason\":\"\",\"input\":\"\","
             "\"seconds\":\"0.012\""),
        EDGE("\"route\":\"edge\",\"status\":\"429\",\"reason\":\"\",\"input\":\"\","
             "\"seconds\":\"-0.12\""),
        EDGE("\"route\":\"edge\",\"status\":\"429\",\"reason\":\"\",\"seconds\":\"0.012\""),
        "",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect_edge_row(lines[i], "");
}

Test(entry, names_of_routes)
{
    cr_expect(entry_is_route("hello") && entry_is_route("a-b_9"));
    cr_expect(!entry_is_route("") && !entry_is_route("Hello") && !entry_is_route("../x"));
    cr_expect(!entry_is_route("abcdefghijabcdefghijabcdefghijabc"), "33 bytes");
}
