/* The head of an answer over HTTP/1: what is one, and what is the beginning of one. */
#include "supervise/answer.h"

#include <criterion/criterion.h>
#include <string.h>

#define END "\r\n\r\n"

static int status_of(const char *text)
{
    return answer_status(text, strlen(text));
}

Test(answer, heads)
{
    static const struct {
        const char *head;
        int status;
        const char *reason;
    } rows[] = {
        { "HTTP/1.1 200 OK" END, 200, "the usual" },
        { "HTTP/1.0 200 OK" END, 200, "an older one" },
        { "HTTP/1.1 497 " END, 497, "without a reason" },
        { "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://x/\r\nA-B:\r\n\r\n", 308,
          "fields" },
        { "HTTP/1.1 503 \xc3\xa9\t\r\nA: \xff" END, 503, "bytes that are no ASCII" },
        { "HTTP/1.1 200 OK" END "anything\0", 200, "what is behind is the body" },
        { "HTTP/1.1 100 x" END, 100, "the lowest" },
        { "HTTP/1.1 599 x" END, 599, "the highest" },
        { "HTTP/1.1 099 x" END, ANSWER_WRONG, "too low" },
        { "HTTP/1.1 600 x" END, ANSWER_WRONG, "too high" },
        { "HTTP/1.1 200" END, ANSWER_WRONG, "the blank belongs to it, also without a reason" },
        { "HTTP/1.1 20 OK" END, ANSWER_WRONG, "two digits" },
        { "HTTP/1.1 2000 OK" END, ANSWER_WRONG, "four digits" },
        { "HTTP/1.1 -20 OK" END, ANSWER_WRONG, "no digit" },
        { "HTTP/1.1 2x0 OK" END, ANSWER_WRONG, "no digit" },
        { "HTTP/1.1  200 OK" END, ANSWER_WRONG, "two blanks" },
        { "HTTP/1.x 200 OK" END, ANSWER_WRONG, "no version" },
        { "HTTP/1.10 200 OK" END, ANSWER_WRONG, "nor this" },
        { "HTTP/1." END, ANSWER_WRONG, "nothing else" },
        { "HTTP/1.1 200 O\1K" END, ANSWER_WRONG, "a control character" },
        { "HTTP/1.1 200 O\nK" END, ANSWER_WRONG, "half an end of a line" },
        { "HTTP/1.1 200 OK\r\nA: \x7f" END, ANSWER_WRONG, "in a field" },
        { "HTTP/1.1 200 OK\r\nA: \r" END, ANSWER_WRONG, "a lone CR" },
        { "HTTP/1.1 200 OK\r\nno field" END, ANSWER_WRONG, "a field has a colon" },
        { "HTTP/1.1 200 OK\r\n: x" END, ANSWER_WRONG, "and a name" },
        { "HTTP/1.1 200 OK\r\nA : x" END, ANSWER_WRONG, "without a blank" },
        { "HTTP/1.1 200 OK\r\nA: x\r\n folded: y" END, ANSWER_WRONG, "and begins its line" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(status_of(rows[i].head), rows[i].status, "row %zu, %s: %d", i, rows[i].reason,
                     status_of(rows[i].head));
}

Test(answer, nul_is_no_text)
{
    static const char in_name[] = "HTTP/1.1 200 OK\r\nA\0B: x" END,
                      in_reason[] = "HTTP/1.1 200 O\0K" END;

    cr_expect_eq(answer_status(in_name, sizeof(in_name) - 1), ANSWER_WRONG);
    cr_expect_eq(answer_status(in_reason, sizeof(in_reason) - 1), ANSWER_WRONG);
}

Test(answer, every_beginning_is_incomplete)
{
    static const char whole[] = "HTTP/1.1 200 OK\r\nServer: nginx" END;

    for (size_t length = 0; length < sizeof(whole) - 1; length++)
        cr_expect_eq(answer_status(whole, length), ANSWER_INCOMPLETE, "%zu bytes", length);
}

Test(answer, what_can_be_none_is_not_waited_for)
{
    static const char *const others[] = { "SSH-2.0-x\r\n", "HTTP/2",    "http/1.1 200 OK\r\n",
                                          "\x15\3",        " HTTP/1.1", "HTTP 200" };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_expect_eq(status_of(others[i]), ANSWER_WRONG, "%s", others[i]);
}
