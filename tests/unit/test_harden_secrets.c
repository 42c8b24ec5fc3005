/* What is a secret; and which images are too old. */
#include "core/images.h"
#include "core/secrets.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(harden_secrets, names)
{
    static const char *const secret[] = { "DB_PASSWORD",   "password",     "apiKey",
                                          "API_KEY",       "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY",
                                          "DB_PASS",       "MYSQL_PWD",    "client-secret",
                                          "my.passphrase", "privateKey",   "APIKEY" };
    static const char *const open[] = {
        "PASSWORD_FILE", "TOKEN_URL",    "PUBLIC_KEY",  "KEY",    "PWD", "OLDPWD", "COMPASS",
        "MAX_TOKENS",    "TOKENIZERS_X", "SECRET_NAME", "MONKEY", "A",   "",       "ACCESS_KEY_ID"
    };

    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
        cr_expect(is_secret_name(secret[i], strlen(secret[i])), "%s", secret[i]);
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        cr_expect(!is_secret_name(open[i], strlen(open[i])), "%s", open[i]);
}

Test(harden_secrets, values)
{
    static const struct {
        const char *value;
        bool is_secret;
    } rows[] = {
        { "AKIAABCDEFGHIJKLMNOP", true },
        { "XAKIAABCDEFGHIJKLMNOP", false },
        { "AKIA", false },
        { "postgres://a:b@c/d", true },
        { "postgres://a@c/d", false },
        { "postgres://a:${B}@c/d", false },
        { "https://a/b:c@d", false },
        { "-----BEGIN RSA PRIVATE KEY-----", true },
        { "hello", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(is_secret_value(rows[i].value, strlen(rows[i].value)), rows[i].is_secret, "%s",
                     rows[i].value);
}

Test(harden_secrets, placeholders)
{
    static const char *const placeholders[] = {
        "",           "$A",           "a${B}c",         "a$$$b",
        "<password>", "<<your>>",     "Bearer <token>", "{{ a }}",
        "%s",         "%(password)s", "#{a}",           "xxxxxxxx",
        "****",       "....",         "your-token",     "my_YOUR_token",
        "YourSecret", "REPLACE_ME",   "placeholder1"
    };
    static const char *const values[] = { "changeme", "your",     "a<b",   "a>b<c",
                                          "hunter2",  "pa$$word", "word$", "a$$$$b",
                                          "{a}",      "xxx",      "***",   "example" };

    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
        cr_expect(is_placeholder(placeholders[i], strlen(placeholders[i])), "%s", placeholders[i]);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        cr_expect(!is_placeholder(values[i], strlen(values[i])), "%s", values[i]);
    cr_expect(!is_placeholder("ab$<>", 2), "what is behind it does not count");
}

Test(harden_secrets, files)
{
    cr_expect(is_secret_file("a/.env") && is_secret_file(".ssh/") && is_secret_file("tls.key"));
    cr_expect(is_secret_file(".env.local") && is_secret_file("ID_RSA"));
    cr_expect(!is_secret_file(".env.example") && !is_secret_file("id_rsa.pub"));
    cr_expect(!is_secret_file("a.env/b") && !is_secret_file("ca.pem") && !is_secret_file(""));
}

Test(harden_images, end_of_life)
{
    static const struct {
        const char *reference, *end;
    } rows[] = {
        { "debian:jessie-slim", "2020-06-30" },
        { "debian:8.11", "2020-06-30" },
        { "debian:13", NULL },
        { "alpine:3.1", "2016-11-01" },
        { "alpine:3.18.4", "2025-05-09" },
        { "alpine", NULL },
        { "node:22-alpine3.18", "2025-05-09" },
        { "python:3.13-slim-buster", "2024-06-30" },
        { "python:3.13-slim", NULL },
        { "centos", "2024-06-30" },
        { "mirror.example/debian:jessie", NULL },
    };
    struct pool pool = { .chunks = NULL };

    setenv("SOURCE_DATE_EPOCH", "1780000000", 1); /* 28 May 2026 */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct image image = image_split(&pool, rows[i].reference);
        const char *const end = image_end_of_life(&image);
        cr_expect_eq(end == NULL, rows[i].end == NULL, "%s", rows[i].reference);
        if (end != NULL && rows[i].end != NULL)
            cr_expect_str_eq(end, rows[i].end, "%s", rows[i].reference);
    }
    setenv("SOURCE_DATE_EPOCH", "1400000000", 1); /* 2014 */
    const struct image jessie = image_split(&pool, "debian:jessie");
    cr_expect_null(image_end_of_life(&jessie), "it was maintained then");
    pool_free(&pool);
}
