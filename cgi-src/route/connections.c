#include "connections.h"

#include <stdlib.h>
#include <unistd.h>

bool connections_init(struct connections *connections)
{
    *connections =
        (struct connections){ .slots = calloc(MAX_CONNECTIONS, sizeof(*connections->slots)) };
    if (connections->slots == NULL)
        return false;
    for (size_t i = MAX_CONNECTIONS; i-- > 0;) {
        connections->slots[i].next = connections->unused;
        connections->unused = &connections->slots[i];
    }
    return true;
}

void connections_free(struct connections *connections)
{
    free(connections->slots);
    *connections = (struct connections){ .slots = NULL };
}

static void append(struct connection_list *list, struct connection *connection)
{
    connection->previous = list->last;
    connection->next = NULL;
    if (list->last != NULL)
        list->last->next = connection;
    else
        list->first = connection;
    list->last = connection;
}

static void unlink_from(struct connection_list *list, struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        list->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    else
        list->last = connection->previous;
}

static void enter(struct connections *connections, struct connection *connection,
                  enum connection_state state, int64_t now)
{
    connection->state = state;
    connection->since = now;
    connections->counts[state]++;
    if (state != CONNECTION_BUSY)
        append(&connections->lists[state], connection);
}

static void leave(struct connections *connections, struct connection *connection)
{
    connections->counts[connection->state]--;
    if (connection->state != CONNECTION_BUSY)
        unlink_from(&connections->lists[connection->state], connection);
}

struct connection *connection_open(struct connections *connections, int fd, bool only_probes,
                                   int64_t now)
{
    struct connection *connection = connections->unused;

    if (connection == NULL)
        return NULL;
    connections->unused = connection->next;
    connection->fd = fd;
    connection->only_probes = only_probes;
    connections->only_probing += only_probes;
    enter(connections, connection, CONNECTION_IDLE, now);
    return connection;
}

void connection_set(struct connections *connections, struct connection *connection,
                    enum connection_state state, int64_t now)
{
    leave(connections, connection);
    enter(connections, connection, state, now);
}

void connection_forget(struct connection *connection)
{
    free(connection->kept);
    connection->kept = NULL;
    connection->kept_length = 0;
}

void connection_close(struct connections *connections, struct connection *connection)
{
    leave(connections, connection);
    connection_forget(connection);
    close(connection->fd);
    connection->fd = -1;
    connections->only_probing -= connection->only_probes;
    connection->next = connections->unused;
    connections->unused = connection;
}

struct connection *connections_oldest(const struct connections *connections)
{
    if (connections->lists[CONNECTION_IDLE].first != NULL)
        return connections->lists[CONNECTION_IDLE].first;
    return connections->lists[CONNECTION_PARTIAL].first;
}

struct connection *connections_oldest_probing(const struct connections *connections)
{
    for (int state = 0; state < CONNECTION_BUSY; state++)
        for (struct connection *at = connections->lists[state].first; at != NULL; at = at->next)
            if (at->only_probes)
                return at;
    return NULL;
}

size_t connections_count(const struct connections *connections)
{
    return connections->counts[CONNECTION_IDLE] + connections->counts[CONNECTION_PARTIAL] +
           connections->counts[CONNECTION_BUSY];
}
