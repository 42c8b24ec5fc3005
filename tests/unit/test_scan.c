/* The look at a FastCGI request before libfcgi reads it. */
#include "fcgi_bytes.h"
#include "route/probe.h"
#include "route/scan.h"

#include <criterion/criterion.h>

enum { BEGIN = 1, ABORT = 2, PARAMS = 4, STDIN = 5, DATA = 8, GET_VALUES = 9, RESPONDER = 1 };

static struct bytes bytes;

static enum scan_verdict verdict(void)
{
    return scan_request(bytes.data, bytes.length);
}

static void begin(void)
{
    bytes.length = 0;
    add_begin(&bytes, 1, RESPONDER, 0);
}

/* The verdict on a request with that content in its only PARAMS record. */
static enum scan_verdict params_verdict(const void *content, size_t length)
{
    begin();
    add_record(&bytes, PARAMS, 1, content, length, 0);
    add_record(&bytes, PARAMS, 1, NULL, 0, 0);
    add_record(&bytes, STDIN, 1, NULL, 0, 0);
    return verdict();
}

Test(scan, every_beginning_of_a_request_is_incomplete_and_the_whole_complete)
{
    bytes.length = 0;
    add_request(&bytes, "name=Bob");
    const size_t whole = bytes.length;
    for (size_t length = 0; length < whole; length++)
        cr_expect_eq(scan_request(bytes.data, length), SCAN_INCOMPLETE, "%zu bytes", length);
    cr_expect_eq(verdict(), SCAN_COMPLETE);
}

Test(scan, more_than_one_request_is_malformed)
{
    bytes.length = 0;
    add_request(&bytes, "name=Bob");
    bytes.data[bytes.length++] = 1;
    cr_expect_eq(verdict(), SCAN_MALFORMED, "even one byte of a next one");
}

Test(scan, a_body_belongs_to_the_request)
{
    begin();
    add_record(&bytes, PARAMS, 1, NULL, 0, 0);
    add_record(&bytes, STDIN, 1, "body", 4, 4);
    cr_expect_eq(verdict(), SCAN_INCOMPLETE);
    add_record(&bytes, STDIN, 1, NULL, 0, 0);
    cr_expect_eq(verdict(), SCAN_COMPLETE);
}

Test(scan, first_records)
{
    static const struct {
        unsigned type, id, role;
        size_t length;
        enum scan_verdict verdict;
        const char *reason;
    } rows[] = {
        { BEGIN, 1, RESPONDER, 8, SCAN_INCOMPLETE, "a web server's" },
        { BEGIN, 65535, RESPONDER, 8, SCAN_INCOMPLETE, "the largest id" },
        { BEGIN, 0, RESPONDER, 8, SCAN_MALFORMED, "0 is the management's id" },
        { BEGIN, 1, 2, 8, SCAN_MALFORMED, "authorizer" },
        { BEGIN, 1, 3, 8, SCAN_MALFORMED, "filter" },
        { BEGIN, 1, 0x101, 8, SCAN_MALFORMED, "the high byte counts" },
        { BEGIN, 1, RESPONDER, 7, SCAN_MALFORMED, "too short" },
        { BEGIN, 1, RESPONDER, 9, SCAN_MALFORMED, "too long" },
        { PARAMS, 1, RESPONDER, 8, SCAN_MALFORMED, "no beginning" },
        { STDIN, 1, RESPONDER, 0, SCAN_MALFORMED, "no beginning" },
        { ABORT, 1, RESPONDER, 0, SCAN_MALFORMED, "aborts nothing" },
        { GET_VALUES, 0, RESPONDER, 0, SCAN_MALFORMED, "management that asks for nothing" },
        { 0, 1, RESPONDER, 8, SCAN_MALFORMED, "no type" },
        { 255, 1, RESPONDER, 8, SCAN_MALFORMED, "unknown type" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint8_t body[9] = { (uint8_t)(rows[i].role >> 8), (uint8_t)rows[i].role };
        bytes.length = 0;
        add_record(&bytes, rows[i].type, rows[i].id, body, rows[i].length, 0);
        cr_expect_eq(verdict(), rows[i].verdict, "%s", rows[i].reason);
    }
}

Test(scan, later_records)
{
    static const struct {
        unsigned type, id;
        const char *reason;
    } rows[] = {
        { BEGIN, 1, "a second beginning" },
        { BEGIN, 2, "multiplexing" },
        { STDIN, 1, "before the parameters end" },
        { PARAMS, 2, "another request's" },
        { ABORT, 1, "an abort" },
        { DATA, 1, "a filter's" },
        { GET_VALUES, 0, "management" },
        { 12, 1, "unknown" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin();
        add_record(&bytes, rows[i].type, rows[i].id, NULL, 0, 0);
        cr_expect_eq(verdict(), SCAN_MALFORMED, "%s", rows[i].reason);
    }
}

Test(scan, padding_is_for_content_only)
{
    bytes.length = 0;
    add_record(&bytes, BEGIN, 1, "\0\1\0\0\0\0\0\0", 8, 1);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "libfcgi would read it as a record");
    begin();
    add_record(&bytes, PARAMS, 1, NULL, 0, 8);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "the same behind an empty one");
    begin();
    add_record(&bytes, PARAMS, 1, "\0\0", 2, 255);
    cr_expect_eq(verdict(), SCAN_INCOMPLETE, "behind content it is legal");
}

Test(scan, wrong_version)
{
    begin();
    bytes.data[0] = 2;
    cr_expect_eq(scan_request(bytes.data, 1), SCAN_MALFORMED, "known from the first byte");
}

Test(scan, pairs)
{
    static const struct {
        const char *content;
        size_t length;
        enum scan_verdict verdict;
        const char *reason;
    } rows[] = {
        { "\1\1ab", 4, SCAN_COMPLETE, "one pair" },
        { "\1\0a", 3, SCAN_COMPLETE, "an empty value" },
        { "\0\0", 2, SCAN_COMPLETE, "an empty pair" },
        { "\x80\0\0\1\x80\0\0\1ab", 10, SCAN_COMPLETE, "lengths of four bytes" },
        { "\1", 1, SCAN_MALFORMED, "the second length is missing" },
        { "\1\1a", 3, SCAN_MALFORMED, "the value is missing" },
        { "\x80\0\0", 3, SCAN_MALFORMED, "a length cut short" },
        { "\xff\xff\xff\xff\xff\xff\xff\xff"
          "a",
          9, SCAN_MALFORMED, "lengths of 2^31-1" },
        { "\1\1\0b", 4, SCAN_MALFORMED, "NUL in a name" },
        { "\1\1a\0", 4, SCAN_MALFORMED, "NUL in a value: libfcgi would cut it there" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(params_verdict(rows[i].content, rows[i].length), rows[i].verdict, "%s",
                     rows[i].reason);
}

Test(scan, pairs_may_be_cut_anywhere_between_records)
{
    static const char content[] = "\x80\0\0\5\x80\0\0\3helloBob\4\2name42";

    for (size_t cut = 1; cut < sizeof(content) - 1; cut++) {
        begin();
        add_record(&bytes, PARAMS, 1, content, cut, 0);
        add_record(&bytes, PARAMS, 1, content + cut, sizeof(content) - 1 - cut, 0);
        add_record(&bytes, PARAMS, 1, NULL, 0, 0);
        add_record(&bytes, STDIN, 1, NULL, 0, 0);
        cr_expect_eq(verdict(), SCAN_COMPLETE, "cut at %zu", cut);
    }
}

Test(scan, sixty_four_pairs_and_no_more)
{
    uint8_t content[65 * 4];

    for (size_t i = 0; i < 65; i++)
        memcpy(content + 4 * i, "\1\1ab", 4);
    cr_expect_eq(params_verdict(content, 64 * 4), SCAN_COMPLETE);
    cr_expect_eq(params_verdict(content, 65 * 4), SCAN_MALFORMED);
}

Test(scan, a_request_has_a_largest_size)
{
    static const uint8_t body[40 * 1024];

    begin();
    add_record(&bytes, PARAMS, 1, NULL, 0, 0);
    add_record(&bytes, STDIN, 1, body, sizeof(body), 0);
    cr_expect_eq(verdict(), SCAN_INCOMPLETE);
    cr_expect_lt(bytes.length, (size_t)SCAN_MAX_BYTES);
    add_record(&bytes, STDIN, 1, body, SCAN_MAX_BYTES - bytes.length - 8, 0);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "it is full and its end can't come any more");
    bytes.length++;
    cr_expect_eq(verdict(), SCAN_MALFORMED);
}

Test(scan, every_beginning_of_a_probe_is_incomplete_and_the_whole_is_one)
{
    for (size_t length = 0; length < PROBE_QUESTION_BYTES; length++)
        cr_expect_eq(scan_request(probe_question, length), SCAN_INCOMPLETE, "%zu bytes", length);
    cr_expect_eq(scan_request(probe_question, PROBE_QUESTION_BYTES), SCAN_PROBE);
}

Test(scan, a_probe_is_that_to_the_byte)
{
    uint8_t changed[PROBE_QUESTION_BYTES];

    for (size_t at = 0; at < sizeof(changed); at++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            memcpy(changed, probe_question, sizeof(changed));
            changed[at] = (uint8_t)(changed[at] ^ bit);
            const enum scan_verdict found = scan_request(changed, sizeof(changed));
            cr_expect_neq(found, SCAN_PROBE, "byte %zu, bit %u", at, bit);
            cr_expect_neq(found, SCAN_COMPLETE, "byte %zu, bit %u", at, bit);
        }
}

Test(scan, nothing_stands_around_a_probe)
{
    bytes.length = 0;
    add_record(&bytes, GET_VALUES, 0, probe_question + 8, PROBE_QUESTION_BYTES - 8, 0);
    cr_expect_eq(verdict(), SCAN_PROBE, "as the record that it is");
    bytes.data[bytes.length++] = 1;
    cr_expect_eq(verdict(), SCAN_MALFORMED, "a byte behind it");
    bytes.length = PROBE_QUESTION_BYTES;
    add_request(&bytes, "name=Bob");
    cr_expect_eq(verdict(), SCAN_MALFORMED, "a request behind it");
    bytes.length = 0;
    add_record(&bytes, GET_VALUES, 0, "\016\000FCGI_MAX_CONNS", 16, 0);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "another name");
    bytes.length = 0;
    add_record(&bytes, GET_VALUES, 1, probe_question + 8, PROBE_QUESTION_BYTES - 8, 0);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "management has no request");
    bytes.length = 0;
    add_record(&bytes, GET_VALUES, 0, probe_question + 8, PROBE_QUESTION_BYTES - 8, 8);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "padding");
    begin();
    add_record(&bytes, GET_VALUES, 0, probe_question + 8, PROBE_QUESTION_BYTES - 8, 0);
    cr_expect_eq(verdict(), SCAN_MALFORMED, "within a request");
}
