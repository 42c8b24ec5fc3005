/* The setting DATABASE_URL: which database the trail is in. */
#ifndef BULKHEAD_DATABASE_URL_H
#define BULKHEAD_DATABASE_URL_H

#include <stdbool.h>
#include <stddef.h>

/* What libpq is told; see database_url.c. */
enum database_keyword {
    DATABASE_HOST,
    DATABASE_HOSTADDR,
    DATABASE_PORT,
    DATABASE_NAME,
    DATABASE_USER,
    DATABASE_PASSWORD,
    DATABASE_PASSFILE,
    DATABASE_SSLMODE,
    DATABASE_SSLROOTCERT,
    DATABASE_SESSION,
    DATABASE_GSSENCMODE,
    DATABASE_ENCODING,
    DATABASE_APPLICATION,
    DATABASE_OPTIONS,
    DATABASE_CONNECT_TIMEOUT,
    DATABASE_KEEPALIVES_IDLE,
    DATABASE_KEEPALIVES_INTERVAL,
    DATABASE_KEEPALIVES_COUNT,
    DATABASE_TCP_USER_TIMEOUT,
    DATABASE_KEYWORDS
};

enum { DATABASE_HOSTS_MAX = 4 };

/*
 * For PQconnectStartParams; both end with NULL. Over TCP the host may be several, with a comma
 * between them: a primary and its standbys, at one port.
 */
struct database_url {
    bool is_off;    /* this deployment keeps no trail */
    bool is_remote; /* a server over TCP, with TLS; see database_remote.h for what it takes */
    const char *keywords[DATABASE_KEYWORDS + 1];
    const char *values[DATABASE_KEYWORDS + 1];
    char *owned[DATABASE_KEYWORDS];
};

/* Who asks: a program's own part of what libpq is told. */
struct database_login {
    const char *user;
    const char *application; /* as pg_stat_activity shows it */
    const char *options;     /* of the session, as `postgres` takes them */
};

enum { DATABASE_FAULT_BYTES = 240 };

/*
 * Reads `off`, or libpq's URI or keywords. False: `fault` says what to change, and holds no value
 * of it, for one may be a password. database_url_free frees what a true one holds.
 */
bool database_url_parse(const char *text, const struct database_login *login,
                        struct database_url *url, char fault[DATABASE_FAULT_BYTES]);
void database_url_free(struct database_url *url);

/* Tells libpq `value`, of malloc, which the URL owns from then on. */
void database_url_set(struct database_url *url, enum database_keyword keyword, char *value);

/*
 * The host that begins at *list, of a list with commas, and moves *list behind it; NULL at its end.
 * For as long as `host` lasts, which is to have room for a whole list.
 */
const char *database_url_next_host(const char **list, char *host, size_t room);

/* The first host or address of a list comes last from now on. */
void database_url_turn(struct database_url *url);

/* Takes away the environment variables that libpq would listen to. Before any thread. */
void database_forget_environment(void);

#endif
