/* DATABASE_URL: what is taken, what libpq is told of it, and what no message repeats. */
#include "trail/database_url.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct database_login login = { .user = "bulkhead_trail",
                                             .application = "bulkhead trail",
                                             .options = "-c timezone=UTC" };
#define FAR "postgresql://db.example.com"
#define CA  "sslrootcert=/etc/ca.pem"

/* NULL: libpq is not told. */
static const char *told(const struct database_url *url, const char *keyword)
{
    for (size_t i = 0; url->keywords[i] != NULL; i++)
        if (strcmp(url->keywords[i], keyword) == 0)
            return url->values[i];
    return NULL;
}

static void expect_told(const struct database_url *url, const char *keyword, const char *value)
{
    const char *const found = told(url, keyword);

    if (value == NULL)
        cr_expect_null(found, "%s", keyword);
    else
        cr_expect(found != NULL && strcmp(found, value) == 0, "%s is %s, not %s", keyword,
                  found != NULL ? found : "NULL", value);
}

static bool parse(const char *text, struct database_url *url)
{
    char fault[DATABASE_FAULT_BYTES] = "";
    const bool taken = database_url_parse(text, &login, url, fault);

    cr_expect_eq(taken, fault[0] == '\0', "%s: %s", text, fault);
    cr_expect_null(strstr(fault, "s3cret"), "%s: %s", text, fault);
    return taken;
}

Test(database_url, on_this_machine)
{
    struct database_url url;

    cr_assert(parse("postgresql:///trail?host=/run/postgresql", &url));
    cr_expect_not(url.is_remote || url.is_off);
    expect_told(&url, "host", "/run/postgresql");
    expect_told(&url, "port", "5432");
    expect_told(&url, "dbname", "trail");
    expect_told(&url, "user", "bulkhead_trail");
    expect_told(&url, "passfile", "/nonexistent");
    expect_told(&url, "sslmode", "disable");
    expect_told(&url, "sslrootcert", NULL);
    expect_told(&url, "connect_timeout", NULL);
    database_url_free(&url);
    cr_assert(parse("", &url));
    expect_told(&url, "host", "/");
    database_url_free(&url);
    cr_assert(parse("off", &url));
    cr_expect(url.is_off);
}

Test(database_url, over_tcp)
{
    struct database_url url;

    cr_assert(parse("postgresql://me@db.example.com:6432/trail?sslmode=verify-full&"
                    "sslrootcert=/etc/my%20ca.pem&passfile=/etc/pgpass",
                    &url));
    cr_expect(url.is_remote);
    expect_told(&url, "host", "db.example.com");
    expect_told(&url, "hostaddr", NULL);
    expect_told(&url, "port", "6432");
    expect_told(&url, "dbname", "trail");
    expect_told(&url, "user", "bulkhead_trail");
    expect_told(&url, "password", NULL);
    expect_told(&url, "passfile", "/nonexistent");
    cr_expect_str_eq(url.owned[DATABASE_PASSFILE], "/etc/pgpass");
    expect_told(&url, "sslmode", "verify-full");
    expect_told(&url, "sslrootcert", "/etc/my ca.pem");
    expect_told(&url, "connect_timeout", "10");
    database_url_set(&url, DATABASE_HOSTADDR, strdup("192.0.2.1"));
    database_url_set(&url, DATABASE_HOSTADDR, strdup("192.0.2.2"));
    expect_told(&url, "hostaddr", "192.0.2.2");
    database_url_free(&url);
}

/* A primary and its standbys: the one that takes records is asked for. */
Test(database_url, several_hosts)
{
    static const struct row {
        const char *url, *host, *port, *session;
    } rows[] = {
        { "postgresql://a,b/x?" CA, "a,b", "5432", "primary" },
        { "postgresql://a:6432,b:6432/x?" CA, "a,b", "6432", "primary" },
        { "postgresql://a:5432,b/x?" CA, "a,b", "5432", "primary" },
        { "postgresql://a,b:5432/x?" CA, "a,b", "5432", "primary" },
        { "postgresql:///x?host=a,192.0.2.1,c,d&port=6432&" CA, "a,192.0.2.1,c,d", "6432",
          "primary" },
        { "postgresql://a,b/x?target_session_attrs=read-write&" CA, "a,b", "5432", "primary" },
        { "postgresql://a,b/x?target_session_attrs=primary&" CA, "a,b", "5432", "primary" },
        { "postgresql://a/x?target_session_attrs=read-write&" CA, "a", "5432", "primary" },
        { "postgresql://a/x?" CA, "a", "5432", NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct database_url url;
        cr_assert(parse(rows[i].url, &url), "%s", rows[i].url);
        cr_expect(url.is_remote);
        expect_told(&url, "host", rows[i].host);
        expect_told(&url, "port", rows[i].port);
        expect_told(&url, "target_session_attrs", rows[i].session);
        database_url_free(&url);
    }
}

Test(database_url, hosts_one_by_one)
{
    const char *list = "a,bb,c";
    char host[3];

    cr_expect_str_eq(database_url_next_host(&list, host, sizeof(host)), "a");
    cr_expect_str_eq(database_url_next_host(&list, host, sizeof(host)), "bb");
    cr_expect_str_eq(database_url_next_host(&list, host, sizeof(host)), "c");
    cr_expect_null(database_url_next_host(&list, host, sizeof(host)));
    list = "abc,d";
    cr_expect_null(database_url_next_host(&list, host, sizeof(host)), "no part of a name");
}

Test(database_url, hosts_take_turns)
{
    struct database_url url;

    cr_assert(parse("postgresql://a,bb,ccc/x?" CA, &url));
    database_url_set(&url, DATABASE_HOSTADDR, strdup("192.0.2.1,192.0.2.22,::1"));
    database_url_turn(&url);
    expect_told(&url, "host", "bb,ccc,a");
    expect_told(&url, "hostaddr", "192.0.2.22,::1,192.0.2.1");
    database_url_turn(&url);
    database_url_turn(&url);
    expect_told(&url, "host", "a,bb,ccc");
    database_url_free(&url);
    cr_assert(parse(FAR "/x?" CA, &url));
    database_url_turn(&url);
    expect_told(&url, "host", "db.example.com");
    database_url_free(&url);
}

Test(database_url, good)
{
    static const char *const good[] = {
        FAR "/?" CA,
        "postgres://[2001:db8::1]/x?" CA,
        "postgresql://192.0.2.1:1/x?" CA,
        "host=db.example.com " CA,
        "host=db.example.com user=me sslmode=verify-full " CA,
        FAR ":65535/x?" CA "&passfile=/x",
        "postgresql:///x?host=/run/postgresql&user=me",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct database_url url;
        cr_assert(parse(good[i], &url), "%s", good[i]);
        expect_told(&url, "sslmode", url.is_remote ? "verify-full" : "disable");
        database_url_free(&url);
    }
}

Test(database_url, bad)
{
    static const char *const bad[] = {
        "s3cret",
        "s3cret://x",
        FAR "/x",
        FAR "/x?sslrootcert=s3cret.pem",
        FAR "/x?sslrootcert=system",
        FAR "/x?sslrootcert=",
        FAR "/x?" CA "&sslmode=disable",
        FAR "/x?" CA "&sslmode=allow",
        FAR "/x?" CA "&sslmode=prefer",
        FAR "/x?" CA "&sslmode=require",
        FAR "/x?" CA "&sslmode=verify-ca",
        FAR "/x?" CA "&sslmode=s3cret",
        FAR "/x?" CA "&sslmode=verify-full,verify-ca",
        FAR "/x?" CA "&ssl=true",
        FAR "/x?" CA "&passfile=s3cret",
        FAR "/x?" CA "&password=s3cret",
        FAR "/x?" CA "&sslkey=/s3cret",
        FAR "/x?" CA "&sslcert=/s3cret",
        FAR "/x?" CA "&sslpassword=s3cret",
        FAR "/x?" CA "&hostaddr=192.0.2.1",
        FAR "/x?" CA "&service=s3cret",
        FAR "/x?" CA "&options=-c%20s3cret",
        FAR "/x?" CA "&target_session_attrs=any",
        FAR ":0/x?" CA,
        FAR ":65536/x?" CA,
        FAR ":05432/x?" CA,
        FAR ":1,2/x?" CA,
        "postgresql://me:s3cret@db.example.com/x?" CA,
        FAR "/x?" CA "&target_session_attrs=read-only",
        FAR "/x?" CA "&target_session_attrs=prefer-standby",
        "postgresql:///x?host=/run/postgresql&target_session_attrs=primary",
        "postgresql://a,/run/x?" CA,
        "postgresql:///x?host=a%20s3cret&" CA,
        "postgresql:///x?host=@s3cret&" CA,
        "postgresql:///x?host=fe80::1%25eth0&" CA,
        "postgresql:///x?" CA,
        "postgresql:///x?host=/run/postgresql&" CA,
        "postgresql:///x?host=/run/postgresql&sslmode=disable",
        "postgresql:///x?host=/run/postgresql&passfile=/s3cret",
        "postgresql:///x?host=/run/postgresql,db.example.com",
        "postgresql:///x?host=/run/postgresql&password=s3cret",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct database_url url;
        cr_expect_not(parse(bad[i], &url), "%s", bad[i]);
    }
}

Test(database_url, bad_hosts)
{
    static const char *const bad[] = {
        "postgresql:///x?host=a,/run&" CA,
        "postgresql:///x?host=a,&" CA,
        "postgresql:///x?host=,a&" CA,
        "postgresql:///x?host=a,,b&" CA,
        "postgresql:///x?host=a,b,c,d,e&" CA,
        "postgresql:///x?host=a,b@s3cret&" CA,
        "postgresql://a:5432,b:5433/x?" CA,
        "postgresql://a:6432,b/x?" CA,
        "postgresql://a,b:6432/x?" CA,
        "postgresql://a:0,b:0/x?" CA,
        "postgresql://a:5432,b:54321234567/x?" CA,
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct database_url url;
        cr_expect_not(parse(bad[i], &url), "%s", bad[i]);
    }
}

Test(database_url, a_name_may_be_so_long)
{
    struct database_url url;
    char text[400];

    snprintf(text, sizeof(text), "host=%0253d " CA, 1);
    cr_expect(parse(text, &url));
    database_url_free(&url);
    snprintf(text, sizeof(text), "host=%0254d " CA, 1);
    cr_expect_not(parse(text, &url));
}
