#include "health/exposition.h"

#include <inttypes.h>
#include <string.h>

enum { MICRO = 1000000, ABI_MAX = 1000 };

static const char *const layer_names[LAYERS] = {
    [LAYER_USER] = "user",       [LAYER_ROOT] = "root",     [LAYER_LANDLOCK] = "landlock",
    [LAYER_SECCOMP] = "seccomp", [LAYER_LIMITS] = "limits", [LAYER_MDWE] = "mdwe",
};

/* A series of a place as it is. */
struct series {
    const char *name, *type, *help;
    enum stats_place place;
};

static const struct series of_routes[] = {
    { "bulkhead_connections", "gauge", "Connections that are open.", STATS_CONNECTIONS },
    { "bulkhead_connections_dropped_total", "counter",
      "Connections that sent no request of a web server's making, or half of one.", STATS_DROPPED },
    { "bulkhead_connections_refused_total", "counter",
      "Connections of a user that may not connect, or may only probe and did more.",
      STATS_REFUSED },
};

static const struct series of_shipper[] = {
    { "bulkhead_trail_shipped_total", "counter", "Records that were taken to the database.",
      STATS_SHIPPED },
    { "bulkhead_trail_skipped_total", "counter", "Lines of journals that are no records.",
      STATS_SKIPPED },
    { "bulkhead_trail_behind_bytes", "gauge", "Bytes of journals that are still to be shipped.",
      STATS_BEHIND },
    { "bulkhead_trail_kept_bytes", "gauge", "Bytes of all files of the journals.", STATS_KEPT },
};

/* --- pages ------------------------------------------------------------------------------------ */

void page_read(const uint8_t *bytes, size_t length, struct page *page)
{
    page->is_up = stats_read(bytes, length, page->places);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void put_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    put_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A process with the labels that name it. */
struct subject {
    const char *route;
    size_t process;
    const struct page *page;
};

/* Labels beyond these begin with a comma. */
static void put_number(struct buffer *out, const char *name, const struct subject *subject,
                       const char *labels, uint64_t number)
{
    put_format(out, "%s{route=\"%s\",process=\"%zu\"%s} %" PRIu64 "\n", name, subject->route,
               subject->process, labels, number);
}

/* The processes of routes, and then the shipper's where it counts too. False: there are no more. */
static bool find_subject(const struct exposition *exposition, size_t at, bool with_shipper,
                         struct subject *subject)
{
    const struct programs *const programs = exposition->programs;
    const size_t count = programs->count * programs->processes;

    if (at < count) {
        *subject = (struct subject){ .route = programs->names[at / programs->processes],
                                     .process = at % programs->processes + 1,
                                     .page = &exposition->pages[at] };
        return true;
    }
    *subject = (struct subject){ .route = "trail", .process = 1, .page = exposition->shipper };
    return at == count && with_shipper && exposition->shipper != NULL;
}

/* For each process that is up, and with_shipper for the shipper. */
#define FOR_EACH_UP(exposition, with_shipper, subject)                                             \
    for (size_t at_ = 0; find_subject(exposition, at_, with_shipper, subject); at_++)              \
        if ((subject)->page->is_up)

/* --- families --------------------------------------------------------------------------------- */

static void put_up(const struct exposition *exposition, struct buffer *out)
{
    const char *const name = "bulkhead_up";
    struct subject subject;

    put_head(out, name, "gauge",
             "1 for a process that has got ready, and has not ended by itself.");
    for (size_t at = 0; find_subject(exposition, at, true, &subject); at++)
        put_number(out, name, &subject, "", subject.page->is_up);
}

static void put_requests(const struct exposition *exposition, struct buffer *out)
{
    static const struct {
        const char *labels;
        enum stats_place place;
    } verdicts[] = {
        { ",verdict=\"allowed\"", STATS_ANSWERED_2XX },
        { ",verdict=\"rejected\"", STATS_ANSWERED_4XX },
        { ",verdict=\"failed\"", STATS_ANSWERED_5XX },
    };
    const char *const name = "bulkhead_requests_total";
    struct subject subject;

    put_head(out, name, "counter", "Requests that were answered.");
    FOR_EACH_UP(exposition, false, &subject)
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
        put_number(out, name, &subject, verdicts[i].labels,
                   subject.page->places[verdicts[i].place]);
}

/* What a page holds may be any number: a sum that has no place stays the largest. */
static uint64_t add_up(uint64_t one, uint64_t other)
{
    return one > UINT64_MAX - other ? UINT64_MAX : one + other;
}

static void put_histogram(const char *name, const struct subject *subject, struct buffer *out)
{
    const uint64_t *const places = subject->page->places;
    const uint64_t microseconds = places[STATS_MICROSECONDS];
    uint64_t count = 0;

    for (unsigned i = 0; i < DURATION_CLASSES; i++) {
        count = add_up(count, places[STATS_DURATIONS + i]);
        put_format(out, "%s_bucket{route=\"%s\",process=\"%zu\",le=\"", name, subject->route,
                   subject->process);
        if (i < DURATION_BOUNDS)
            put_format(out, "%g", (double)duration_bounds[i] / MICRO);
        else
            put_text(out, "+Inf");
        put_format(out, "\"} %" PRIu64 "\n", count);
    }
    put_format(out, "%s_sum{route=\"%s\",process=\"%zu\"} %" PRIu64 ".%06" PRIu64 "\n", name,
               subject->route, subject->process, microseconds / MICRO, microseconds % MICRO);
    put_format(out, "%s_count{route=\"%s\",process=\"%zu\"} %" PRIu64 "\n", name, subject->route,
               subject->process, count);
}

static void put_durations(const struct exposition *exposition, struct buffer *out)
{
    const char *const name = "bulkhead_request_duration_seconds";
    struct subject subject;

    put_head(out, name, "histogram",
             "Seconds from the whole request to its answer, without their way through nginx.");
    FOR_EACH_UP(exposition, false, &subject)
    put_histogram(name, &subject, out);
}

static void put_series(const struct exposition *exposition, const struct series *series,
                       bool with_shipper, struct buffer *out)
{
    struct subject subject;

    put_head(out, series->name, series->type, series->help);
    FOR_EACH_UP(exposition, with_shipper, &subject)
    put_number(out, series->name, &subject, "", subject.page->places[series->place]);
}

static void put_layers(const struct exposition *exposition, struct buffer *out)
{
    const char *name = "bulkhead_sandbox_layer";
    char labels[32] = ",layer=\"";
    struct subject subject;

    put_head(out, name, "gauge", "1 for a layer that the process has found to hold, else 0.");
    FOR_EACH_UP(exposition, true, &subject)
    for (unsigned layer = 0; layer < LAYERS; layer++) {
        struct buffer text = { .bytes = labels, .size = sizeof(labels) };
        put_format(&text, ",layer=\"%s\"", layer_names[layer]);
        put_number(out, name, &subject, labels, subject.page->places[STATS_LAYERS] >> layer & 1);
    }
    name = "bulkhead_landlock_abi";
    put_head(out, name, "gauge", "The version of Landlock that is in force; 0: none.");
    FOR_EACH_UP(exposition, true, &subject)
    {
        const uint64_t abi = subject.page->places[STATS_LANDLOCK];
        put_number(out, name, &subject, "", abi <= ABI_MAX ? abi : 0);
    }
}

static void put_alone(struct buffer *out, const struct series *series, uint64_t number)
{
    put_head(out, series->name, series->type, series->help);
    put_format(out, "%s %" PRIu64 "\n", series->name, number);
}

static uint64_t seconds_since(uint64_t then, int64_t now)
{
    return then == 0 || now < 0 || then > (uint64_t)now ? 0 : (uint64_t)now - then;
}

static void put_shipper(const struct exposition *exposition, struct buffer *out)
{
    static const struct series lag = { "bulkhead_trail_lag_seconds", "gauge",
                                       "How long the oldest record has waited to be shipped.",
                                       STATS_WAITING };
    static const struct series connected = { "bulkhead_trail_database_connected", "gauge",
                                             "1 while the shipper is connected to the database.",
                                             STATS_CONNECTED };
    const struct page *const page = exposition->shipper;

    if (page == NULL || !page->is_up)
        return;
    for (size_t i = 0; i < sizeof(of_shipper) / sizeof(of_shipper[0]); i++)
        put_alone(out, &of_shipper[i], page->places[of_shipper[i].place]);
    put_alone(out, &lag, seconds_since(page->places[lag.place], exposition->now));
    put_alone(out, &connected, page->places[connected.place] == 1);
}

void exposition_write(const struct exposition *exposition, struct buffer *out)
{
    static const struct series started = { "bulkhead_process_start_time_seconds", "gauge",
                                           "When the process started, in seconds since 1970.",
                                           STATS_STARTED };

    put_up(exposition, out);
    put_requests(exposition, out);
    put_durations(exposition, out);
    for (size_t i = 0; i < sizeof(of_routes) / sizeof(of_routes[0]); i++)
        put_series(exposition, &of_routes[i], false, out);
    put_series(exposition, &started, true, out);
    put_layers(exposition, out);
    put_shipper(exposition, out);
    if (out->length > 0 && out->bytes[out->length - 1] == '\n')
        out->length--;
}
