/* The text of /metrics: what becomes of pages, good and bad. */
#include "health/exposition.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { TWO = 2 };

static struct programs programs = { .count = 1, .names = { "hello" }, .processes = TWO };
static struct page pages[TWO];
static char text[64 * 1024];

static uint8_t raw[STATS_PAGE_BYTES + 1];

static void set_raw(enum stats_place place, uint64_t number)
{
    memcpy(raw + place * sizeof(number), &number, sizeof(number));
}

static const char *written(const struct page *shipper, int64_t now)
{
    const struct exposition exposition = {
        .programs = &programs, .pages = pages, .shipper = shipper, .now = now
    };
    struct buffer out = { .bytes = text, .size = sizeof(text) - 1 };

    exposition_write(&exposition, &out);
    cr_assert(!out.is_full);
    text[out.length] = '\0';
    return text;
}

static bool has_line(const char *all, const char *line)
{
    const size_t length = strlen(line);

    for (const char *at = strstr(all, line); at != NULL; at = strstr(at + 1, line))
        if ((at == all || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0'))
            return true;
    return false;
}

#define EXPECT_LINE(line) cr_expect(has_line(text, line), "no line %s", line)

Test(exposition, a_page_is_whole_and_ready_or_not_up)
{
    struct page page;

    set_raw(STATS_MAGIC, STATS_MAGIC_VALUE);
    set_raw(STATS_ANSWERED_2XX, 7);
    page_read(raw, STATS_PAGE_BYTES, &page);
    cr_expect(page.is_up && page.places[STATS_ANSWERED_2XX] == 7);
    page_read(raw, STATS_PAGE_BYTES - 1, &page);
    cr_expect(!page.is_up && page.places[STATS_ANSWERED_2XX] == 0, "too short");
    page_read(raw, STATS_PAGE_BYTES + 1, &page);
    cr_expect(!page.is_up, "too long");
    page_read(raw, 0, &page);
    cr_expect(!page.is_up, "nothing");
    set_raw(STATS_MAGIC, STATS_MAGIC_VALUE + 1);
    page_read(raw, STATS_PAGE_BYTES, &page);
    cr_expect(!page.is_up && page.places[STATS_ANSWERED_2XX] == 0, "not ready");
}

Test(exposition, one_process_of_two)
{
    pages[1] = (struct page){ .is_up = true };
    pages[1].places[STATS_ANSWERED_2XX] = 5;
    pages[1].places[STATS_ANSWERED_4XX] = 6;
    pages[1].places[STATS_ANSWERED_5XX] = 7;
    pages[1].places[STATS_CONNECTIONS] = 8;
    pages[1].places[STATS_DROPPED] = 9;
    pages[1].places[STATS_REFUSED] = 10;
    pages[1].places[STATS_STARTED] = 11;
    pages[1].places[STATS_LANDLOCK] = 7;
    pages[1].places[STATS_LAYERS] = 1 << LAYER_LANDLOCK | 1 << LAYER_MDWE;
    written(NULL, 0);
    EXPECT_LINE("bulkhead_up{route=\"hello\",process=\"1\"} 0");
    EXPECT_LINE("bulkhead_up{route=\"hello\",process=\"2\"} 1");
    EXPECT_LINE("bulkhead_requests_total{route=\"hello\",process=\"2\",verdict=\"allowed\"} 5");
    EXPECT_LINE("bulkhead_requests_total{route=\"hello\",process=\"2\",verdict=\"rejected\"} 6");
    EXPECT_LINE("bulkhead_requests_total{route=\"hello\",process=\"2\",verdict=\"failed\"} 7");
    EXPECT_LINE("bulkhead_connections{route=\"hello\",process=\"2\"} 8");
    EXPECT_LINE("bulkhead_connections_dropped_total{route=\"hello\",process=\"2\"} 9");
    EXPECT_LINE("bulkhead_connections_refused_total{route=\"hello\",process=\"2\"} 10");
    EXPECT_LINE("bulkhead_process_start_time_seconds{route=\"hello\",process=\"2\"} 11");
    EXPECT_LINE("bulkhead_landlock_abi{route=\"hello\",process=\"2\"} 7");
    EXPECT_LINE("bulkhead_sandbox_layer{route=\"hello\",process=\"2\",layer=\"user\"} 0");
    EXPECT_LINE("bulkhead_sandbox_layer{route=\"hello\",process=\"2\",layer=\"landlock\"} 1");
    EXPECT_LINE("bulkhead_sandbox_layer{route=\"hello\",process=\"2\",layer=\"mdwe\"} 1");
    cr_expect_null(strstr(text, "bulkhead_connections{route=\"hello\",process=\"1\"}"));
    cr_expect_null(strstr(text, "trail"));
    cr_expect(text[strlen(text) - 1] != '\n', "the runtime adds the last one");
}

#define BUCKET(bound)                                                                              \
    "bulkhead_request_duration_seconds_bucket{route=\"hello\",process=\"1\",le=\"" bound "\"} "

Test(exposition, a_histogram_adds_up)
{
    pages[0] = (struct page){ .is_up = true };
    for (unsigned i = 0; i < DURATION_CLASSES; i++)
        pages[0].places[STATS_DURATIONS + i] = i + 1;
    pages[0].places[STATS_MICROSECONDS] = 12000034;
    written(NULL, 0);
    EXPECT_LINE(BUCKET("0.0005") "1");
    EXPECT_LINE(BUCKET("0.001") "3");
    EXPECT_LINE(BUCKET("0.0025") "6");
    EXPECT_LINE(BUCKET("0.005") "10");
    EXPECT_LINE(BUCKET("0.01") "15");
    EXPECT_LINE(BUCKET("0.025") "21");
    EXPECT_LINE(BUCKET("0.05") "28");
    EXPECT_LINE(BUCKET("0.1") "36");
    EXPECT_LINE(BUCKET("0.25") "45");
    EXPECT_LINE(BUCKET("0.5") "55");
    EXPECT_LINE(BUCKET("1") "66");
    EXPECT_LINE(BUCKET("2.5") "78");
    EXPECT_LINE(BUCKET("5") "91");
    EXPECT_LINE(BUCKET("+Inf") "105");
    EXPECT_LINE("bulkhead_request_duration_seconds_sum{route=\"hello\",process=\"1\"} 12.000034");
    EXPECT_LINE("bulkhead_request_duration_seconds_count{route=\"hello\",process=\"1\"} 105");
}

Test(exposition, a_page_of_lies_is_numbers)
{
    memset(raw, 0xff, sizeof(raw));
    set_raw(STATS_MAGIC, STATS_MAGIC_VALUE);
    page_read(raw, STATS_PAGE_BYTES, &pages[0]);
    written(&pages[0], 1000);
    EXPECT_LINE(BUCKET("0.0005") "18446744073709551615");
    EXPECT_LINE(BUCKET("+Inf") "18446744073709551615");
    EXPECT_LINE("bulkhead_request_duration_seconds_sum{route=\"hello\",process=\"1\"} "
                "18446744073709.551615");
    EXPECT_LINE("bulkhead_landlock_abi{route=\"hello\",process=\"1\"} 0");
    EXPECT_LINE("bulkhead_trail_lag_seconds 0");
    EXPECT_LINE("bulkhead_trail_database_connected 0");
}

Test(exposition, the_shipper)
{
    struct page shipper = { .is_up = true };

    shipper.places[STATS_SHIPPED] = 1;
    shipper.places[STATS_SKIPPED] = 2;
    shipper.places[STATS_BEHIND] = 3;
    shipper.places[STATS_WAITING] = 990;
    shipper.places[STATS_CONNECTED] = 1;
    shipper.places[STATS_KEPT] = 4;
    written(&shipper, 1000);
    EXPECT_LINE("bulkhead_up{route=\"trail\",process=\"1\"} 1");
    EXPECT_LINE("bulkhead_trail_shipped_total 1");
    EXPECT_LINE("bulkhead_trail_skipped_total 2");
    EXPECT_LINE("bulkhead_trail_behind_bytes 3");
    EXPECT_LINE("bulkhead_trail_lag_seconds 10");
    EXPECT_LINE("bulkhead_trail_database_connected 1");
    EXPECT_LINE("bulkhead_trail_kept_bytes 4");
    cr_expect_null(strstr(text, "requests_total{route=\"trail\""), "it answers none");
    shipper.places[STATS_WAITING] = 0;
    written(&shipper, 1000);
    EXPECT_LINE("bulkhead_trail_lag_seconds 0");
    shipper.is_up = false;
    written(&shipper, 1000);
    EXPECT_LINE("bulkhead_up{route=\"trail\",process=\"1\"} 0");
    cr_expect_null(strstr(text, "bulkhead_trail_"), "nothing is known");
}

Test(exposition, there_is_room_for_as_many_as_there_may_be)
{
    enum { ROUTES = ALL_PROCESSES_MAX / PROCESSES_MAX };
    static struct programs most = { .count = ROUTES, .processes = PROCESSES_MAX };
    static struct page full[ALL_PROCESSES_MAX];
    struct buffer out = { .bytes = malloc(EXPOSITION_MAX), .size = EXPOSITION_MAX };

    for (size_t i = 0; i < ROUTES; i++)
        memset(most.names[i], 'a' + (int)i, PROBE_NAME_MAX);
    for (size_t i = 0; i < ALL_PROCESSES_MAX; i++) {
        memset(full[i].places, 0xff, sizeof(full[i].places));
        full[i].is_up = true;
    }
    exposition_write(&(struct exposition){ .programs = &most, .pages = full, .shipper = full },
                     &out);
    cr_expect(!out.is_full);
    free(out.bytes);
}
