#include "trail/database_remote.h"

#include "route/route.h"
#include "route/settings.h"
#include "trail/passfile.h"
#include "trail/secret_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ADDRESSES_MAX = 8, /* of all hosts */
    HOST_BYTES = 256,
    PAUSE_SECONDS = 5, /* before the end, so that a supervisor does not start it without a pause */
};

/* --- the password ----------------------------------------------------------------------------- */

/* Of several hosts one will do: a standby has the roles of its primary. */
static enum passfile_result find_of_hosts(const char *text, size_t length,
                                          const struct passfile_key *key,
                                          char password[PASSFILE_PASSWORD_BYTES])
{
    enum passfile_result result = PASSFILE_NONE;
    const char *hosts = key->host;
    struct passfile_key one = *key;
    char host[HOST_BYTES];

    while (result == PASSFILE_NONE &&
           (one.host = database_url_next_host(&hosts, host, sizeof(host))) != NULL)
        result = passfile_find(text, length, &one, password);
    return result;
}

static bool find_in(const char *path, const char *text, size_t length,
                    const struct passfile_key *key, struct database_url *url)
{
    char *const password = malloc(PASSFILE_PASSWORD_BYTES);

    if (password == NULL) {
        log_error("not enough memory");
        return false;
    }
    switch (find_of_hosts(text, length, key, password)) {
    case PASSFILE_FOUND:
        database_url_set(url, DATABASE_PASSWORD, password);
        return true;
    case PASSFILE_NONE:
        log_error("DATABASE_URL: passfile %s: no line has a password for %s:%s:%s:%s: add one",
                  path, key->host, key->port, key->database, key->user);
        break;
    case PASSFILE_WRONG:
        log_error("DATABASE_URL: passfile %s: holds a NUL, a line of more than %d bytes, or more "
                  "than %d in all",
                  path, PASSFILE_LINE_MAX, PASSFILE_BYTES_MAX);
        break;
    }
    free(password);
    return false;
}

static bool find_password(struct database_url *url)
{
    static char text[PASSFILE_BYTES_MAX + 1];
    const char *const path = url->owned[DATABASE_PASSFILE];
    const struct passfile_key key = { .host = url->values[DATABASE_HOST],
                                      .port = url->values[DATABASE_PORT],
                                      .database = url->values[DATABASE_NAME],
                                      .user = url->values[DATABASE_USER] };

    if (path == NULL)
        return true; /* the server may want none, of a client that it knows otherwise */
    const ssize_t length = secret_file_read("DATABASE_URL: passfile", path, text, sizeof(text));
    const bool found = length >= 0 && find_in(path, text, (size_t)length, &key, url);
    explicit_bzero(text, sizeof(text));
    return found;
}

/* --- the address ------------------------------------------------------------------------------ */

/* False: it is none that a socket can be connected to without asking for an interface's name. */
static bool write_address(const struct addrinfo *at, char text[INET6_ADDRSTRLEN])
{
    if (at->ai_family == AF_INET) {
        const struct sockaddr_in *const v4 = (const struct sockaddr_in *)(const void *)at->ai_addr;
        return inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN) != NULL;
    }
    const struct sockaddr_in6 *const v6 = (const struct sockaddr_in6 *)(const void *)at->ai_addr;
    return at->ai_family == AF_INET6 && v6->sin6_scope_id == 0 &&
           inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN) != NULL;
}

/* Adds a word to a list. libpq takes as many hosts as addresses, so the name is there each time. */
static bool append(char **list, const char *word)
{
    char *longer;

    if (asprintf(&longer, "%s%s%s", *list != NULL ? *list : "", *list != NULL ? "," : "", word) < 0)
        return false;
    free(*list);
    *list = longer;
    return true;
}

/* The addresses found so far, each behind its host's name. */
struct found {
    char *hosts, *addresses;
    int count;
};

/* False without memory. */
static bool take_addresses(const char *host, const struct addrinfo *each, struct found *found)
{
    char text[INET6_ADDRSTRLEN];

    for (; each != NULL && found->count < ADDRESSES_MAX; each = each->ai_next)
        if (write_address(each, text)) {
            if (!append(&found->hosts, host) || !append(&found->addresses, text))
                return false;
            found->count++;
        }
    return true;
}

/* What has no address now may have one when it is looked up again: the others may do. */
static bool find_addresses(const char *host, struct found *found)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *each = NULL;
    const int before = found->count;

    const int error = getaddrinfo(host, NULL, &hints, &each);
    if (error != 0) {
        log_error("DATABASE_URL: host %s: %s", host,
                  error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return true;
    }
    const bool has_memory = take_addresses(host, each, found);
    freeaddrinfo(each);
    if (!has_memory || found->count == before)
        log_error("DATABASE_URL: host %s: %s", host,
                  has_memory ? "has no address that can be used" : "not enough memory");
    return has_memory;
}

static bool find_address(struct database_url *url)
{
    struct found found = { .count = 0 };
    const char *hosts = url->values[DATABASE_HOST];
    char host[HOST_BYTES];
    bool has_memory = true;

    while (has_memory && database_url_next_host(&hosts, host, sizeof(host)) != NULL)
        has_memory = find_addresses(host, &found);
    if (has_memory && found.count > 0) {
        database_url_set(url, DATABASE_HOST, found.hosts);
        database_url_set(url, DATABASE_HOSTADDR, found.addresses);
        return true;
    }
    free(found.hosts);
    free(found.addresses);
    if (has_memory)
        sleep(PAUSE_SECONDS);
    return false;
}

/* --- both, and TLS ---------------------------------------------------------------------------- */

/* OpenSSL reads its configuration once; libpq looks for a certificate of ours in the home. */
static bool prepare_tls(void)
{
    SSL_CTX *const context =
        OPENSSL_init_ssl(0, NULL) == 1 ? SSL_CTX_new(TLS_client_method()) : NULL;

    SSL_CTX_free(context);
    if (context == NULL || setenv("HOME", "/nonexistent", 1) != 0) {
        log_error("OpenSSL can't be prepared");
        return false;
    }
    return true;
}

bool before_drop_find_server(struct database_url *url)
{
    return !url->is_remote || (find_password(url) && find_address(url) && prepare_tls());
}

/* --- the sandbox ------------------------------------------------------------------------------ */

/* The environment's, read once: the sandbox is wanted before the settings are. */
static const struct database_url *url_of_environment(void)
{
    static const struct database_login nobody = { .user = "", .application = "", .options = "" };
    static struct database_url url;
    static bool is_read;
    char fault[DATABASE_FAULT_BYTES];
    const char *const text = getenv("DATABASE_URL");

    if (!is_read && text != NULL)
        database_url_parse(text, &nobody, &url, fault);
    is_read = true;
    return &url;
}

const struct sandbox *choose_sandbox(const struct sandbox *local, const struct sandbox *remote)
{
    return url_of_environment()->is_remote ? remote : local;
}

const char *database_ca(void)
{
    return url_of_environment()->values[DATABASE_SSLROOTCERT];
}

long database_port(void)
{
    long port = 0;

    parse_integer(url_of_environment()->values[DATABASE_PORT], &port);
    return port;
}
