#include "trail/entry.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    JSON_DEPTH = 2,
    STATUS_MAX = 999,
};
static const int64_t longest = INT64_C(1000000000000); /* microseconds: a week and more */

struct json_tokener *entry_parser(void)
{
    return json_tokener_new_ex(JSON_DEPTH);
}

bool entry_is_route(const char *name)
{
    const size_t length = strlen(name);

    return length > 0 && length <= ENTRY_ROUTE_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

/* The object of a line and nothing else; json_object_put releases it. NULL: it is something else.
 */
static json_object *parse(json_tokener *parser, const char *line, size_t length)
{
    json_tokener_reset(parser);
    json_object *const object = json_tokener_parse_ex(parser, line, (int)length);

    if (object != NULL && json_tokener_get_error(parser) == json_tokener_success &&
        json_tokener_get_parse_end(parser) == length &&
        json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    return NULL;
}

/* --- members ---------------------------------------------------------------------------------- */

/* A string without NUL. */
static bool get_text(const json_object *object, const char *name, const char **text)
{
    json_object *member;

    if (!json_object_object_get_ex(object, name, &member) ||
        !json_object_is_type(member, json_type_string))
        return false;
    *text = json_object_get_string(member);
    return strlen(*text) == (size_t)json_object_get_string_len(member);
}

/* The same, or null, for which *text is NULL. */
static bool get_text_or_null(const json_object *object, const char *name, const char **text)
{
    json_object *member;

    *text = NULL;
    return (json_object_object_get_ex(object, name, &member) && member == NULL) ||
           get_text(object, name, text);
}

static bool get_integer(const json_object *object, const char *name, int64_t most, int64_t *number)
{
    json_object *member;

    if (!json_object_object_get_ex(object, name, &member) ||
        !json_object_is_type(member, json_type_int))
        return false;
    *number = json_object_get_int64(member);
    return *number >= 0 && *number <= most;
}

static bool is_request_id(const char *text)
{
    return strlen(text) == RECORD_REQUEST_ID_DIGITS &&
           strspn(text, "0123456789abcdef") == RECORD_REQUEST_ID_DIGITS;
}

/* --- a program's record ----------------------------------------------------------------------- */

/* The milliseconds that an id begins with. */
static bool read_milliseconds(const char *id, int64_t *milliseconds)
{
    static const char hex[] = "0123456789abcdef";
    int64_t value = 0;

    if (strlen(id) != RECORD_ID_BYTES - 1)
        return false;
    for (size_t i = 0; i < 13; i++) { /* 8 digits, a dash, 4 digits */
        const char *const digit = strchr(hex, id[i]);
        if (i != 8 && digit == NULL)
            return false;
        if (i != 8)
            value = 16 * value + (digit - hex);
    }
    *milliseconds = value;
    return true;
}

/* What a line says of itself must agree: its id with its time and request id. */
static bool read_moment(const json_object *object, struct record *record)
{
    const char *id, *time;
    char right_id[RECORD_ID_BYTES], right_time[RECORD_TIME_BYTES];

    if (!get_text(object, "id", &id) || !get_text(object, "time", &time) ||
        !get_text(object, "request_id", &record->request_id) ||
        !is_request_id(record->request_id) || !read_milliseconds(id, &record->milliseconds))
        return false;
    record_id(record, right_id);
    record_time(record->milliseconds, right_time);
    return strcmp(id, right_id) == 0 && strcmp(time, right_time) == 0;
}

/* And its verdict with its status. */
static bool read_result(const json_object *object, struct record *record)
{
    const char *verdict;
    int64_t status;

    if (!get_text(object, "verdict", &verdict) ||
        !get_integer(object, "status", STATUS_MAX, &status) ||
        !get_integer(object, "microseconds", longest, &record->microseconds))
        return false;
    record->status = (int)status;
    return strcmp(verdict, record_verdict_text(record_verdict(record->status))) == 0;
}

static bool is_plain_or_null(const char *text)
{
    return text == NULL || record_is_plain(text);
}

static bool read_texts(const json_object *object, struct record *record)
{
    return get_text(object, "route", &record->route) && entry_is_route(record->route) &&
           get_text_or_null(object, "client", &record->client) &&
           get_text_or_null(object, "method", &record->method) &&
           get_text_or_null(object, "reason", &record->reason) &&
           get_text_or_null(object, "input", &record->input) && is_plain_or_null(record->method) &&
           is_plain_or_null(record->reason) && is_plain_or_null(record->input);
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool is_address(const char *text)
{
    struct in6_addr address;

    return text != NULL &&
           (inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1);
}

/* A column of text, plain by now: a backslash is all that store.c reads in a way of its own. */
static size_t put_text(char *row, const char *text)
{
    size_t length = 0;

    row[length++] = '\t';
    if (text == NULL)
        text = "N", row[length++] = '\\';
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            row[length++] = '\\';
        row[length++] = *text;
    }
    return length;
}

/* The texts are from one line, and so are shorter than it. */
static size_t write_row(const struct record *record, char *row)
{
    char id[RECORD_ID_BYTES], time[RECORD_TIME_BYTES];

    record_id(record, id);
    record_time(record->milliseconds, time);
    size_t length = (size_t)snprintf(row, ENTRY_ROW_BYTES, "%s\t%s", id, time);
    length += put_text(row + length, record->route);
    length += put_text(row + length, is_address(record->client) ? record->client : NULL);
    length += put_text(row + length, record->method);
    length += (size_t)snprintf(row + length, ENTRY_ROW_BYTES - length, "\t%s\t%d",
                               record_verdict_text(record_verdict(record->status)), record->status);
    length += put_text(row + length, record->reason);
    length += put_text(row + length, record->input);
    length += (size_t)snprintf(row + length, ENTRY_ROW_BYTES - length, "\t%" PRId64 "\t%s\n",
                               record->microseconds, record->request_id);
    return length;
}

size_t entry_row(json_tokener *parser, const char *line, size_t length, const char *route,
                 char row[ENTRY_ROW_BYTES])
{
    struct record record = { 0 };
    size_t row_length = 0;

    json_object *const object = length < RECORD_LINE_BYTES ? parse(parser, line, length) : NULL;
    if (object == NULL)
        return 0;
    if (read_moment(object, &record) && read_result(object, &record) &&
        read_texts(object, &record) && (route == NULL || strcmp(record.route, route) == 0))
        row_length = write_row(&record, row);
    json_object_put(object);
    return row_length;
}

/* --- the edge's ------------------------------------------------------------------------------- */

/* nginx knows no null. */
static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static bool read_edge(const json_object *object, struct record *record)
{
    const char *came, *seconds, *status;
    int64_t milliseconds;

    if (!get_text(object, "came", &came) || !record_read_msec(came, &record->milliseconds) ||
        !get_text(object, "request_id", &record->request_id) ||
        !is_request_id(record->request_id) || !get_text(object, "route", &record->route) ||
        !entry_is_route(record->route) || !get_text(object, "client", &record->client) ||
        !get_text(object, "method", &record->method) ||
        !get_text(object, "reason", &record->reason) ||
        !get_text(object, "input", &record->input) || !get_text(object, "status", &status) ||
        !get_text(object, "seconds", &seconds) || !record_read_msec(seconds, &milliseconds) ||
        strspn(status, "0123456789") != 3 || status[3] != '\0')
        return false;
    record->client = or_null(record->client);
    record->method = or_null(record->method);
    record->reason = or_null(record->reason);
    record->input = or_null(record->input);
    record->status = 100 * (status[0] - '0') + 10 * (status[1] - '0') + (status[2] - '0');
    record->microseconds = milliseconds * 1000;
    return true;
}

size_t entry_row_of_edge(json_tokener *parser, const char *line, size_t length,
                         char row[ENTRY_ROW_BYTES])
{
    struct record record = { 0 };
    char formatted[RECORD_LINE_BYTES];
    size_t formatted_length = 0;

    json_object *const object = length < RECORD_LINE_BYTES ? parse(parser, line, length) : NULL;
    if (object == NULL)
        return 0;
    if (read_edge(object, &record))
        formatted_length = record_format(&record, formatted) - 1;
    json_object_put(object);
    /* cppcheck-suppress uninitvar ; with a length it has been written */
    return formatted_length == 0 ? 0 : entry_row(parser, formatted, formatted_length, NULL, row);
}
