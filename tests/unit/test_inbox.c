/* What comes on connections, in any pieces. */
#include "route/inbox.h"
#include "route/scan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct inbox inbox;
static struct connection connection;
static int peer;
static const uint8_t *bytes;
static size_t length;

static void set_up(void)
{
    const int room = 8 * SCAN_MAX_BYTES;
    int ends[2];

    cr_assert(inbox_init(&inbox));
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert_eq(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
    peer = ends[0];
    connection = (struct connection){ .fd = ends[1] };
}

static void tear_down(void)
{
    connection_forget(&connection);
    inbox_free(&inbox);
}

TestSuite(inbox, .init = set_up, .fini = tear_down);

static ssize_t read_after(const char *sent)
{
    cr_assert_eq(write(peer, sent, strlen(sent)), (ssize_t)strlen(sent));
    return inbox_read(&inbox, &connection, &bytes, &length);
}

Test(inbox, a_request_is_put_together_of_its_pieces)
{
    cr_expect_eq(read_after("one "), 4);
    cr_assert(inbox_keep(&connection, bytes, length));
    inbox_clear(&inbox);
    cr_expect_eq(read_after("two "), 4);
    cr_assert(inbox_keep(&connection, bytes, length));
    cr_expect_eq(read_after("three"), 5);
    cr_assert_eq(length, 13u);
    cr_expect_arr_eq(bytes, "one two three", 13);
    connection_forget(&connection);
    cr_expect_eq(read_after("four"), 4);
    cr_expect_eq(length, 4u);
}

Test(inbox, what_is_taken_stays_until_the_turn_is_over)
{
    cr_assert_eq(read_after("first"), 5);
    const uint8_t *const first = bytes;
    inbox_take(&inbox, length);
    cr_assert_eq(read_after("second"), 6);
    cr_expect_arr_eq(first, "first", 5);
    cr_expect_arr_eq(bytes, "second", 6);
    inbox_clear(&inbox);
    cr_assert_eq(read_after("third"), 5);
    cr_expect_eq(bytes, first);
}

Test(inbox, nothing_and_the_end_are_told_apart)
{
    cr_expect_eq(inbox_read(&inbox, &connection, &bytes, &length), -1);
    cr_expect_eq(errno, EAGAIN);
    close(peer);
    cr_expect_eq(inbox_read(&inbox, &connection, &bytes, &length), 0);
}

Test(inbox, too_much_is_seen_and_not_read)
{
    static char much[SCAN_MAX_BYTES + 1000];

    cr_assert_eq(write(peer, much, sizeof(much)), (ssize_t)sizeof(much));
    cr_expect_eq(inbox_read(&inbox, &connection, &bytes, &length), SCAN_MAX_BYTES + 1);
    cr_expect_eq(length, SCAN_MAX_BYTES + 1u);
    cr_expect_not(inbox_is_full(&inbox));
    inbox_take(&inbox, length);
    cr_expect_not(inbox_is_full(&inbox), "the largest that is served is smaller");
    inbox_take(&inbox, 1);
    cr_expect(inbox_is_full(&inbox));
}
