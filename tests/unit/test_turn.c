/* A turn of the event loop: records first, then answers, and each request its own. */
#include "echo_route.h"
#include "fcgi_bytes.h"
#include "route/turn.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ASKED = 5, WAITED = 2000 /* us */ };

static char folder[] = "/tmp/bulkhead-turn-XXXXXX";
static struct service service = { .route = &echo_route };
static struct worker worker;
static struct stats *stats;
static struct turn turn;
static struct connection connections[ASKED];
static int peers[ASKED];
static struct bytes requests[ASKED];

static void set_up(void)
{
    struct predecessor predecessor;
    int ends[2];
    char query[16];

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_not_null(mkdtemp(folder));
    service.journal = journal_open(folder, false);
    cr_assert(service.journal != NULL && journal_begin(service.journal) && fcgi_init());
    stats = stats_open(NULL, &predecessor);
    cr_assert(worker_init(&worker, &service, 0) && turn_init(&turn, &worker, stats));
    for (int i = 0; i < ASKED; i++) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        peers[i] = ends[0];
        connections[i].fd = ends[1];
        snprintf(query, sizeof(query), "name=number%d", i);
        add_request(&requests[i], query);
    }
}

/* Path of the journal's one file. */
static const char *journal_file(void)
{
    static char path[400];
    DIR *const listing = opendir(folder);

    cr_assert_not_null(listing);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    closedir(listing);
    return path;
}

static void tear_down(void)
{
    cr_assert_eq(unlink(journal_file()), 0);
    cr_assert_eq(rmdir(folder), 0);
    turn_free(&turn);
    worker_free(&worker);
}

TestSuite(turn, .init = set_up, .fini = tear_down);

static enum turn_answered ask(struct worker *asked, int i)
{
    return turn_answer(&turn, asked, &connections[i], requests[i].data, requests[i].length, NULL);
}

static void answer(int i)
{
    cr_assert_eq(ask(&worker, i), TURN_ANSWERED);
}

static void ask_all(void)
{
    for (int i = 0; i < ASKED; i++)
        answer(i);
}

static const char *received(int peer)
{
    static char text[4096];
    const ssize_t length = recv(peer, text, sizeof(text) - 1, MSG_DONTWAIT);

    for (ssize_t i = 0; i < length; i++)
        if (text[i] == '\0')
            text[i] = '.';
    text[length > 0 ? length : 0] = '\0';
    return text;
}

/* What the journal holds. */
static const char *recorded(void)
{
    static char text[16384];
    const int file = open(journal_file(), O_RDONLY | O_CLOEXEC);
    const ssize_t length = read(file, text, sizeof(text) - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

static int lines_in(const char *text)
{
    int count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* The journal takes so many bytes and not one more. */
static void limit_files(rlim_t bytes)
{
    const struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(turn, nothing_leaves_before_its_end)
{
    ask_all();
    cr_expect_str_empty(received(peers[0]));
    cr_expect_str_empty(recorded());
    turn_end(&turn);
    cr_expect_eq(lines_in(recorded()), ASKED);
    for (int i = 0; i < ASKED; i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "<number%d>\n", i);
        cr_expect_not_null(strstr(received(peers[i]), expected));
        cr_expect(turn.pending[i].keep);
    }
    cr_expect_eq(stats->places[STATS_ANSWERED_2XX], ASKED);
}

Test(turn, the_next_one_has_nothing_of_it)
{
    ask_all();
    turn_end(&turn);
    turn_begin(&turn);
    turn_end(&turn);
    cr_expect_eq(lines_in(recorded()), ASKED);
    cr_expect_eq(stats->places[STATS_ANSWERED], ASKED);
}

Test(turn, whose_record_is_not_there_gets_no_other_answer_than_that)
{
    ask_all();
    limit_files(turn.pending[1].record_end + 10); /* two lines and a part of the third */
    turn_end(&turn);
    for (int i = 0; i < ASKED; i++) {
        const char *const text = received(peers[i]);
        cr_expect_not_null(strstr(text, i < 2 ? "Status: 200" : "Status: 503"), "%d: %s", i, text);
        cr_expect_eq(strstr(text, "<number") != NULL, i < 2);
        cr_expect(turn.pending[i].keep);
    }
    cr_expect_eq(stats->places[STATS_ANSWERED_2XX], 2u);
    cr_expect_eq(stats->places[STATS_ANSWERED_5XX], ASKED - 2);
}

Test(turn, a_torn_line_is_ended_before_the_next)
{
    ask_all();
    limit_files(turn.pending[0].record_end + 10);
    turn_end(&turn);
    turn_begin(&turn);
    limit_files(RLIM_INFINITY);
    ask_all();
    turn_end(&turn);
    const char *const text = recorded();
    cr_expect_eq(lines_in(text), 1 + 1 + ASKED, "%s", text);
    cr_expect_not_null(strstr(text, "!\n{"), "%s", text);
}

Test(turn, who_does_not_read_is_not_kept)
{
    static const char filler[4096];

    while (write(connections[1].fd, filler, sizeof(filler)) > 0)
        ;
    close(peers[2]);
    ask_all();
    turn_end(&turn);
    for (int i = 0; i < ASKED; i++)
        cr_expect_eq(turn.pending[i].keep, i != 1 && i != 2, "%d", i);
}

Test(turn, it_ends_before_it_has_no_room)
{
    size_t answers = 0;

    for (; !turn_is_full(&turn); answers++)
        answer(0);
    cr_expect(answers > 0 && answers <= TURN_ANSWERS);
    cr_expect_not(turn.records.is_full);
}

/* A handler that begins, and another that ends. */
static bool begun_may_wait;

static void begin(const struct request *request, struct response *response)
{
    begun_may_wait = request_may_wait(request);
    answer_later(response);
}

static void finish(const struct request *request, struct response *response)
{
    answer_text(response, "<%s>, later", request_param(request, "name"));
}

static const struct route slow_route = {
    .name = "test", .params = echo_params, .handle = begin, .resume = finish
};

Test(turn, what_is_later_is_no_answer)
{
    const struct service slow_service = { .route = &slow_route, .journal = service.journal };
    struct worker slow;

    cr_assert(worker_init(&slow, &slow_service, 0));
    slow.part = PART_BEGIN;
    answer(0);
    cr_expect_eq(ask(&slow, 1), TURN_LATER);
    cr_expect_not(begun_may_wait);
    answer(2);
    cr_expect_eq(turn.count, 2u);
    turn_end(&turn);
    cr_expect_eq(lines_in(recorded()), 2);
    cr_expect_not_null(strstr(received(peers[0]), "<number0>"));
    cr_expect_str_empty(received(peers[1]));
    cr_expect_not_null(strstr(received(peers[2]), "<number2>"));

    turn_begin(&turn);
    usleep(WAITED);
    slow.part = PART_REST;
    cr_expect_eq(ask(&slow, 1), TURN_ANSWERED);
    cr_expect_geq(turn.pending[0].microseconds, WAITED, "counted from its beginning");
    turn_end(&turn);
    cr_expect_not_null(strstr(received(peers[1]), "<number1>, later"));
    worker_free(&slow);
}

/* In plain CGI, or on a thread that has it whole. */
Test(turn, of_the_whole_the_rest_is_waited_for)
{
    const struct service slow_service = { .route = &slow_route };
    struct worker slow;

    cr_assert(worker_init(&slow, &slow_service, 0));
    cr_expect_eq(ask(&slow, 0), TURN_ANSWERED);
    cr_expect(begun_may_wait);
    turn_end(&turn);
    cr_expect_not_null(strstr(received(peers[0]), "<number0>, later"));
    worker_free(&slow);
}
