#include "trail/database_url.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* What is meant without one: the cluster of `bulkhead`, whose socket is in the root folder. */
static const char private_cluster[] = "postgresql:///bulkhead?host=/";

/*
 * Every keyword that libpq is told. It looks up what it is not told, in files and in the network,
 * where the walls are by then. Whatever a URL has beyond the taken ones is refused.
 */
static const struct keyword {
    const char *name;
    const char *fallback;
    bool is_taken; /* from the URL; else the value is ours, or the program's */
} keywords[DATABASE_KEYWORDS] = {
    [DATABASE_HOST] = { "host", NULL, true },
    [DATABASE_PORT] = { "port", "5432", true },
    [DATABASE_NAME] = { "dbname", "bulkhead", true },
    [DATABASE_USER] = { "user", NULL, false },
    [DATABASE_PASSFILE] = { "passfile", "/nonexistent", false },
    [DATABASE_SSLMODE] = { "sslmode", "disable", false },
    [DATABASE_GSSENCMODE] = { "gssencmode", "disable", false },
    [DATABASE_ENCODING] = { "client_encoding", "UTF8", false },
    [DATABASE_APPLICATION] = { "application_name", NULL, false },
    [DATABASE_OPTIONS] = { "options", NULL, false },
};

static const char *take_option(const PQconninfoOption *option, struct database_url *url,
                               char fault[DATABASE_FAULT_BYTES])
{
    for (size_t i = 0; i < DATABASE_KEYWORDS; i++)
        if (keywords[i].is_taken && strcmp(option->keyword, keywords[i].name) == 0)
            return (url->owned[i] = strdup(option->val)) != NULL ? NULL : "not enough memory";
    snprintf(fault, DATABASE_FAULT_BYTES,
             "%.40s is not taken here: leave it out; host, port and the database's name are",
             option->keyword);
    return fault;
}

/* Only a Unix socket for now; a comma would begin a second host, which could be any. */
static const char *host_fault(const char *host)
{
    if (host == NULL)
        return "host is missing: give the folder of the server's Unix socket, as in "
               "postgresql:///bulkhead?host=/run/postgresql";
    if (host[0] != '/' || strchr(host, ',') != NULL)
        return "host is to be one folder, that of the server's Unix socket, and begins with /: "
               "a server beyond this machine can't be used yet";
    if (strlen(host) + strlen("/.s.PGSQL.65535") >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return "host is too long for the path of a Unix socket: take a shorter one";
    return NULL;
}

static const char *port_fault(const char *port)
{
    if (port == NULL)
        return NULL;
    const size_t digits = strspn(port, "0123456789");
    return digits == 0 || digits > 5 || port[digits] != '\0' || port[0] == '0'
               ? "port is to be one number: leave it out for 5432"
               : NULL;
}

/* What libpq is told: the URL's word where it is taken and given, else ours. */
static void fill(struct database_url *url, const struct database_login *login)
{
    for (size_t i = 0; i < DATABASE_KEYWORDS; i++) {
        url->keywords[i] = keywords[i].name;
        url->values[i] = url->owned[i] != NULL ? url->owned[i] : keywords[i].fallback;
    }
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
    return why != NULL ? why : port_fault(url->owned[DATABASE_PORT]);
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
