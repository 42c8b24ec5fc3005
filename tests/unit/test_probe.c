/* The question whether a program serves, and its answer: the records, and both ends. */
#include "route/probe.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define HELLO "\1\12\0\0\0\25\0\0\16\5BULKHEAD_READYhello" /* 8 + 2 + 14 + 5 bytes */
enum { HELLO_BYTES = sizeof(HELLO) - 1 };

static uint8_t answer[PROBE_ANSWER_MAX + 1];
static char name[PROBE_NAME_MAX + 1];

static enum probe_verdict verdict(const void *bytes, size_t length)
{
    return probe_read_answer(bytes, length, name);
}

Test(probe, the_question_is_a_record_of_fastcgi)
{
    cr_expect_eq(memcmp(probe_question, "\1\11\0\0\0\20\0\0\16\0BULKHEAD_READY", 24), 0);
}

Test(probe, the_answer_is_the_route)
{
    cr_assert_eq(probe_write_answer(answer, "hello"), HELLO_BYTES);
    cr_expect_eq(memcmp(answer, HELLO, HELLO_BYTES), 0);
    cr_expect_eq(verdict(answer, HELLO_BYTES), PROBE_COMPLETE);
    cr_expect_str_eq(name, "hello");
}

Test(probe, every_beginning_of_an_answer_is_incomplete)
{
    for (size_t length = 0; length < HELLO_BYTES; length++) {
        cr_expect_eq(verdict(HELLO, length), PROBE_INCOMPLETE, "%zu bytes", length);
        cr_expect_str_eq(name, "");
    }
}

Test(probe, an_answer_is_that_to_the_byte)
{
    char changed[HELLO_BYTES];

    for (size_t at = 0; at < sizeof(changed); at++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            memcpy(changed, HELLO, sizeof(changed));
            changed[at] = (char)(changed[at] ^ (int)bit);
            const enum probe_verdict found = verdict(changed, sizeof(changed));
            if (found == PROBE_COMPLETE)
                cr_expect(at >= PROBE_QUESTION_BYTES && memcmp(name, changed + 24, 5) == 0,
                          "another name is another route's answer: byte %zu, bit %u", at, bit);
        }
}

Test(probe, names)
{
    static const struct {
        const char *name;
        bool is_one;
        const char *reason;
    } rows[] = {
        { "hello", true, "a route's" },
        { "a", true, "the shortest" },
        { "0-_z", true, "every kind of character" },
        { "abcdefghijklmnopqrstuvwxyz012345", true, "32 bytes" },
        { "abcdefghijklmnopqrstuvwxyz0123456", false, "33 bytes" },
        { "", false, "none" },
        { "Hello", false, "a capital" },
        { "a b", false, "a blank" },
        { "a\"", false, "what would end a JSON string" },
        { "a\n", false, "a line break" },
        { "\xc3\xa4", false, "no ASCII" },
        { "../a", false, "a path" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const size_t length = strlen(rows[i].name);
        cr_expect_eq(probe_is_name(rows[i].name, length), rows[i].is_one, "%s", rows[i].reason);
        cr_expect_eq(probe_write_answer(answer, rows[i].name) > 0, rows[i].is_one, "%s",
                     rows[i].reason);
    }
}

Test(probe, answers_that_are_none)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *reason;
    } rows[] = {
        { HELLO "x", HELLO_BYTES + 1, "a byte behind it" },
        { "\1\12\0\0\0\20\0\0\16\0BULKHEAD_READY", 24, "no value" },
        { "\1\12\0\0\0\25\0\0\16\5BULKHEAD_READYhell\0", HELLO_BYTES, "a NUL in the name" },
        { "\1\12\0\0\0\25\0\0\16\5BULKHEAD_READYhe\"lo", HELLO_BYTES, "no name" },
        { "\1\12\0\0\0\61\0\0\16\41BULKHEAD_READY", 24, "a value of 33 bytes" },
        { "\1\12\0\0\0\25\0\0\16\4BULKHEAD_READYhello", HELLO_BYTES, "lengths that differ" },
        { "\1\12\0\0\0\0\0\0\16\5BULKHEAD_READYhello", HELLO_BYTES, "an empty record" },
        { "HTTP/1.1 400 Bad Request\r\n", 26, "another protocol" },
        { "\1\11\0\0\0\20\0\0\16\0BULKHEAD_READY", 24, "the question itself" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(verdict(rows[i].bytes, rows[i].length), PROBE_WRONG, "%s", rows[i].reason);
        cr_expect_str_eq(name, "", "%s", rows[i].reason);
    }
}

/* --- both ends -------------------------------------------------------------------------------- */

Test(probe, a_program_answers_and_takes_nothing)
{
    char rest[8];
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert_eq(write(ends[0], "rest", 4), 4);
    cr_expect(probe_answer(ends[1], "hello"));
    cr_expect_eq(read(ends[0], answer, sizeof(answer)), HELLO_BYTES);
    cr_expect_eq(memcmp(answer, HELLO, HELLO_BYTES), 0);
    cr_expect_eq(read(ends[1], rest, sizeof(rest)), 4);
}

Test(probe, a_program_does_not_wait_for_who_reads_no_answer, .timeout = 30)
{
    int ends[2], answered = 0;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    while (probe_answer(ends[1], "hello") && ++answered < 1000000)
        ;
    cr_expect(answered > 10 && answered < 1000000);
}

Test(probe, why_there_is_no_answer)
{
    char path[200], folder[] = "/tmp/bulkhead-probe-XXXXXX";
    struct sockaddr_un there = { .sun_family = AF_UNIX };
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(listener, 0);
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/socket", folder);
    cr_expect_str_eq(probe(path, 1000), "No such file or directory");
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    cr_expect_str_eq(probe(path, 1000), "File name too long");
    snprintf(path, sizeof(path), "%s/socket", folder);
    snprintf(there.sun_path, sizeof(there.sun_path), "%.60s/socket", folder);
    cr_assert_eq(bind(listener, (const struct sockaddr *)&there, sizeof(there)), 0);
    cr_expect_str_eq(probe(path, 1000), "Connection refused", "nobody listens");
    cr_assert_eq(listen(listener, 4), 0);
    cr_expect_str_eq(probe(path, 50), "no answer in time", "nobody accepts");
    unlink(path);
    rmdir(folder);
    close(listener);
}
