/* What a container reaches of the host, and who reaches it: mounts and ports. */
#include "host/container.h"

#include <stdlib.h>
#include <string.h>

/* --- mounts ----------------------------------------------------------------------------------- */

static bool is_socket(const char *path)
{
    static const char *const names[] = { "/docker.sock", "/containerd.sock", "/crio.sock",
                                         "/podman.sock" };
    const size_t length = strlen(path);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (length >= strlen(names[i]) && strcmp(path + length - strlen(names[i]), names[i]) == 0)
            return true;
    return false;
}

/* What makes a system be itself, and what is in there; /dev and /proc have parts that are harmless.
 */
static bool is_sensitive(const char *path)
{
    static const char *const exact[] = { "/", "/dev", "/var", "/usr", "/home", "/run", "/var/run" };
    static const char *const whole[] = { "/etc",
                                         "/boot",
                                         "/lib",
                                         "/proc",
                                         "/sys",
                                         "/root",
                                         "/bin",
                                         "/sbin",
                                         "/var/lib/docker",
                                         "/lib64",
                                         "/usr/bin",
                                         "/usr/sbin",
                                         "/usr/lib",
                                         "/var/lib/containerd" };
    static const char *const harmless[] = { "/etc/localtime", "/etc/timezone", "/etc/ssl/certs",
                                            "/etc/hosts", "/etc/resolv.conf" };

    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        if (strcmp(path, harmless[i]) == 0)
            return false;
    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
        if (strcmp(path, exact[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        const size_t length = strlen(whole[i]);
        if (strncmp(path, whole[i], length) == 0 && (path[length] == '/' || path[length] == '\0'))
            return true;
    }
    return false;
}

void container_find_mounts(const struct document *document, const struct json *container,
                           struct findings *findings)
{
    static const char path[] = "Mounts";

    (void)document;
    for (const struct json *mount = record_items(container, path); mount != NULL;
         mount = mount->next) {
        const char *const source = record_text(mount, "Source");
        const char *const propagation = record_text(mount, "Propagation");
        /* a volume's folder is the engine's own */
        if (strcmp(record_text(mount, "Type"), "bind") != 0)
            continue;
        if (is_socket(source))
            container_found(findings, container, "C2", path, source,
                            "it has %s: it is root on the host", source);
        else if (is_sensitive(source))
            container_found(findings, container, "C3", path, source, "it has the host's %s%s",
                            source, record_is_true(mount, "RW") ? ", and may write there" : "");
        if (strcmp(propagation, "shared") == 0 || strcmp(propagation, "rshared") == 0)
            container_found(findings, container, "C22", path, source,
                            "what it mounts in %s is mounted on the host", source);
    }
}

/* --- ports ------------------------------------------------------------------------------------ */

static bool is_everywhere(const char *address)
{
    return address[0] == '\0' || strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Databases, and what administers something: by the container's own port. */
static const char *served_on(unsigned long port)
{
    static const struct {
        unsigned long port;
        const char *what;
    } rows[] = {
        { 1433, "SQL Server" },    { 1521, "Oracle" },        { 2375, "Docker" },
        { 2376, "Docker" },        { 2379, "etcd" },          { 3306, "MySQL" },
        { 5432, "PostgreSQL" },    { 5984, "CouchDB" },       { 6379, "Redis" },
        { 8086, "InfluxDB" },      { 9000, "an admin page" }, { 9042, "Cassandra" },
        { 9200, "Elasticsearch" }, { 9300, "Elasticsearch" }, { 11211, "memcached" },
        { 15672, "RabbitMQ" },     { 27017, "MongoDB" },      { 27018, "MongoDB" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].port == port)
            return rows[i].what;
    return NULL;
}

/* "5432/tcp", and where it is on the host. */
static void find_port(const struct json *container, const struct json *binding, const char *inside,
                      struct findings *findings)
{
    static const char path[] = "HostConfig/PortBindings";
    const char *const address = record_text(binding, "HostIp");
    const char *const outside = record_text(binding, "HostPort");
    const unsigned long port = digits_of(outside, 10);
    const char *const what = served_on(digits_of(inside, 10));

    if (is_everywhere(address))
        container_found(findings, container, "C4", path, inside,
                        "its port %s is open on every interface, as %s", inside,
                        port > 0 ? outside : "one that the engine chose");
    if (what != NULL && !is_loopback(address))
        container_found(findings, container, "C5", path, inside,
                        "its port %s, of %s, is reached from outside", inside, what);
    if (port > 0 && port < 1024)
        container_found(findings, container, "C6", path, inside,
                        "its port %s is %lu on the host, one of root's", inside, port);
}

void container_find_ports(const struct document *document, const struct json *container,
                          struct findings *findings)
{
    (void)document;
    for (const struct json *port = record_items(container, "HostConfig/PortBindings"); port != NULL;
         port = port->next)
        for (const struct json *binding = port->kind == JSON_ARRAY ? port->first : NULL;
             binding != NULL; binding = binding->next)
            find_port(container, binding, port->key != NULL ? port->key : "", findings);
}
