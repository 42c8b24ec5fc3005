/* The counters of a process: which answers are counted where. */
#include "route/stats.h"

#include <criterion/criterion.h>
#include <string.h>

static struct stats *stats;

static void begin(void)
{
    struct predecessor predecessor;

    stats = stats_open(NULL, &predecessor);
}

static unsigned long long number(unsigned place)
{
    return stats->places[place];
}

TestSuite(stats, .init = begin);

Test(stats, an_answer_is_counted_by_its_status)
{
    static const int statuses[] = { 200, 299, 400, 499, 403, 500, 503, 504, 505 };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        stats_count_answer(stats, statuses[i], 0);
    cr_expect_eq(number(STATS_ANSWERED), 9);
    cr_expect_eq(number(STATS_ANSWERED_2XX), 2);
    cr_expect_eq(number(STATS_ANSWERED_4XX), 3);
    cr_expect_eq(number(STATS_ANSWERED_5XX), 4);
}

Test(stats, an_answer_is_counted_by_what_it_took)
{
    static const struct {
        int64_t microseconds;
        unsigned class;
        const char *reason;
    } rows[] = {
        { 0, 0, "no time" },
        { -5, 0, "a clock that went back" },
        { 500, 0, "a bound is of the class that it bounds" },
        { 501, 1, "and what is more of the next" },
        { 999999, 10, "a second, nearly" },
        { 5000000, 12, "the last bound" },
        { 5000001, 13, "beyond all" },
        { INT64_MAX, 13, "however long" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin();
        stats_count_answer(stats, 200, rows[i].microseconds);
        for (unsigned class = 0; class < DURATION_CLASSES; class ++)
            cr_expect_eq(number(STATS_DURATIONS + class), class == rows[i].class, "%s: class %u",
                         rows[i].reason, class);
        cr_expect_eq(number(STATS_MICROSECONDS),
                     rows[i].microseconds > 0 ? (uint64_t)rows[i].microseconds : 0, "%s",
                     rows[i].reason);
    }
}

Test(stats, a_page_is_whole_and_ready_or_nothing)
{
    static uint8_t bytes[STATS_PAGE_BYTES + 1];
    const uint64_t good[] = { STATS_MAGIC_VALUE, 7 }, bad[] = { STATS_MAGIC_VALUE - 1, 7 };
    uint64_t places[STATS_PLACES];

    memcpy(bytes, good, sizeof(good));
    cr_expect(stats_read(bytes, STATS_PAGE_BYTES, places) && places[STATS_PID] == 7);
    cr_expect(!stats_read(bytes, STATS_PAGE_BYTES - 1, places) && places[STATS_PID] == 0, "short");
    cr_expect(!stats_read(bytes, STATS_PAGE_BYTES + 1, places), "long");
    cr_expect(!stats_read(bytes, 0, places), "nothing");
    memcpy(bytes, bad, sizeof(bad));
    cr_expect(!stats_read(bytes, STATS_PAGE_BYTES, places) && places[STATS_PID] == 0, "not ready");
}

Test(stats, layers_are_bits)
{
    stats_add_layer(stats, LAYER_USER);
    stats_add_layer(stats, LAYER_MDWE);
    stats_add_layer(stats, LAYER_MDWE);
    cr_expect_eq(number(STATS_LAYERS), 1 << LAYER_USER | 1 << LAYER_MDWE);
}
