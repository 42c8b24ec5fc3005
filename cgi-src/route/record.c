#include "record.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

enum verdict record_verdict(int status)
{
    if (status < 400)
        return VERDICT_ALLOWED;
    return status < 500 ? VERDICT_REJECTED : VERDICT_FAILED;
}

void record_id(const struct record *record, char id[RECORD_ID_BYTES])
{
    static const char variants[] = "89ab";
    const uint64_t time = (uint64_t)record->milliseconds & UINT64_C(0xffffffffffff);
    const char *const random = record->request_id;
    const char digit = random[3];
    const unsigned value = (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);

    snprintf(id, RECORD_ID_BYTES, "%08" PRIx64 "-%04" PRIx64 "-7%.3s-%c%.3s-%.12s", time >> 16,
             time & 0xffff, random, variants[value & 3], random + 4, random + 7);
}

void record_time(int64_t milliseconds, char time[RECORD_TIME_BYTES])
{
    static const int64_t last = INT64_C(253402300799999); /* of the year 9999 */
    const int64_t shown = milliseconds < 0 ? 0 : milliseconds > last ? last : milliseconds;
    const time_t seconds = (time_t)(shown / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    const size_t length = strftime(time, RECORD_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(time + length, RECORD_TIME_BYTES - length, ".%03dZ", (int)(shown % 1000));
}

/* --- text that others chose ------------------------------------------------------------------- */

/* How many bytes from `text` on are one character that a line may hold as it is; 0: none. */
static size_t plain_bytes(const char *text, size_t length)
{
    utf8proc_int32_t code_point;
    const utf8proc_ssize_t taken =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &code_point);

    if (taken <= 0 || code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
        return 0;
    return (size_t)taken;
}

/* What a byte may become: "%XX". A quote and a backslash become two. */
enum { ESCAPED_BYTES = 3 };

/* Of at most `most` bytes of the text, to `out`; where that ends. A character is not cut in two. */
static char *put_text(char *out, const char *text, size_t most)
{
    static const char hex[] = "0123456789ABCDEF";
    const size_t length = strlen(text); /* beyond `most` too, to see what is cut */

    for (size_t at = 0; at < length && at < most;) {
        const size_t plain = plain_bytes(text + at, length - at);
        if (at + plain > most)
            break;
        if (plain == 0) {
            const unsigned char byte = (unsigned char)text[at++];
            *out++ = '%';
            *out++ = hex[byte >> 4];
            *out++ = hex[byte & 15];
            continue;
        }
        if (text[at] == '"' || text[at] == '\\')
            *out++ = '\\';
        memcpy(out, text + at, plain);
        out += plain;
        at += plain;
    }
    return out;
}

/* ,"name":"text", or null without a text. */
static char *put_member(char *out, const char *name, const char *text, size_t most)
{
    out += sprintf(out, ",\"%s\":", name);
    if (text == NULL)
        return stpcpy(out, "null");
    *out++ = '"';
    out = put_text(out, text, most);
    *out++ = '"';
    return out;
}

/* --- the line --------------------------------------------------------------------------------- */

enum {
    NAME_BYTES = 64,    /* of a route, a reason: ours, and shorter */
    ADDRESS_BYTES = 64, /* of a client: INET6_ADDRSTRLEN and a zone are less */
};
_Static_assert(ESCAPED_BYTES *(RECORD_INPUT_BYTES + RECORD_METHOD_BYTES + 2 * NAME_BYTES +
                               ADDRESS_BYTES) +
                       512 <
                   RECORD_LINE_BYTES,
               "the names of the members and the numbers have 512 bytes");

size_t record_format(const struct record *record, char line[RECORD_LINE_BYTES])
{
    static const char *const verdicts[] = {
        [VERDICT_ALLOWED] = "allowed",
        [VERDICT_REJECTED] = "rejected",
        [VERDICT_FAILED] = "failed",
    };
    char id[RECORD_ID_BYTES], time[RECORD_TIME_BYTES];
    char *out = line;

    record_id(record, id);
    record_time(record->milliseconds, time);
    out += sprintf(out, "{\"id\":\"%s\",\"time\":\"%s\"", id, time);
    out = put_member(out, "route", record->route, NAME_BYTES);
    out = put_member(out, "client", record->client, ADDRESS_BYTES);
    out = put_member(out, "method", record->method, RECORD_METHOD_BYTES);
    out += sprintf(out, ",\"verdict\":\"%s\",\"status\":%d",
                   verdicts[record_verdict(record->status)], record->status);
    out = put_member(out, "reason", record->reason, NAME_BYTES);
    out = put_member(out, "input", record->input, RECORD_INPUT_BYTES);
    out += sprintf(out, ",\"microseconds\":%" PRId64 ",\"request_id\":\"%.32s\"}\n",
                   record->microseconds, record->request_id);
    return (size_t)(out - line);
}
