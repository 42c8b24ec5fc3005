/* libpq's password file: which line counts, and what its password is. */
#include "trail/passfile.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct passfile_key key = {
    .host = "db.example.com", .port = "5432", .database = "bulkhead", .user = "bulkhead_trail"
};
#define MINE "db.example.com:5432:bulkhead:bulkhead_trail:"

Test(passfile, table)
{
    static const struct {
        const char *text, *password, *reason; /* password NULL: none */
    } rows[] = {
        { MINE "secret", "secret", "without a newline" },
        { MINE "secret\n", "secret", "with one" },
        { MINE "secret\r\n", "secret", "as Windows ends lines" },
        { "\n\n" MINE "a\n" MINE "b\n", "a", "the first that fits" },
        { "*:*:*:*:any\n" MINE "b\n", "any", "asterisks come first" },
        { "*:5433:*:*:no\n*:5432:*:*:yes\n", "yes", "by the port" },
        { "db.example.com:5432:bulkhead:*:x\n", "x", "an asterisk for one field" },
        { "**:5432:bulkhead:bulkhead_trail:x\n", NULL, "an asterisk is no pattern" },
        { "db.example.co:5432:bulkhead:bulkhead_trail:x\n", NULL, "a shorter host" },
        { "db.example.comm:5432:bulkhead:bulkhead_trail:x\n", NULL, "a longer host" },
        { "DB.example.com:5432:bulkhead:bulkhead_trail:x\n", NULL, "case counts" },
        { "#" MINE "x\n", NULL, "a comment" },
        { "#*:*:*:*:x\n*:*:*:*:y\n", "y", "a comment, and a line" },
        { " " MINE "x\n", NULL, "a blank is no part of it" },
        { MINE " x \n", " x ", "and one in the password is" },
        { MINE "a\\:b\\\\c\\d\n", "a:b\\cd", "escapes" },
        { MINE "a:b\n", "a", "a colon ends it" },
        { MINE "a\\\n", "a\\", "a backslash at the end is itself" },
        { "db\\.example.com:543\\2:*:*:x\n", "x", "escapes in fields" },
        { MINE "\n" MINE "x\n", NULL, "an empty one is none, and counts" },
        { "db.example.com:5432:bulkhead:bulkhead_trail\n", NULL, "no fifth field" },
        { "db.example.com\n:5432:bulkhead:bulkhead_trail:x\n", NULL, "over two lines" },
        { "", NULL, "nothing" },
        { "\\", NULL, "a backslash" },
        { "*", NULL, "an asterisk" },
        { ":::::", NULL, "empty fields" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* harden: ignore S1 because it is what must stay as it is */
        char password[PASSFILE_PASSWORD_BYTES] = "untouched";
        const enum passfile_result result =
            passfile_find(rows[i].text, strlen(rows[i].text), &key, password);
        cr_expect_eq(result, rows[i].password != NULL ? PASSFILE_FOUND : PASSFILE_NONE, "%s",
                     rows[i].reason);
        cr_expect_str_eq(password, rows[i].password != NULL ? rows[i].password : "untouched", "%s",
                         rows[i].reason);
    }
}

/* As libpq has it; who escapes them is right, too. */
Test(passfile, an_address_of_ipv6)
{
    static const struct passfile_key v6 = {
        .host = "2001:db8::1", .port = "1", .database = "d", .user = "u"
    };
    static const char plain[] = "2001:db8::1:1:d:u:x", escaped[] = "2001\\:db8\\:\\:1:1:d:u:x";
    char password[PASSFILE_PASSWORD_BYTES];

    cr_expect_eq(passfile_find(plain, strlen(plain), &v6, password), PASSFILE_FOUND);
    cr_expect_eq(passfile_find(escaped, strlen(escaped), &v6, password), PASSFILE_FOUND);
}

Test(passfile, lengths)
{
    static char text[PASSFILE_BYTES_MAX + 1];
    char password[PASSFILE_PASSWORD_BYTES];

    memset(text, 'x', sizeof(text));
    memcpy(text, "*:*:*:*:", 8);
    cr_expect_eq(passfile_find(text, PASSFILE_LINE_MAX, &key, password), PASSFILE_FOUND);
    cr_expect_eq(strlen(password), PASSFILE_LINE_MAX - 8u);
    cr_expect_eq(passfile_find(text, PASSFILE_LINE_MAX + 1, &key, password), PASSFILE_WRONG);
    for (size_t i = PASSFILE_LINE_MAX; i < sizeof(text); i += PASSFILE_LINE_MAX)
        text[i - 1] = '\n';
    cr_expect_eq(passfile_find(text, PASSFILE_BYTES_MAX, &key, password), PASSFILE_FOUND);
    cr_expect_eq(passfile_find(text, PASSFILE_BYTES_MAX + 1, &key, password), PASSFILE_WRONG);
    cr_expect_eq(passfile_find("*:*:*:*:a\0b", 11, &key, password), PASSFILE_WRONG);
}
