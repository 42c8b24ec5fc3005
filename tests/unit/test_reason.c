/* Messages of libpq's as one line of a log. */
#include "trail/reason.h"

#include <criterion/criterion.h>
#include <string.h>

Test(reason, lines)
{
    static const struct {
        const char *message, *reason;
    } rows[] = {
        { "", "" },
        { "\n", "" },
        { "one\n", "one" },
        { "one", "one" },
        { "one\n\ntwo\n", "one; two" },
        { "::1 failed: refused\n\tIs the server running?\n127.0.0.1 failed: FATAL:  no\n",
          "::1 failed: refused; 127.0.0.1 failed: FATAL:  no" },
        { "\tIs it?\n", "" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char reason[REASON_BYTES];
        reason_write(rows[i].message, reason);
        cr_expect_str_eq(reason, rows[i].reason);
    }
}

Test(reason, lengths)
{
    char message[4 * REASON_BYTES], reason[REASON_BYTES];

    for (size_t length = 0; length < sizeof(message); length += 7) {
        memset(message, 'x', sizeof(message));
        for (size_t i = 50; i < length; i += 51)
            message[i] = '\n';
        message[length] = '\0';
        reason_write(message, reason);
        cr_expect_lt(strnlen(reason, sizeof(reason)), sizeof(reason));
    }
}
