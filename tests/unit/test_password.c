/* Passwords that are too easy, and what a client sends as one. */
#include "trail/credentials.h"
#include "trail/guesses.h"
#include "trail/password_rules.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(password_rules, good)
{
    static const char *const good[] = {
        "x9-keeps-out",
        "correct horse battery staple",
        "d41d8cd98f00",
        "changeme-7Kx9q2LmPz",
        "mypasswordisverygood-indeed",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d-\xd7\x90\xd7\x91\xd7\x92\xd7\x93\xd7\x94\xd7\x96\xd7\x97",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect_null(password_fault(good[i], strlen(good[i])), "%s: %s", good[i],
                       password_fault(good[i], strlen(good[i])));
}

Test(password_rules, weak)
{
    static const char *const weak[] = {
        "",
        "x9-keeps-ou",
        "password",
        "default_password",
        "DEFAULT_PASSWORD",
        "changemechangeme",
        "changeme1234",
        "ChangeMe-2026-11",
        "password1234",
        "123456password",
        "P@55w0rd1234",
        "P4$$word!!!!",
        "passwordpasswordpassword",
        "my-new-password",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012",
        "210987654321",
        "abcdefghijkl",
        "x9-keeps\x01-out",
        "x9-keeps-out\xff",
    };
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
        cr_expect_not_null(password_fault(weak[i], strlen(weak[i])), "%s", weak[i]);
}

Test(password_rules, nul_and_length)
{
    char longest[PASSWORD_BYTES_MAX + 1];

    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = (char)('a' + i * i % 23);
    cr_expect_null(password_fault(longest, PASSWORD_BYTES_MAX));
    cr_expect_not_null(password_fault(longest, PASSWORD_BYTES_MAX + 1));
    cr_expect_not_null(password_fault("x9-keeps\0-out", 13));
    for (size_t i = 0; i < PASSWORD_BYTES_MAX; i++)
        longest[i] = "password"[i % 8];
    cr_expect_not_null(password_fault(longest, PASSWORD_BYTES_MAX));
}

Test(credentials, table)
{
    static const struct {
        const char *header, *user, *password, *reason; /* user NULL: refused */
    } rows[] = {
        { "Basic YWRtaW46eDp5", "admin", "x:y", "a password may have a colon" },
        { "bAsIc   YTpi", "a", "b", "any case, any spaces" },
        { "Basic Og==", "", "", "both empty" },
        { "Basic Og=", NULL, NULL, "half padded" },
        { "Basic Og", NULL, NULL, "unpadded" },
        { "Basic Og===", NULL, NULL, "padded too far" },
        { "Basic YTpi\n", NULL, NULL, "a line's end" },
        { "Basic YT pi", NULL, NULL, "a space inside" },
        { "Basic YWI=", NULL, NULL, "no colon" },
        { "Basic YWJ=", NULL, NULL, "bits left over" },
        { "Basic -_==", NULL, NULL, "the other alphabet" },
        { "Basic", NULL, NULL, "nothing" },
        { "Basic ", NULL, NULL, "nothing, and a space" },
        { "Bearer YTpi", NULL, NULL, "another scheme" },
        { "", NULL, NULL, "an empty header" },
        { NULL, NULL, NULL, "none" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct credentials credentials;
        const bool taken = credentials_parse(rows[i].header, &credentials);
        cr_assert_eq(taken, rows[i].user != NULL, "%s", rows[i].reason);
        if (!taken)
            continue;
        cr_expect_eq(credentials.user_length, strlen(rows[i].user), "%s", rows[i].reason);
        cr_expect_eq(credentials.password_length, strlen(rows[i].password), "%s", rows[i].reason);
        cr_expect_eq(memcmp(credentials.password, rows[i].password, strlen(rows[i].password)), 0);
    }
}

Test(credentials, the_longest)
{
    char header[CREDENTIALS_HEADER_MAX + 2] = "Basic YTpi";
    struct credentials credentials;

    memset(header + 6, 'O', sizeof(header) - 7); /* each four are 8, 4, 0x8e: no colon but bytes */
    memcpy(header + 6, "YTpi", 4);
    header[6 + 1384] = '\0';
    cr_expect(credentials_parse(header, &credentials));
    cr_expect_eq(credentials.length, 1038u);
    memset(header + 6 + 1384, 'O', 8);
    header[6 + 1392] = '\0';
    cr_expect_not(credentials_parse(header, &credentials), "longer than any password");
}

/* --- how many -----------------------------------------------------------------------------------
 */

static struct guesses guesses; /* too large for a stack; each test is a process of its own */

static int take_all(const char *client, int64_t now)
{
    int taken = 0;

    while (taken < 1000 && guesses_take(&guesses, client, now))
        taken++;
    return taken;
}

Test(guesses, so_many_at_once_and_one_at_a_time)
{
    cr_expect_eq(take_all("192.0.2.1", 1), GUESSES_AT_ONCE);
    cr_expect_eq(take_all("192.0.2.1", GUESS_EVERY_MS), 0);
    cr_expect_eq(take_all("192.0.2.1", GUESS_EVERY_MS + 1), 1);
    cr_expect_eq(take_all("192.0.2.1", 4 * GUESS_EVERY_MS + 1), 3);
    cr_expect_eq(take_all("192.0.2.1", 1000 * GUESS_EVERY_MS), GUESSES_AT_ONCE);
}

Test(guesses, what_was_none_is_given_back)
{
    for (int i = 0; i < 1000; i++) {
        cr_assert(guesses_take(&guesses, "192.0.2.1", 1));
        guesses_give_back(&guesses, "192.0.2.1");
    }
    cr_expect_eq(take_all("192.0.2.1", 1), GUESSES_AT_ONCE);
}

Test(guesses, each_client_has_its_own)
{
    cr_expect_eq(take_all("192.0.2.1", 1), GUESSES_AT_ONCE);
    cr_expect_eq(take_all("192.0.2.2", 1), GUESSES_AT_ONCE);
    cr_expect_eq(take_all("2001:db8::1", 1), GUESSES_AT_ONCE);
    cr_expect_eq(take_all("2001:db8::ffff:1", 1), 0, "the same network of 64 bits");
    cr_expect_eq(take_all("2001:db8:0:1::1", 1), GUESSES_AT_ONCE);
    cr_expect_eq(take_all(NULL, 1), GUESSES_AT_ONCE);
    cr_expect_eq(take_all("nonsense", 1), 0, "as good as unknown");
}

Test(guesses, a_crowd_does_not_free_who_guesses_most)
{
    char client[32];

    cr_expect_eq(take_all("192.0.2.1", 1), GUESSES_AT_ONCE);
    for (int i = 0; i < 3 * GUESSES_CLIENTS; i++) {
        snprintf(client, sizeof(client), "10.0.%d.%d", i / 256, i % 256);
        cr_assert(guesses_take(&guesses, client, 1));
    }
    cr_expect_eq(take_all("192.0.2.1", 1), 0);
}
