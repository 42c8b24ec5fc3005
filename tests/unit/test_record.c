/* A request as a line of the trail. */
#include "route/record.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define REQUEST_ID "0123456789abcdef0123456789abcdef"

static const struct record plain = { .milliseconds = 1764082512123,
                                     .request_id = REQUEST_ID,
                                     .route = "hello",
                                     .client = "192.0.2.7",
                                     .method = "GET",
                                     .status = 200,
                                     .input = "name=Ada",
                                     .microseconds = 42 };

static const char *format(const struct record *record)
{
    static char line[RECORD_LINE_BYTES + 1];

    line[record_format(record, line)] = '\0';
    return line;
}

/* The input of the line, as whoever reads its JSON has it. */
static void expect_input(const char *input, const char *read)
{
    struct record record = plain;

    record.input = input;
    json_object *const object = json_tokener_parse(format(&record));
    json_object *member = NULL;
    cr_assert(object != NULL && json_object_object_get_ex(object, "input", &member), "%s", input);
    cr_expect_str_eq(json_object_get_string(member), read);
    json_object_put(object);
}

Test(record, a_line_has_all_of_it)
{
    cr_expect_str_eq(format(&plain),
                     "{\"id\":\"019abb82-f0fb-7012-b456-789abcdef012\","
                     "\"time\":\"2025-11-25T14:55:12.123Z\",\"route\":\"hello\","
                     "\"client\":\"192.0.2.7\",\"method\":\"GET\",\"verdict\":\"allowed\","
                     "\"status\":200,\"reason\":null,\"input\":\"name=Ada\","
                     "\"microseconds\":42,\"request_id\":\"" REQUEST_ID "\"}\n");
}

Test(record, what_is_not_known_is_null)
{
    struct record record = plain;

    record.client = record.method = record.input = NULL;
    record.reason = "Invalid name";
    const char *const line = format(&record);
    cr_expect(strstr(line, "\"client\":null,\"method\":null,") != NULL, "%s", line);
    cr_expect(strstr(line, "\"reason\":\"Invalid name\",\"input\":null,") != NULL, "%s", line);
}

Test(record, the_verdict_is_the_status)
{
    static const struct {
        int status;
        enum verdict verdict;
    } rows[] = { { 200, VERDICT_ALLOWED },  { 304, VERDICT_ALLOWED },  { 399, VERDICT_ALLOWED },
                 { 400, VERDICT_REJECTED }, { 429, VERDICT_REJECTED }, { 499, VERDICT_REJECTED },
                 { 500, VERDICT_FAILED },   { 503, VERDICT_FAILED } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(record_verdict(rows[i].status), rows[i].verdict, "%d", rows[i].status);
}

Test(record, ids_are_in_the_order_of_time)
{
    struct record record = plain;
    char before[RECORD_ID_BYTES], id[RECORD_ID_BYTES];

    record_id(&record, before);
    for (int i = 0; i < 20; i++) {
        record.milliseconds += (int64_t)1 << (2 * i);
        record_id(&record, id);
        cr_expect(strcmp(before, id) < 0, "%s, %s", before, id);
        cr_expect_eq(strlen(id), RECORD_ID_BYTES - 1);
        memcpy(before, id, sizeof(before));
    }
}

/* RFC 9562: version 7 and the variant 10, whatever the request's id. */
Test(record, an_id_is_a_uuid)
{
    static const char digits[] = "0123456789abcdef";
    char request[] = REQUEST_ID, id[RECORD_ID_BYTES];
    struct record record = plain;

    record.request_id = request;
    for (size_t i = 0; i < 16; i++) {
        request[3] = digits[i];
        record_id(&record, id);
        cr_expect_eq(id[14], '7');
        cr_expect(strchr("89ab", id[19]) != NULL, "%s", id);
    }
}

Test(record, times_are_of_rfc_3339)
{
    static const struct {
        int64_t milliseconds;
        const char *time;
    } rows[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 951782400007, "2000-02-29T00:00:00.007Z" },
        { 253402300799999, "9999-12-31T23:59:59.999Z" },
        { 253402300800000, "9999-12-31T23:59:59.999Z" },
        { INT64_MAX, "9999-12-31T23:59:59.999Z" },
        { -1, "1970-01-01T00:00:00.000Z" },
        { INT64_MIN, "1970-01-01T00:00:00.000Z" },
    };
    char time[RECORD_TIME_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        record_time(rows[i].milliseconds, time);
        cr_expect_str_eq(time, rows[i].time);
    }
}

Test(record, input_is_text_without_control_characters)
{
    expect_input("", "");
    expect_input("a=\"\\", "a=\"\\");
    expect_input("a=\n\t\x1b[31m\x7f", "a=%0A%09%1B[31m%7F");
    expect_input("\xc2\x85", "%C2%85");                        /* a C1 control */
    expect_input("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");      /* four bytes */
    expect_input("\xe2\x80\xae", "\xe2\x80\xae");              /* an override of direction */
    expect_input("\xff\xc3(\xed\xa0\x80", "%FF%C3(%ED%A0%80"); /* no UTF-8 */
    expect_input("<script>&'%22", "<script>&'%22");
}

/* 256 bytes of it, or a few less where a character would be cut in two. */
Test(record, input_is_cut)
{
    char long_input[RECORD_INPUT_BYTES + 64], cut[RECORD_INPUT_BYTES + 1];

    memset(long_input, 'x', sizeof(long_input));
    long_input[sizeof(long_input) - 1] = '\0';
    memset(cut, 'x', sizeof(cut));
    cut[RECORD_INPUT_BYTES] = '\0';
    expect_input(long_input, cut);
    memcpy(long_input + RECORD_INPUT_BYTES - 1, "\xc3\xa4", 2);
    cut[RECORD_INPUT_BYTES - 1] = '\0';
    expect_input(long_input, cut);
    memcpy(long_input + RECORD_INPUT_BYTES - 2, "\xc3\xa4y", 3);
    memcpy(cut + RECORD_INPUT_BYTES - 2, "\xc3\xa4", 3);
    expect_input(long_input, cut);
}

/* The longest line that there can be: everything is escaped, every number is the longest. */
Test(record, any_line_fits)
{
    char bytes[1024];
    struct record record = { .milliseconds = INT64_MIN,
                             .request_id = REQUEST_ID,
                             .status = -2147483647,
                             .microseconds = INT64_MIN };

    memset(bytes, 0xff, sizeof(bytes));
    bytes[sizeof(bytes) - 1] = '\0';
    record.route = record.client = record.method = record.reason = record.input = bytes;
    const char *const line = format(&record);
    cr_expect(strlen(line) < RECORD_LINE_BYTES, "%zu", strlen(line));
    cr_expect_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
