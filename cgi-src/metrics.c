/*
 * Route /metrics: the counters of all processes as text for Prometheus, to whoever the edge lets
 * ask.
 *
 * It reads the pages that the programs keep in the folder run/, and nothing else: it can't connect
 * to anybody. A page may hold whatever its program likes, see health/exposition.h.
 */
#include "health/exposition.h"
#include "health/programs.h"
#include "route/route.h"
#include "route/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    /* An answer may take more than a socket holds, so somebody has to wait for its reader. */
    WORKERS = 2,
    REQUEST_BYTES = EXPOSITION_MAX + 1024 * 1024, /* and the pages */
    /* What is no regular file, a FIFO say, is not waited for. */
    PAGE_OPEN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
};

static const struct param params[] = { PARAMS_END };

static bool is_on_or_off(const char *value)
{
    return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
}

static const struct setting settings[] = {
    SETTINGS_OF_PROGRAMS,
    { .name = "TRAIL",
      .fallback = "on",
      .accepts = is_on_or_off,
      .allowed = "on or off: whether there is a shipper of the trail" },
    SETTINGS_END,
};

static const struct call calls[] = {
    ALLOW(openat, "metrics.c: read_page", IS(2, PAGE_OPEN_FLAGS)),
    CALLS_END,
};

static const struct place places[] = {
    { .setting = "RUN_DIR", .use = PLACE_PAGES },
    PLACES_END,
};

static const struct sandbox sandbox = { .calls = calls, .places = places };

struct metrics {
    struct programs *programs;
    int folder;
    bool has_shipper;
    bool is_shipper_known;
    char shipper[KEPT_PATH_BYTES];
};

static void *open_before_drop(unsigned workers)
{
    const char *const path = setting_text("RUN_DIR");
    struct metrics *const metrics = calloc(1, sizeof(*metrics));

    (void)workers;
    if (metrics == NULL) {
        log_error("not enough memory");
        return NULL;
    }
    metrics->has_shipper = strcmp(setting_text("TRAIL"), "on") == 0;
    metrics->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (metrics->folder < 0) {
        log_error("RUN_DIR=%s: %s", path, strerror(errno));
    } else {
        metrics->is_shipper_known =
            programs_find(metrics->folder, "trail", KEPT_COUNTERS, metrics->shipper);
        metrics->programs = programs_read(metrics->folder, KEPT_COUNTERS);
    }
    if (metrics->programs != NULL)
        return metrics;
    free(metrics); /* the program ends */
    return NULL;
}

/* Of a process that had nothing at the start: it may have a folder by now. */
static int open_page_in_folder(int folder, const char *path)
{
    char other[KEPT_PATH_BYTES];
    const size_t length = strlen(path);

    memcpy(other, path, length + 1);
    other[length - strlen(".stats")] = '/';
    return openat(folder, other, PAGE_OPEN_FLAGS);
}

/* Anew each time: a process that starts makes a new file. */
static void read_page(const struct metrics *metrics, const char *path, bool is_known,
                      struct page *page)
{
    uint8_t bytes[STATS_PAGE_BYTES + 1]; /* one more shows that a file is too long */
    int fd = openat(metrics->folder, path, PAGE_OPEN_FLAGS);

    if (fd < 0 && !is_known)
        fd = open_page_in_folder(metrics->folder, path);
    const ssize_t length = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;

    if (fd >= 0)
        close(fd);
    page_read(bytes, length > 0 ? (size_t)length : 0, page);
}

static struct page *read_pages(const struct request *request, const struct metrics *metrics)
{
    const struct programs *const programs = metrics->programs;
    const size_t count = programs->count * programs->processes;
    struct page *const pages = request_alloc(request, count * sizeof(*pages));

    for (size_t i = 0; i < count; i++)
        read_page(metrics, programs->paths[i], programs->are_known[i], &pages[i]);
    return pages;
}

static void answer_metrics(const struct request *request, struct response *response)
{
    const struct metrics *const metrics = request_context(request);
    struct buffer out = { .bytes = request_alloc(request, EXPOSITION_MAX), .size = EXPOSITION_MAX };
    struct timespec now;
    struct page shipper;

    clock_gettime(CLOCK_REALTIME, &now);
    if (metrics->has_shipper)
        read_page(metrics, metrics->shipper, metrics->is_shipper_known, &shipper);
    const struct exposition exposition = { .programs = metrics->programs,
                                           .pages = read_pages(request, metrics),
                                           .shipper = metrics->has_shipper ? &shipper : NULL,
                                           .now = now.tv_sec };
    exposition_write(&exposition, &out);
    if (out.is_full)
        answer_error(response, &error_internal,
                     "there are more processes than one page has room for");
    else
        answer_body(response, EXPOSITION_TYPE, out.bytes, out.length);
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "metrics",
                                             .summary = "Answers the route /metrics: counters",
                                             .params = params,
                                             .settings = settings,
                                             .check_settings = programs_check,
                                             .sandbox = &sandbox,
                                             .workers = WORKERS,
                                             .request_memory = REQUEST_BYTES,
                                             .open_before_drop = open_before_drop,
                                             .handle = answer_metrics });
}
