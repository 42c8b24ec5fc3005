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

static const char default_port[] = "5432";

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
    [DATABASE_PORT] = { "port", default_port, default_port, FROM_URL },
    [DATABASE_NAME] = { "dbname", "bulkhead", "bulkhead", FROM_URL },
    [DATABASE_USER] = { "user", NULL, NULL, OURS },
    [DATABASE_PASSWORD] = { "password", NULL, NULL, OURS },
    [DATABASE_PASSFILE] = { "passfile", NULL, NULL, FROM_REMOTE_URL },
    [DATABASE_SSLMODE] = { "sslmode", "disable", "verify-full", FROM_REMOTE_URL },
    [DATABASE_SSLROOTCERT] = { "sslrootcert", NULL, NULL, FROM_REMOTE_URL },
    [DATABASE_SESSION] = { "target_session_attrs", NULL, NULL, FROM_REMOTE_URL },
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
            /* gcc-suppress analyzer-malloc-leak: url keeps it */
            return (url->owned[i] = strdup(option->val)) != NULL ? NULL : "not enough memory";
    snprintf(fault, DATABASE_FAULT_BYTES,
             "%.40s is not taken here: leave it out; host, port and the database's name are, and "
             "sslmode, sslrootcert, passfile and target_session_attrs for a server over TCP",
             option->keyword);
    return fault;
}

/* --- hosts ------------------------------------------------------------------------------------ */

const char *database_url_next_host(const char **list, char *host, size_t room)
{
    const size_t length = strcspn(*list, ",");

    if (**list == '\0' || length >= room)
        return NULL;
    memcpy(host, *list, length);
    host[length] = '\0';
    *list += length + ((*list)[length] == ',');
    return host;
}

/* False: one of them is no name and no address. What is left of a list by a comma at its end is. */
static bool are_hosts(const char *list)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._:";
    size_t count = 0;

    for (const char *at = list; at != NULL; count++) {
        const char *const end = strchr(at, ',');
        const size_t length = strspn(at, letters);
        if (length == 0 || length > NAME_BYTES_MAX || (at[length] != '\0' && at[length] != ','))
            return false;
        at = end != NULL ? end + 1 : NULL;
    }
    return count <= DATABASE_HOSTS_MAX;
}

static const char *host_fault(const char *host)
{
    if (host == NULL || host[0] == '\0')
        return "host is missing: give the server's name, or the folder of its Unix socket, as in "
               "postgresql:///bulkhead?host=/run/postgresql";
    if (host[0] != '/')
        return are_hosts(host) ? NULL
                               : "host is to be a server's name or address, up to 4 of them with a "
                                 "comma in between, or the folder of its Unix socket, which begins "
                                 "with /";
    if (strchr(host, ',') != NULL)
        return "host is to be one folder, that of the server's Unix socket";
    if (strlen(host) + strlen("/.s.PGSQL.65535") >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return "host is too long for the path of a Unix socket: take a shorter one";
    return NULL;
}

/* In place: it becomes no longer. */
static void turn_list(char *list)
{
    const size_t first = list != NULL ? strcspn(list, ",") : 0;
    char *const copy = list != NULL && list[first] == ',' ? strdup(list) : NULL;

    if (copy != NULL)
        snprintf(list, strlen(copy) + 1, "%s,%.*s", copy + first + 1, (int)first, copy);
    free(copy);
}

void database_url_turn(struct database_url *url)
{
    turn_list(url->owned[DATABASE_HOST]);
    turn_list(url->owned[DATABASE_HOSTADDR]);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* How it is made sure over TCP that the server is the one that is meant. */
static const char *security_fault(const struct database_url *url)
{
    const char *const mode = url->owned[DATABASE_SSLMODE];
    const char *const ca = url->owned[DATABASE_SSLROOTCERT];
    const char *const passfile = url->owned[DATABASE_PASSFILE];
    const char *const session = url->owned[DATABASE_SESSION];

    if (!url->is_remote)
        return mode != NULL || ca != NULL || passfile != NULL || session != NULL
                   ? "sslmode, sslrootcert, passfile and target_session_attrs are for a server "
                     "over TCP: leave them out"
                   : NULL;
    if (mode != NULL && strcmp(mode, "verify-full") != 0)
        return "sslmode is to be verify-full, as it is without one: with anything weaker, whoever "
               "is on the way can pass for the server and read all that is recorded";
    if (ca == NULL || ca[0] != '/')
        return "sslrootcert is missing: give the absolute path of the certificate of who has "
               "signed the server's, as in sslrootcert=/etc/bulkhead/ca.pem";
    if (passfile != NULL && passfile[0] != '/')
        return "passfile is to be an absolute path, as in passfile=/etc/bulkhead/pgpass";
    if (session != NULL && strcmp(session, "read-write") != 0 && strcmp(session, "primary") != 0)
        return "target_session_attrs is to be read-write or primary, as it is without one where "
               "there are several hosts: records are written";
    return NULL;
}

/* Of several hosts there is one each, and all the same: the walls let a program out to one. */
static const char *take_port(struct database_url *url)
{
    char port[8] = "", each[8];
    const char *at = url->owned[DATABASE_PORT];

    if (at == NULL)
        return NULL;
    for (bool is_last = false; !is_last;) {
        const size_t length = strcspn(at, ",");
        snprintf(each, sizeof(each), "%.*s", length > 0 ? (int)length : (int)strlen(default_port),
                 length > 0 ? at : default_port);
        if (each[0] == '0' || length >= sizeof(each) || !is_integer_between(each, 1, 65535))
            return "port is to be one number from 1 to 65535: leave it out for 5432";
        if (port[0] != '\0' && strcmp(port, each) != 0)
            return "port is to be the same for all hosts: a program is let out to one";
        snprintf(port, sizeof(port), "%s", each);
        is_last = at[length] == '\0';
        at += length + 1;
    }
    database_url_set(url, DATABASE_PORT, strdup(port));
    return url->owned[DATABASE_PORT] != NULL ? NULL : "not enough memory";
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
    /* read-write would be asked of a session, and audit's is not */
    if (url->values[DATABASE_SESSION] != NULL ||
        (url->is_remote && strchr(url->values[DATABASE_HOST], ',') != NULL))
        url->values[DATABASE_SESSION] = "primary";
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
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without a host, host_fault says so */
    url->is_remote = url->owned[DATABASE_HOST][0] != '/';
    why = take_port(url);
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
