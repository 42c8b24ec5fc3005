/* The table of connections: its bound, and who has waited longest. */
#include "route/connections.h"

#include <criterion/criterion.h>

Test(connections, the_table_is_bounded_and_places_come_back)
{
    struct connections connections;
    struct connection *last = NULL;

    cr_assert(connections_init(&connections));
    for (int i = 0; i < MAX_CONNECTIONS; i++)
        cr_assert_not_null(last = connection_open(&connections, -1, false, i));
    cr_expect_null(connection_open(&connections, -1, false, 0));
    cr_expect_eq(connections_count(&connections), (size_t)MAX_CONNECTIONS);
    connection_close(&connections, last);
    cr_expect_not_null(connection_open(&connections, -1, false, 0));
    connections_free(&connections);
}

Test(connections, the_oldest_is_the_longest_idle_then_the_longest_partial)
{
    struct connections connections;

    cr_assert(connections_init(&connections));
    struct connection *a = connection_open(&connections, -1, false, 1);
    struct connection *b = connection_open(&connections, -1, false, 2);
    struct connection *c = connection_open(&connections, -1, false, 3);
    cr_expect_eq(connections_oldest(&connections), a);
    connection_set(&connections, a, CONNECTION_IDLE, 4);
    cr_expect_eq(connections_oldest(&connections), b, "a was used since");
    connection_set(&connections, b, CONNECTION_BUSY, 5);
    cr_expect_eq(connections_oldest(&connections), c, "a busy one is never given up");
    connection_set(&connections, c, CONNECTION_PARTIAL, 6);
    cr_expect_eq(connections_oldest(&connections), a, "idle before partial");
    connection_close(&connections, a);
    cr_expect_eq(connections_oldest(&connections), c);
    connection_close(&connections, c);
    cr_expect_null(connections_oldest(&connections));
    connection_close(&connections, b);
    cr_expect_eq(connections_count(&connections), 0u);
    connections_free(&connections);
}

Test(connections, the_oldest_of_those_that_only_probe)
{
    struct connections connections;

    cr_assert(connections_init(&connections));
    cr_expect_null(connections_oldest_probing(&connections));
    connection_open(&connections, -1, false, 1);
    struct connection *a = connection_open(&connections, -1, true, 2);
    struct connection *b = connection_open(&connections, -1, true, 3);
    cr_expect_eq(connections.only_probing, 2u);
    cr_expect_eq(connections_oldest_probing(&connections), a);
    connection_set(&connections, a, CONNECTION_PARTIAL, 4);
    cr_expect_eq(connections_oldest_probing(&connections), b, "idle before partial");
    connection_close(&connections, b);
    cr_expect_eq(connections_oldest_probing(&connections), a);
    connection_close(&connections, a);
    cr_expect_eq(connections.only_probing, 0u);
    cr_expect_null(connections_oldest_probing(&connections), "the other one is served");
    connections_free(&connections);
}
