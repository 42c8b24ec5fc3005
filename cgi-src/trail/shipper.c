/*
 * trail: ships the journals of all programs to PostgreSQL, each record once.
 *
 * It has no memory of its own: how far a file is shipped stands in the database, and is written in
 * the transaction that adds the records. So it may end at any moment, by any signal; told to by
 * SIGTERM, it ships what is there first, for journals may go with their machine. It reads the
 * journals through folders that it opened before it dropped its privileges; a file is removed only
 * once it is shipped and nobody writes to it any more.
 */
#include "route/route.h"
#include "route/sandbox.h"
#include "route/stats.h"
#include "trail/batch.h"
#include "trail/database_calls.h"
#include "trail/database_remote.h"
#include "trail/keep.h"
#include "trail/spool.h"
#include "trail/store.h"

#include <json-c/json.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

enum {
    GATHER_MS = 100,          /* after something was written: more of it in one transaction */
    PLENTY = BATCH_BYTES / 4, /* bytes of a journal that are worth one without waiting for more */
    BURST_MS_MAX = 30 * 1000, /* half of LATE_SECONDS */
    BURST_RATE = 64 * 1024,   /* bytes in GATHER_MS: about 2,500 requests a second */
    BURST_BYTES = 64 * 1024 * 1024, /* that may wait during one */
    IDLE_MS = 10 * 1000,            /* between two looks at what may be removed */
    BACK_OFF_MS = 100,              /* after a failure, doubled with each */
    BACK_OFF_MOST_MS = 5 * 1000,
    REST_MS = 10 * 1000,          /* for what is left when it is told to end */
    GIVE_UP_MS = 60 * 1000,       /* without a server whose address may have changed */
    MONTHS_MS = 24 * 3600 * 1000, /* between two makings of partitions */
    LATE_SECONDS = 60,            /* behind for longer is a fault, for `bulkhead status` too */
};

/* --- what it is ------------------------------------------------------------------------------- */

static bool is_folder(const char *value)
{
    return value[0] == '/';
}

static bool is_anything(const char *value)
{
    return value != NULL; /* store_check says more, and nothing that is secret */
}

static bool is_burst(const char *value)
{
    return is_integer_between(value, 0, BURST_MS_MAX);
}

static const struct setting settings[] = {
    { .name = "JOURNALS",
      .fallback = "/var/lib/bulkhead/journal",
      .accepts = is_folder,
      .allowed = "the folder that holds a folder of each program's journal" },
    { .name = "DATABASE_URL",
      .fallback = "",
      .accepts = is_anything,
      .allowed = "the URL of the trail's database, such as "
                 "postgresql:///bulkhead?host=/run/postgresql or, over TCP, with sslrootcert; "
                 "empty: bulkhead's own, in the root folder" },
    { .name = "TRAIL_KEEP",
      .fallback = "1GiB",
      .accepts = is_size,
      .allowed = "how much of the journals is kept once it is shipped, such as 512MiB or 1GiB" },
    { .name = "TRAIL_BURST_MS",
      .fallback = "5000",
      .accepts = is_burst,
      .allowed = "an integer from 0 to 30000" },
    SETTINGS_END,
};

static const struct place places[] = {
    { .setting = "JOURNALS", .use = PLACE_SPOOL },
    PLACES_END,
};
static const struct place remote_places[] = {
    { .setting = "JOURNALS", .use = PLACE_SPOOL },
    PLACE_OF_CA,
    PLACES_END,
};

static const struct call spool_calls[] = {
    ALLOW(openat, "spool.c: open_segment", IS(2, SEGMENT_OPEN_FLAGS)),
    ALLOW(pread64, "spool.c: segment_read"),
    ALLOW(lseek, "spool.c: measure; libc: rewinddir"),
    ALLOW(getdents64, "libc: readdir"),
    ALLOW(flock, "spool.c: segment_is_over", IS(1, LOCK_EX | LOCK_NB)),
    ALLOW(unlinkat, "spool.c: spool_remove", IS(2, 0)),
    ALLOW(fstatfs, "keep.c: is_nearly_full"),
    CALLS_END,
};

static const struct param no_params[] = { PARAMS_END };

/*
 * How long records wait, without a time for each: what there was at one moment, and once that much
 * is shipped, the next moment. Whatever waits then came after the first.
 */
struct mark {
    time_t since;  /* what waits came after that; 0: nothing waits */
    time_t at;     /* the moment */
    int64_t bytes; /* that are to be shipped until all that was there then is */
};

struct shipper {
    struct spool *spool;
    struct store *store;
    struct batch batch;
    struct json_tokener *parser;
    struct stats *stats;
    size_t most; /* rows of a batch: fewer while the database refuses one of them */
    uint64_t shipped, skipped;
    struct mark lag;
    int64_t back_off, months_at, connected_at, keep, burst_ms;
};

static bool check_settings(void)
{
    return store_check(setting_text("DATABASE_URL"));
}

static void *open_before_drop(unsigned workers)
{
    struct shipper *const shipper = calloc(1, sizeof(*shipper));

    (void)workers; /* it answers nobody */
    if (shipper == NULL || !batch_init(&shipper->batch) ||
        (shipper->parser = entry_parser()) == NULL) {
        log_error("not enough memory");
        free(shipper); /* the program ends */
        return NULL;
    }
    shipper->most = BATCH_ROWS;
    shipper->keep = size_of(setting_text("TRAIL_KEEP"));
    shipper->burst_ms = setting_number("TRAIL_BURST_MS");
    shipper->spool = before_drop_spool_open(setting_text("JOURNALS"));
    if (shipper->spool != NULL)
        shipper->store = before_drop_store_open(setting_text("DATABASE_URL"));
    if (shipper->store != NULL)
        return shipper;
    free(shipper); /* likewise */
    return NULL;
}

/* For --probe. */
static const char *judge(const uint64_t *counters, uint64_t now)
{
    const uint64_t since = counters[STATS_WAITING];

    if (counters[STATS_CONNECTED] != 1)
        return "it is not connected to the database";
    /* A clock that was set back is nobody's fault. */
    if (since != 0 && since < now && now - since > LATE_SECONDS)
        return "records have waited for more than 60 s";
    return NULL;
}

/* --- what it does ----------------------------------------------------------------------------- */

static void move_mark(struct mark *lag, int64_t behind)
{
    if (behind == 0) {
        lag->since = 0;
        return;
    }
    const bool is_first = lag->since == 0;
    if (!is_first && lag->bytes > 0)
        return;
    const time_t now = time(NULL);
    *lag = (struct mark){ .since = is_first ? now : lag->at, .at = now, .bytes = behind };
}

static void show_progress(struct shipper *shipper)
{
    const int64_t behind = spool_behind(shipper->spool);

    move_mark(&shipper->lag, behind);
    stats_set(shipper->stats, STATS_SHIPPED, shipper->shipped);
    stats_set(shipper->stats, STATS_SKIPPED, shipper->skipped);
    stats_set(shipper->stats, STATS_BEHIND, (uint64_t)behind);
    stats_set(shipper->stats, STATS_WAITING, (uint64_t)shipper->lag.since);
    stats_set(shipper->stats, STATS_CONNECTED, store_is_connected(shipper->store));
}

/* Waits, but takes note of what is written meanwhile. */
static bool back_off(struct shipper *shipper)
{
    const int64_t until = spool_clock() + shipper->back_off;

    shipper->back_off *= 2;
    if (shipper->back_off > BACK_OFF_MOST_MS)
        shipper->back_off = BACK_OFF_MOST_MS;
    show_progress(shipper);
    for (int64_t left; (left = until - spool_clock()) > 0 && !spool_is_to_end(shipper->spool);)
        if (!spool_wait(shipper->spool, (int)left, -1))
            return false;
    return true;
}

/*
 * A row that the database refuses is found by halves, and skipped once it is alone: what was
 * checked before it was sent should never be one, but nothing may hold up the trail for ever.
 */
static void skip_refused(struct shipper *shipper)
{
    if (shipper->batch.count > 1) {
        shipper->most = shipper->batch.count / 2;
        return;
    }
    log_error("database: refuses a record, which is skipped: %.*s",
              (int)strcspn(shipper->batch.rows, "\n"), shipper->batch.rows);
    shipper->batch.length = shipper->batch.count = 0;
    if (store_connect(shipper->store, shipper->spool) &&
        store_add(shipper->store, shipper->spool, &shipper->batch) == STORE_DONE) {
        shipper->lag.bytes -= batch_done(&shipper->batch, shipper->spool);
        shipper->skipped++;
    }
}

/* False: it did not work, and another try is worth a pause. */
static bool ship(struct shipper *shipper)
{
    struct batch *const batch = &shipper->batch;

    batch_take(batch, shipper->spool, shipper->parser, shipper->most);
    if (batch->segments == 0)
        return true;
    switch (store_add(shipper->store, shipper->spool, batch)) {
    case STORE_DONE:
        shipper->lag.bytes -= batch_done(batch, shipper->spool);
        shipper->shipped += batch->count;
        shipper->skipped += batch->skipped;
        shipper->most = shipper->most < BATCH_ROWS / 2 ? 2 * shipper->most : BATCH_ROWS;
        shipper->back_off = BACK_OFF_MS;
        return true;
    case STORE_REFUSED:
        skip_refused(shipper);
        return true;
    default:
        return false;
    }
}

/* What is to be done now and then. */
static void tidy(struct shipper *shipper)
{
    const int64_t now = spool_clock();

    if (store_is_connected(shipper->store) && now - shipper->months_at > MONTHS_MS &&
        store_make_months(shipper->store))
        shipper->months_at = now;
    if (store_is_connected(shipper->store))
        stats_set(shipper->stats, STATS_KEPT,
                  (uint64_t)keep_within(shipper->spool, shipper->store, shipper->keep));
}

/* Also while there is nothing to ship: where the trail was restored, there is now. */
static bool be_connected(struct shipper *shipper)
{
    if (store_is_still_connected(shipper->store))
        return true;
    if (!spool_list(shipper->spool) || !store_connect(shipper->store, shipper->spool))
        return false;
    shipper->months_at = spool_clock();
    return true;
}

/*
 * For more of it: a transaction costs the same for one record and for thousands. Deaf meanwhile:
 * who writes need not wake this at each line. While so much comes that whoever answers requests
 * needs the processors, it goes on, within bounds: a burst is shipped after it. False without
 * memory.
 */
static bool gather(struct shipper *shipper)
{
    const int64_t until = spool_clock() + shipper->burst_ms;
    int64_t before, behind = spool_behind(shipper->spool);

    do {
        before = behind;
        poll(NULL, 0, GATHER_MS);
        if (!spool_wait(shipper->spool, 0, -1))
            return false;
        behind = spool_behind(shipper->spool);
        show_progress(shipper);
    } while (behind - before > BURST_RATE && behind < BURST_BYTES && spool_clock() < until &&
             !spool_is_to_end(shipper->spool));
    return true;
}

/* Until something is written, and for more of it. */
static bool wait_for_work(struct shipper *shipper)
{
    const bool is_waiting = shipper->batch.segments > 0 && spool_behind(shipper->spool) > 0;

    if (!is_waiting && !spool_wait(shipper->spool, IDLE_MS, store_socket(shipper->store)))
        return false;
    return spool_behind(shipper->spool) == 0 || gather(shipper);
}

/* Ships until little is left. False: without memory, or after a failure that was waited for. */
static bool ship_all(struct shipper *shipper)
{
    do {
        if (!be_connected(shipper) || !ship(shipper))
            return back_off(shipper);
        shipper->connected_at = spool_clock();
        if (!spool_wait(shipper->spool, 0, -1))
            return false;
        tidy(shipper); /* also while there is no end to it: what is shipped makes room */
        show_progress(shipper);
    } while (shipper->batch.segments > 0 && spool_behind(shipper->spool) > PLENTY);
    return spool_is_to_end(shipper->spool) || wait_for_work(shipper);
}

/* The last of it: those who wrote it have ended, as a rule. A failure has no other try. */
static void ship_rest(struct shipper *shipper)
{
    const int64_t until = spool_clock() + REST_MS;
    bool is_more = spool_list(shipper->spool);

    while (is_more && spool_clock() < until && be_connected(shipper) && ship(shipper))
        is_more = shipper->batch.segments > 0 && spool_wait(shipper->spool, 0, -1);
    show_progress(shipper);
    const int64_t behind = spool_behind(shipper->spool);
    if (behind > 0)
        log_warning("stopped: %lld bytes of the journals are not shipped", (long long)behind);
    else
        log_info("stopped: all is shipped");
}

/* To look its address and the password up anew takes rights that this process has given up. */
static bool has_lost_server(const struct shipper *shipper)
{
    return store_is_remote(shipper->store) && !store_is_connected(shipper->store) &&
           spool_clock() - shipper->connected_at > GIVE_UP_MS;
}

static bool run(void *context, struct stats *stats)
{
    struct shipper *const shipper = context;

    shipper->stats = stats;
    shipper->back_off = BACK_OFF_MS;
    shipper->connected_at = spool_clock();
    while (ship_all(shipper)) {
        if (spool_is_to_end(shipper->spool)) {
            ship_rest(shipper);
            return true;
        }
        if (has_lost_server(shipper)) {
            log_error("database: no connection for %d s: ends, so that the next one looks up anew "
                      "what the server's address and the password are",
                      GIVE_UP_MS / 1000);
            return false;
        }
    }
    log_error("not enough memory for the list of files");
    return false;
}

int main(int argc, char **argv)
{
    static const struct sandbox local = { .calls = spool_calls,
                                          .also = calls_of_database,
                                          .places = places };
    static const struct sandbox remote = { .calls = spool_calls,
                                           .also = calls_of_remote_database,
                                           .places = remote_places,
                                           .tcp_port = database_port };

    return route_main(argc, argv,
                      &(const struct route){ .name = "trail",
                                             .summary = "Ships the journals of Bulkhead's "
                                                        "programs to PostgreSQL",
                                             .params = no_params,
                                             .settings = settings,
                                             .check_settings = check_settings,
                                             .sandbox = choose_sandbox(&local, &remote),
                                             .open_before_drop = open_before_drop,
                                             .run = run,
                                             .judge = judge });
}
