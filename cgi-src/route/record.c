#include "record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

/* Of what is formatted at once; the longest is the last of a line. */
enum { PART_BYTES = 128 };

enum verdict record_verdict(int status)
{
    if (status < 400)
        return VERDICT_ALLOWED;
    return status < 500 ? VERDICT_REJECTED : VERDICT_FAILED;
}

const char *record_verdict_text(enum verdict verdict)
{
    static const char *const texts[] = {
        [VERDICT_ALLOWED] = "allowed",
        [VERDICT_REJECTED] = "rejected",
        [VERDICT_FAILED] = "failed",
    };

    return texts[verdict];
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

bool record_read_msec(const char *text, int64_t *milliseconds)
{
    const size_t digits = strspn(text, "0123456789");
    int64_t value = 0;

    if (digits == 0 || digits > 11 || text[digits] != '.' ||
        strspn(text + digits + 1, "0123456789") != 3 || text[digits + 4] != '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text != '.')
            value = 10 * value + (*text - '0');
    *milliseconds = value;
    return true;
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

bool record_is_plain(const char *text)
{
    for (size_t left = strlen(text), plain; left > 0; text += plain, left -= plain)
        if ((plain = plain_bytes(text, left)) == 0)
            return false;
    return true;
}

/* A line in the making. It has room for any: see the assertion below. */
struct text {
    char *bytes;
    size_t length;
};

static void put(struct text *text, const char *bytes, size_t length)
{
    if (length > RECORD_LINE_BYTES - text->length)
        abort();
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void __attribute__((format(printf, 2, 3)))
put_format(struct text *text, const char *format, ...)
{
    char part[PART_BYTES];
    va_list args;

    va_start(args, format);
    const int length = vsnprintf(part, sizeof(part), format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof(part))
        abort();
    put(text, part, (size_t)length);
}

/* What a byte may become: "%XX". A quote and a backslash become two. */
enum { ESCAPED_BYTES = 3 };

/* At most `most` bytes of what somebody chose. A character is not cut in two. */
static void put_chosen(struct text *text, const char *chosen, size_t most)
{
    static const char hex[] = "0123456789ABCDEF";
    const size_t length = strlen(chosen); /* beyond `most` too, to see what is cut */

    for (size_t at = 0; at < length && at < most;) {
        const size_t plain = plain_bytes(chosen + at, length - at);
        if (at + plain > most)
            break;
        if (plain == 0) {
            const unsigned char byte = (unsigned char)chosen[at++];
            const char escaped[ESCAPED_BYTES] = { '%', hex[byte >> 4], hex[byte & 15] };
            put(text, escaped, sizeof(escaped));
            continue;
        }
        if (chosen[at] == '"' || chosen[at] == '\\')
            put(text, "\\", 1);
        put(text, chosen + at, plain);
        at += plain;
    }
}

/* ,"name":"chosen", or null without a text. */
static void put_member(struct text *text, const char *name, const char *chosen, size_t most)
{
    put_format(text, ",\"%s\":%s", name, chosen != NULL ? "\"" : "null");
    if (chosen == NULL)
        return;
    put_chosen(text, chosen, most);
    put(text, "\"", 1);
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
    char id[RECORD_ID_BYTES], time[RECORD_TIME_BYTES];
    struct text text = { .bytes = line };

    record_id(record, id);
    record_time(record->milliseconds, time);
    put_format(&text, "{\"id\":\"%s\",\"time\":\"%s\"", id, time);
    put_member(&text, "route", record->route, NAME_BYTES);
    put_member(&text, "client", record->client, ADDRESS_BYTES);
    put_member(&text, "method", record->method, RECORD_METHOD_BYTES);
    put_format(&text, ",\"verdict\":\"%s\",\"status\":%d",
               record_verdict_text(record_verdict(record->status)), record->status);
    put_member(&text, "reason", record->reason, NAME_BYTES);
    put_member(&text, "input", record->input, RECORD_INPUT_BYTES);
    put_format(&text, ",\"microseconds\":%" PRId64 ",\"request_id\":\"%.32s\"}\n",
               record->microseconds, record->request_id);
    return text.length;
}
