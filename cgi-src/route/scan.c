#include "scan.h"

#include "probe.h"

#include <fastcgi.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_PAIRS = 64 };

/* Where in a name-value pair the PARAMS stream is; pairs may be cut anywhere between records. */
struct pairs {
    uint32_t lengths[2]; /* of name and value */
    unsigned filled;     /* how many of the two are known: 2 means that data follows */
    unsigned more_bytes; /* of the length being read, after its first byte */
    uint64_t data_left;  /* of name and value together */
    unsigned count;
};

struct record {
    unsigned type;
    unsigned id;
    const uint8_t *content;
    size_t length;
};

/* Takes one byte of a length: one byte up to 127, else four with the top bit set, big-endian. */
static void take_length_byte(struct pairs *pairs, uint8_t byte)
{
    uint32_t *length = &pairs->lengths[pairs->filled];

    if (pairs->more_bytes > 0) {
        *length = *length << 8 | byte;
        pairs->more_bytes--;
    } else if (byte & 0x80) {
        *length = byte & 0x7f;
        pairs->more_bytes = 3;
    } else {
        *length = byte;
    }
    if (pairs->more_bytes == 0)
        pairs->filled++;
}

/* Follows the pairs through one record's content. False: NUL, or more than may ever come. */
static bool take_pairs(struct pairs *pairs, const uint8_t *content, size_t length)
{
    while (length > 0) {
        if (pairs->filled < 2) {
            take_length_byte(pairs, *content++);
            length--;
            if (pairs->filled < 2)
                continue;
            pairs->data_left = (uint64_t)pairs->lengths[0] + pairs->lengths[1];
            if (pairs->data_left > SCAN_MAX_BYTES || ++pairs->count > MAX_PAIRS)
                return false;
        }
        const size_t taken = pairs->data_left < length ? (size_t)pairs->data_left : length;
        if (memchr(content, '\0', taken) != NULL)
            return false;
        content += taken;
        length -= taken;
        pairs->data_left -= taken;
        if (pairs->data_left == 0)
            pairs->filled = 0;
    }
    return true;
}

/* Reads a record at *at and moves past it. */
static enum scan_verdict next_record(const uint8_t **at, const uint8_t *end, struct record *record)
{
    const uint8_t *header = *at;
    const size_t left = (size_t)(end - header);

    if (left > 0 && header[0] != FCGI_VERSION_1)
        return SCAN_MALFORMED;
    if (left < FCGI_HEADER_LEN)
        return SCAN_INCOMPLETE;
    *record = (struct record){
        .type = header[1],
        .id = (unsigned)header[2] << 8 | header[3],
        .content = header + FCGI_HEADER_LEN,
        .length = (size_t)header[4] << 8 | header[5],
    };
    const size_t padding = header[6];
    /* Known from the header alone, so that a wrong type is refused before its content has come. */
    if (record->type != FCGI_BEGIN_REQUEST && record->type != FCGI_PARAMS &&
        record->type != FCGI_STDIN)
        return SCAN_MALFORMED;
    /* libfcgi forgets the padding behind a BEGIN_REQUEST or an empty record; nginx sends none. */
    if (padding > 0 && (record->type == FCGI_BEGIN_REQUEST || record->length == 0))
        return SCAN_MALFORMED;
    if (left - FCGI_HEADER_LEN < record->length + padding)
        return SCAN_INCOMPLETE;
    *at = record->content + record->length + padding;
    return SCAN_COMPLETE;
}

static bool is_begin(const struct record *record)
{
    return record->type == FCGI_BEGIN_REQUEST && record->id != 0 &&
           record->length == sizeof(FCGI_BeginRequestBody) &&
           (record->content[0] << 8 | record->content[1]) == FCGI_RESPONDER;
}

/* What begins like a management record is our own question, or nothing. */
static enum scan_verdict scan_probe(const uint8_t *bytes, size_t length)
{
    const size_t whole = sizeof(probe_question);

    if (length > whole || memcmp(bytes, probe_question, length) != 0)
        return SCAN_MALFORMED;
    return length == whole ? SCAN_PROBE : SCAN_INCOMPLETE;
}

enum scan_verdict scan_request(const uint8_t *bytes, size_t length)
{
    const uint8_t *at = bytes, *const end = bytes + length;
    struct pairs pairs = { .filled = 0 };
    struct record record;
    unsigned id;

    if (length > SCAN_MAX_BYTES)
        return SCAN_MALFORMED;
    if (length > 1 && bytes[1] == FCGI_GET_VALUES)
        return scan_probe(bytes, length);
    enum scan_verdict verdict = next_record(&at, end, &record);
    if (verdict != SCAN_COMPLETE)
        return verdict;
    if (!is_begin(&record))
        return SCAN_MALFORMED;
    id = record.id;

    for (unsigned stream = FCGI_PARAMS;;) {
        verdict = next_record(&at, end, &record);
        if (verdict != SCAN_COMPLETE)
            break;
        if (record.type != stream || record.id != id)
            return SCAN_MALFORMED;
        if (stream == FCGI_PARAMS && !take_pairs(&pairs, record.content, record.length))
            return SCAN_MALFORMED;
        if (record.length > 0)
            continue;
        if (stream == FCGI_STDIN)
            return at == end ? SCAN_COMPLETE : SCAN_MALFORMED;
        if (pairs.filled != 0 || pairs.more_bytes != 0)
            return SCAN_MALFORMED;
        stream = FCGI_STDIN;
    }
    /* A request that has used up its bytes and is not whole never will be. */
    return verdict == SCAN_INCOMPLETE && length >= SCAN_MAX_BYTES ? SCAN_MALFORMED : verdict;
}
