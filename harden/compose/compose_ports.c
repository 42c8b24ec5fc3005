/* C4, C5, C6: which ports of the host's lead into a service, and from where. */
#include "compose/compose_checks.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- the short form: [[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL] ---------------------------------- */

/* Parts of the value; an address may have colons of its own. */
struct port {
    struct span host, published, target;
    bool has_host, has_published;
};

enum { COLONS_MAX = 16, VALUE_MAX = 400 };

/* The colons that are in no variable, nor in brackets. False: they are too many for a port. */
static bool find_colons(const char *value, size_t *colons, size_t *count)
{
    *count = 0;
    for (size_t at = 0; value[at] != '\0';) {
        if (value[at] == ':') {
            if (*count == COLONS_MAX)
                return false;
            colons[(*count)++] = at++;
        } else if (value[at] == '[') {
            at += strcspn(value + at, "]");
        } else {
            at = compose_skip_variable(value, at);
        }
    }
    return true;
}

static bool split(const char *value, struct port *port)
{
    const size_t length = strlen(value);
    size_t colons[COLONS_MAX], count;

    *port = (struct port){ .has_host = false };
    if (length > VALUE_MAX || !find_colons(value, colons, &count))
        return false;
    const size_t target = count > 0 ? colons[count - 1] + 1 : 0;
    port->target = (struct span){ .offset = target, .length = strcspn(value + target, "/") };
    if (count == 0)
        return true;
    const size_t published = count > 1 ? colons[count - 2] + 1 : 0;
    port->published = (struct span){ .offset = published, .length = colons[count - 1] - published };
    port->has_published = true;
    port->has_host = count > 1;
    port->host.length = count > 1 ? colons[count - 2] : 0;
    return true;
}

static const char *part(const struct document *document, const char *value, struct span span,
                        bool *is_known)
{
    char *const copy = format_text("%.*s", (int)span.length, value + span.offset);
    const char *const expanded = compose_expand(document, copy, is_known);

    free(copy); /* it is short enough to be another one */
    return expanded;
}

/* --- addresses and numbers -------------------------------------------------------------------- */

static bool is_everywhere(const char *address)
{
    static const char *const all[] = { "", "0.0.0.0", "::", "[::]", "0", "[::0]", "*" };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(address, all[i]) == 0)
            return true;
    return false;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strcmp(address, "[::1]") == 0 || strcmp(address, "localhost") == 0;
}

/* A number, or a range of them; of that the first. 0: it is none. */
static unsigned long number_of(const char *text)
{
    unsigned long number = 0;

    if (text[0] == '\0' || strspn(text, "0123456789-") != strlen(text))
        return 0;
    for (const char *digit = text; isdigit((unsigned char)*digit) && number < 100000; digit++)
        number = number * 10 + (unsigned long)(*digit - '0');
    return number;
}

static const char *service_at(unsigned long port)
{
    static const struct {
        unsigned long port;
        const char *name;
    } known[] = {
        { 22, "SSH" },
        { 23, "Telnet" },
        { 1433, "SQL Server" },
        { 1521, "Oracle" },
        { 2375, "the Docker engine" },
        { 2376, "the Docker engine" },
        { 2379, "etcd" },
        { 2380, "etcd" },
        { 3306, "MySQL" },
        { 3389, "remote desktop" },
        { 5432, "PostgreSQL" },
        { 5672, "RabbitMQ" },
        { 5900, "VNC" },
        { 5984, "CouchDB" },
        { 6379, "Redis" },
        { 7474, "Neo4j" },
        { 7687, "Neo4j" },
        { 8086, "InfluxDB" },
        { 8500, "Consul" },
        { 9042, "Cassandra" },
        { 9092, "Kafka" },
        { 9200, "Elasticsearch" },
        { 9300, "Elasticsearch" },
        { 11211, "memcached" },
        { 15672, "RabbitMQ's console" },
        { 27017, "MongoDB" },
        { 28015, "RethinkDB" },
        { 33060, "MySQL" },
        { 50000, "DB2" },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].port == port)
            return known[i].name;
    return NULL;
}

/* --- findings --------------------------------------------------------------------------------- */

/* What is known of an item, in either form. */
struct opening {
    const struct node *item;         /* perhaps an alias */
    const char *what;                /* for people: the value, or the target */
    const char *host;                /* variables replaced by their defaults */
    bool is_host_known;              /* no variable was without */
    unsigned long published, target; /* 0: not known */
};

static void tell(const struct look *look, const struct opening *opening)
{
    const char *const name = service_at(opening->target);
    const bool is_open = opening->is_host_known && is_everywhere(opening->host);
    const bool is_local = opening->is_host_known && is_loopback(opening->host);

    if (is_open)
        compose_found(look, "C4", opening->item, opening->what,
                      "port %s is published on every interface", opening->what);
    if (name != NULL && !is_local)
        compose_found(look, "C5", opening->item, opening->what, "port %lu is that of %s",
                      opening->target, name);
    if (opening->published > 0 && opening->published < 1024)
        compose_found(look, "C6", opening->item, opening->what,
                      "port %lu of the host's is one of the system's", opening->published);
}

/* Whether a variable without a default may be more than a number: an address with it. */
static bool may_hold_address(const char *value, struct span span)
{
    return memmem(value + span.offset, span.length, "PORT", 4) == NULL &&
           memmem(value + span.offset, span.length, "port", 4) == NULL;
}

static void see_short(const struct look *look, const struct node *item, const struct node *scalar)
{
    const struct document *const document = look->document;
    const char *const value = scalar->value;
    struct opening opening = { .item = item, .what = value, .host = "", .is_host_known = true };
    struct port port;
    bool is_known, is_target_known;

    if (!split(value, &port) || strlen(value) != scalar->length)
        return;
    const char *const target = part(document, value, port.target, &is_target_known);
    const char *const published = part(document, value, port.published, &is_known);
    const struct span first = port.has_published ? port.published : port.target;
    if (port.has_host)
        opening.host = part(document, value, port.host, &opening.is_host_known);
    else if ((!(port.has_published ? is_known : is_target_known) &&
              may_hold_address(value, first)) ||
             strpbrk(published, ".:") != NULL || strpbrk(target, ".:") != NULL)
        return;
    if (target[0] == '\0')
        return;
    opening.published = number_of(published);
    opening.target = number_of(target);
    tell(look, &opening);
}

static const char *expanded(const struct look *look, const struct node *node, bool *is_known)
{
    *is_known = true;
    if (node == NULL || node->kind != NODE_SCALAR || node_is_null(node))
        return "";
    return compose_expand(look->document, node->value, is_known);
}

static void see_long(const struct look *look, const struct node *item, const struct node *mapping)
{
    const struct node *const target = node_get(mapping, "target");
    struct opening opening = { .item = item, .what = "?" };
    bool is_known;

    if (target == NULL || target->kind != NODE_SCALAR)
        return;
    opening.what = target->value;
    opening.host = expanded(look, node_get(mapping, "host_ip"), &opening.is_host_known);
    opening.target = number_of(expanded(look, target, &is_known));
    opening.published = number_of(expanded(look, node_get(mapping, "published"), &is_known));
    tell(look, &opening);
}

static void see(const struct look *look, const struct node *item)
{
    const struct node *const seen = node_resolve(item);
    const struct node *const mode = node_get(look->service->body, "network_mode");

    /* then none is published: its ports are the host's anyway */
    if (node_is(mode, "host") || node_is(mode, "none"))
        return;
    if (seen->kind == NODE_MAPPING)
        see_long(look, item, seen);
    else if (seen->kind == NODE_SCALAR)
        see_short(look, item, seen);
}

void compose_find_ports(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    struct look look = { .document = document, .rule = rule, .findings = findings };

    compose_each_item(&look, "ports", see);
}

/* --- C4: the fix ------------------------------------------------------------------------------ */

static const char *loopback_for(const char *address)
{
    return strchr(address, ':') != NULL ? "[::1]" : "127.0.0.1";
}

/* Plain digits with an underscore, or a zero before, or 0x50: other numbers to some. */
static bool is_odd_number(const char *value)
{
    const bool is_long = value[0] == '0' && value[1] != '\0' && value[1] != '/';

    return strspn(value, "0123456789_") == strlen(value)
               ? is_long || strchr(value, '_') != NULL
               : is_long && strchr("xXoObB", value[1]) != NULL;
}

/* A plain 22:22 is 1342 to YAML 1.1: digits of base 60. */
static bool is_number_to_some(const struct node *scalar)
{
    const char *const value = scalar->value;
    const char *const colon = strchr(value, ':');

    if (scalar->style != STYLE_PLAIN || scalar->tag != NULL)
        return false;
    if (colon == NULL)
        return is_odd_number(value);
    const size_t digits = strlen(colon + 1);
    return value[0] != '0' && strspn(value, "0123456789_") == (size_t)(colon - value) &&
           strspn(colon + 1, "0123456789") == digits &&
           (digits == 1 || (digits == 2 && colon[1] <= '5'));
}

/* Of ${NAME:-ADDRESS}, the address takes the place of another one. */
static bool fix_default(const struct tree *tree, const struct node *scalar, const char *address,
                        struct edits *edits)
{
    const size_t length = strlen(address);
    struct port port;

    if (!split(scalar->value, &port) || length == 0 || port.host.length < length + 4 ||
        scalar->value[port.host.length - 1] != '}' ||
        memcmp(scalar->value + port.host.length - 1 - length, address, length) != 0 ||
        scalar->value[port.host.length - 2 - length] != '-')
        return refuse(edits, "its address is made of variables: say it by hand");
    return node_replace(edits, tree, scalar, port.host.length - 1 - length, length,
                        loopback_for(address));
}

static bool fix_short(const struct document *document, const struct node *scalar,
                      struct edits *edits)
{
    const struct compose *const compose = document->model;
    struct port port;
    bool is_known;

    if (!split(scalar->value, &port))
        return false;
    if (!port.has_host && is_number_to_some(scalar))
        return refuse(edits, "without quotes it is another number to some programs");
    if (!port.has_published)
        return node_replace(edits, &compose->tree, scalar, 0, 0, "127.0.0.1::");
    if (!port.has_host)
        return node_replace(edits, &compose->tree, scalar, 0, 0, "127.0.0.1:");
    const char *const address = part(document, scalar->value, port.host, &is_known);
    if (memchr(scalar->value, '$', port.host.length) != NULL)
        return fix_default(&compose->tree, scalar, address, edits);
    return node_replace(edits, &compose->tree, scalar, 0, port.host.length, loopback_for(address));
}

static bool fix_long(const struct document *document, const struct node *mapping,
                     struct edits *edits)
{
    static const char *const values[] = { "127.0.0.1", NULL };
    static const struct fresh address = { .name = "host_ip", .values = values };
    const struct compose *const compose = document->model;
    const struct node *const old = node_get(mapping, "host_ip");

    if (old == NULL)
        return node_insert(edits, &compose->tree, mapping, &address, 1);
    if (!compose_may_change(edits, old))
        return false;
    if (old->kind == NODE_SCALAR && strchr(old->value, '$') != NULL)
        return refuse(edits, "its address is made of variables: say it by hand");
    return node_set(edits, &compose->tree, old, "127.0.0.1", false);
}

bool compose_fix_port(const struct document *document, const struct finding *finding,
                      struct edits *edits)
{
    const struct node *const item = finding->node;

    if (!compose_may_change(edits, item))
        return false;
    return item->kind == NODE_MAPPING ? fix_long(document, item, edits)
                                      : fix_short(document, item, edits);
}
