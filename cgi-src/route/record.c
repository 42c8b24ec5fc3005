#include "record.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

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

/*
 * Exactly `count` digits. This and what is below write what printf would: it takes longer for a
 * line than all else that recording does; so does a division by a base that the compiler can't see.
 */
static void write_decimal(char *digits, size_t count, unsigned value)
{
    for (; count > 0; value /= 10)
        digits[--count] = (char)('0' + value % 10);
}

static void write_hexadecimal(char *digits, size_t count, uint64_t value)
{
    for (; count > 0; value >>= 4)
        digits[--count] = "0123456789abcdef"[value & 15];
}

void record_id(const struct record *record, char id[RECORD_ID_BYTES])
{
    static const char variants[] = "89ab";
    const uint64_t time = (uint64_t)record->milliseconds;
    const char *const random = record->request_id;
    const char digit = random[3];
    const unsigned value = (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);

    memcpy(id, "tttttttt-tttt-7rrr-vrrr-rrrrrrrrrrrr", RECORD_ID_BYTES);
    write_hexadecimal(id, 8, time >> 16);
    write_hexadecimal(id + 9, 4, time);
    memcpy(id + 15, random, 3);
    id[19] = variants[value & 3];
    memcpy(id + 20, random + 4, 3);
    memcpy(id + 24, random + 7, 12);
}

void record_time(int64_t milliseconds, char time[RECORD_TIME_BYTES])
{
    static const int64_t last = INT64_C(253402300799999); /* of the year 9999 */
    const int64_t shown = milliseconds < 0 ? 0 : milliseconds > last ? last : milliseconds;
    const time_t seconds = (time_t)(shown / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    memcpy(time, "yyyy-mm-ddThh:mm:ss.fffZ", RECORD_TIME_BYTES);
    write_decimal(time, 4, (unsigned)parts.tm_year + 1900);
    write_decimal(time + 5, 2, (unsigned)parts.tm_mon + 1);
    write_decimal(time + 8, 2, (unsigned)parts.tm_mday);
    write_decimal(time + 11, 2, (unsigned)parts.tm_hour);
    write_decimal(time + 14, 2, (unsigned)parts.tm_min);
    write_decimal(time + 17, 2, (unsigned)parts.tm_sec);
    write_decimal(time + 20, 3, (unsigned)(shown % 1000));
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

    if (*text >= 0x20 && *text < 0x7f)
        return 1;
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

/* What a byte may become: "%XX". A quote and a backslash become two. */
enum { ESCAPED_BYTES = 3 };

static void put_escaped(struct buffer *line, char byte)
{
    static const char hex[] = "0123456789ABCDEF";
    const unsigned char value = (unsigned char)byte;
    const char escaped[ESCAPED_BYTES] = { '%', hex[value >> 4], hex[value & 15] };

    put_bytes(line, escaped, sizeof(escaped));
}

/* At most `most` bytes of what somebody chose. A character is not cut in two. */
static void put_chosen(struct buffer *line, const char *chosen, size_t most)
{
    const size_t length = strlen(chosen); /* beyond `most` too, to see what is cut */
    size_t done = 0, at = 0;              /* what is between them is put as it is */

    while (at < length && at < most) {
        const size_t plain = plain_bytes(chosen + at, length - at);
        const bool is_quoted = chosen[at] == '"' || chosen[at] == '\\';
        if (at + plain > most)
            break;
        if (plain > 0 && !is_quoted) {
            at += plain;
            continue;
        }
        put_bytes(line, chosen + done, at - done);
        if (is_quoted)
            put_bytes(line, "\\", 1);
        else
            put_escaped(line, chosen[at]);
        done = is_quoted ? at : at + 1;
        at++;
    }
    put_bytes(line, chosen + done, at - done);
}

/* The name as it is in the line: ,"name":  And null without a text. */
static void put_member(struct buffer *line, const char *name, const char *chosen, size_t most)
{
    put_text(line, name);
    put_text(line, chosen != NULL ? "\"" : "null");
    if (chosen == NULL)
        return;
    put_chosen(line, chosen, most);
    put_bytes(line, "\"", 1);
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

/* No clock of ours runs backwards. */
static uint64_t not_negative(int64_t number)
{
    return number > 0 ? (uint64_t)number : 0;
}

size_t record_format(const struct record *record, char line[RECORD_LINE_BYTES])
{
    char id[RECORD_ID_BYTES], time[RECORD_TIME_BYTES];
    struct buffer text = { .bytes = line, .size = RECORD_LINE_BYTES };

    record_id(record, id);
    record_time(record->milliseconds, time);
    put_text(&text, "{\"id\":\"");
    put_bytes(&text, id, RECORD_ID_BYTES - 1);
    put_text(&text, "\",\"time\":\"");
    put_bytes(&text, time, RECORD_TIME_BYTES - 1);
    put_member(&text, "\",\"route\":", record->route, NAME_BYTES);
    put_member(&text, ",\"client\":", record->client, ADDRESS_BYTES);
    put_member(&text, ",\"method\":", record->method, RECORD_METHOD_BYTES);
    put_text(&text, ",\"verdict\":\"");
    put_text(&text, record_verdict_text(record_verdict(record->status)));
    put_text(&text, "\",\"status\":");
    put_decimal(&text, not_negative(record->status));
    put_member(&text, ",\"reason\":", record->reason, NAME_BYTES);
    put_member(&text, ",\"input\":", record->input, RECORD_INPUT_BYTES);
    put_text(&text, ",\"microseconds\":");
    put_decimal(&text, not_negative(record->microseconds));
    put_text(&text, ",\"request_id\":\"");
    put_bytes(&text, record->request_id, RECORD_REQUEST_ID_DIGITS);
    put_text(&text, "\"}\n");
    if (text.is_full)
        abort(); /* it has room for any: see the assertion above */
    return text.length;
}
