#include "trail/database_url.h"

#include "route/route.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { NAME_BYTES_MAX = 253 }; /* RFC 1035 */

/* What is meant without one: the cluster of `bulkhead`, whose socket is in the root folder. */
static const char private_cluster[] = "postgresql:///bulkhead?host=/";

/*
 * Every keyword that libpq is told. It looks up what it is not told, in files and in the network,
 * where the walls are by then. Whatever a URL has beyond the taken ones is refused.
 */
enum taken {
    OURS, /* the value is ours, or the program's */
    FROM_URL,
    FROM_REMOTE_URL, /* of a server over TCP */
};
static const struct keyword {
    const char *name;
    const char *local, *remote; /* without one in the URL; NULL: libpq is not told */
    enum taken taken;
} keywords[DATABASE_KEYWORDS] = {
    [DATABASE_HOST] = { "host", NULL, NULL, FROM_URL },
    [DATABASE_HOSTADDR] = { "hostaddr", NULL, NULL, OURS },
    [DATABASE_PORT] = { "port", "5432", "5432", FROM_URL },
    [DATABASE_NAME] = { "dbname", "bulkhead", "bulkhead", FROM_URL },
    [DATABASE_USER] = { "user", NULL, NULL, OURS },
    [DATABASE_PASSWORD] = { "password", NULL, NULL, OURS },
    [DATABASE_PASSFILE] = { "passfile", NULL, NULL, FROM_REMOTE_URL },
    [DATABASE_SSLMODE] = { "sslmode", "disable", "verify-full", FROM_REMOTE_URL },
    [DATABASE_SSLROOTCERT] = { "sslrootcert", NULL, NULL, FROM_REMOTE_URL },
    [DATABASE_GSSENCMODE] = { "gssencmode", "disable", "disable", OURS },
    [DATABASE_ENCODING] = { "client_encoding", "UTF8", "UTF8", OURS },
    [DATABASE_APPLICATION] = { "application_name", NULL, NULL, OURS },
    [DATABASE_OPTIONS] = { "options", NULL, NULL, OURS },
    /* a server that is gone without a word is noticed within a minute */
    [DATABASE_CONNECT_TIMEOUT] = { "connect_timeout", NULL, "10", OURS },
    [DATABASE_KEEPALIVES_IDLE] = { "keepalives_idle", NULL, "30", OURS },
    [DATABASE_KEEPALIVES_INTERVAL] = { "keepalives_interval", NULL, "10", OURS },
    [DATABASE_KEEPALIVES_COUNT] = { "keepalives_count", NULL, "3", OURS },
    [DATABASE_TCP_USER_TIMEOUT] = { "tcp_user_timeout", NULL, "60000", OURS },
};

static const char *take_option(const PQconninfoOption *option, struct database_url *url,
                               char fault[DATABASE_FAULT_BYTES])
{
    if (strcmp(option->keyword, "user") == 0)
        return NULL; /* that of who makes the tables; each program is a role of its own */
    if (strcmp(option->keyword, "password") == 0)
        return "a password is not taken here, where others may come to see it: put it into a "
               "file and name that as passfile";
    for (size_t i = 0; i < DATABASE_KEYWORDS; i++)
        if (keywords[i].taken != OURS && strcmp(option->keyword, keywords[i].name) == 0)
            return (url->owned[i] = strdup(option->val)) != NULL ? NULL : "not enough memory";
    snprintf(fault, DATABASE_FAULT_BYTES,
             "%.40s is not taken here: leave it out; host, port and the database's name are, and "
             "sslmode, sslrootcert and passfile for a server over TCP",
             option->keyword);
    return fault;
}

/* A comma would begin a second host, which could be any. */
static const char *host_fault(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._:";

    if (host == NULL || host[0] == '\0')
        return "host is missing: give the server's name, or the folder of its Unix socket, as in "
               "postgresql:///bulkhead?host=/run/postgresql";
    if (host[0] != '/')
        return strlen(host) > NAME_BYTES_MAX || host[strspn(host, letters)] != '\0'
                   ? "host is to be one server's name or address, or the folder of its Unix "
                     "socket, which begins with /"
                   : NULL;
    if (strchr(host, ',') != NULL)
        return "host is to be one folder, that of the server's Unix socket";
    if (strlen(host) + strlen("/.s.PGSQL.65535") >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return "host is too long for the path of a Unix socket: take a shorter one";
    return NULL;
}

/* How it is made sure over TCP that the server is the one that is meant. */
static const char *security_fault(const struct database_url *url)
{
    const char *const mode = url->owned[DATABASE_SSLMODE];
    const char *const ca = url->owned[DATABASE_SSLROOTCERT];
    const char *const passfile = url->owned[DATABASE_PASSFILE];

    if (!url->is_remote)
        return mode != NULL || ca != NULL || passfile != NULL
                   ? "sslmode, sslrootcert and passfile are for a server over TCP: leave them out"
                   : NULL;
    if (mode != NULL && strcmp(mode, "verify-full") != 0)
        return "sslmode is to be verify-full, as it is without one: with anything weaker, whoever "
               "is on the way can pass for the server and read all that is recorded";
    if (ca == NULL || ca[0] != '/')
        return "sslrootcert is missing: give the absolute path of the certificate of who has "
               "signed the server's, as in sslrootcert=/etc/bulkhead/ca.pem";
    if (passfile != NULL && passfile[0] != '/')
        return "passfile is to be an absolute path, as in passfile=/etc/bulkhead/pgpass";
    return NULL;
}

static const char *port_fault(const char *port)
{
    if (port == NULL)
        return NULL;
    return port[0] == '0' || !is_integer_between(port, 1, 65535)
               ? "port is to be one number from 1 to 65535: leave it out for 5432"
               : NULL;
}

/* What libpq is told: the URL's word where it is taken and given, else ours. */
static void fill(struct database_url *url, const struct database_login *login)
{
    for (size_t i = 0; i < DATABASE_KEYWORDS; i++) {
        url->keywords[i] = keywords[i].name;
        url->values[i] = url->owned[i] != NULL ? url->owned[i]
                         : url->is_remote      ? keywords[i].remote
                                               : keywords[i].local;
    }
    url->values[DATABASE_PASSFILE] = "/nonexistent"; /* libpq need not read it: it has ours */
    url->values[DATABASE_USER] = login->user;
    url->values[DATABASE_APPLICATION] = login->application;
    url->values[DATABASE_OPTIONS] = login->options;
}

static const char *read_options(const PQconninfoOption *options, struct database_url *url,
                                char fault[DATABASE_FAULT_BYTES])
{
    const char *why = NULL;

    for (; options->keyword != NULL && why == NULL; options++)
        if (options->val != NULL)
            why = take_option(options, url, fault);
    if (why == NULL)
        why = host_fault(url->owned[DATABASE_HOST]);
    if (why != NULL)
        return why;
    url->is_remote = url->owned[DATABASE_HOST][0] != '/';
    why = port_fault(url->owned[DATABASE_PORT]);
    return why != NULL ? why : security_fault(url);
}

bool database_url_parse(const char *text, const struct database_login *login,
                        struct database_url *url, char fault[DATABASE_FAULT_BYTES])
{
    *url = (struct database_url){ .is_off = strcmp(text, "off") == 0 };
    if (url->is_off)
        return true;
    /* libpq's own message would repeat the text, which may have a password */
    PQconninfoOption *const options =
        PQconninfoParse(text[0] != '\0' ? text : private_cluster, NULL);
    const char *const why =
        options != NULL
            ? read_options(options, url, fault)
            : "it is neither off nor a URL such as postgresql:///bulkhead?host=/run/postgresql";
    PQconninfoFree(options);
    if (why == NULL) {
        fill(url, login);
        return true;
    }
    if (why != fault)
        snprintf(fault, DATABASE_FAULT_BYTES, "%s", why);
    database_url_free(url);
    return false;
}

void database_url_set(struct database_url *url, enum database_keyword keyword, char *value)
{
    free(url->owned[keyword]);
    url->values[keyword] = url->owned[keyword] = value;
}

void database_url_free(struct database_url *url)
{
    for (size_t i = 0; i < DATABASE_KEYWORDS; i++)
        free(url->owned[i]);
    *url = (struct database_url){ 0 };
}

void database_forget_environment(void)
{
    PQconninfoOption *const options = PQconninfoParse("", NULL);

    for (const PQconninfoOption *at = options; at != NULL && at->keyword != NULL; at++)
        if (at->envvar != NULL)
            unsetenv(at->envvar);
    PQconninfoFree(options);
}
