/*
 * Route /healthz: whether each program has a process that answers, to whoever the edge lets ask.
 *
 * It asks every process over its own socket, with a question that they answer by themselves
 * (route/probe.h). They serve it no request, so a broken healthz can find out who is alive, and no
 * more. The sockets are in the root folder that it is given.
 */
#include "health/programs.h"
#include "route/route.h"
#include "route/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    WORKERS = 4,
    REQUEST_BYTES = 512 * 1024, /* for ALL_PROCESSES_MAX */
};

static const struct param params[] = { PARAMS_END };

static const struct setting settings[] = { SETTINGS_OF_PROGRAMS, SETTINGS_END };

static const struct call calls[] = {
    ALLOW(socket, "probe.c: begin", IS(0, AF_UNIX), IS(1, PROBE_SOCKET), IS(2, 0)),
    ALLOW(connect, "probe.c: begin", IS(2, sizeof(struct sockaddr_un))),
    CALLS_END,
};

static const struct sandbox sandbox = { .calls = calls };

/* As root it is the folder that becomes the root folder: so the sockets' names are paths in both.
 */
static void *open_before_drop(unsigned workers)
{
    const char *const folder = setting_text("RUN_DIR");

    (void)workers;
    if (chdir(folder) == 0)
        return programs_read(AT_FDCWD, KEPT_SOCKET);
    log_error("RUN_DIR=%s: %s", folder, strerror(errno));
    return NULL;
}

/* A probe for each process of the first program, then of the second, and so on, made. */
static struct probe *ask_all(const struct request *request, const struct programs *programs)
{
    const size_t count = programs->count * programs->processes;
    struct probe *const probes = request_alloc(request, count * sizeof(*probes));
    struct pollfd *const polls = request_alloc(request, count * sizeof(*polls));

    for (size_t i = 0; i < count; i++)
        probes[i].path = programs->paths[i];
    probe_all(probes, polls, count, PROBE_MS);
    return probes;
}

/* How many of a program's processes have answered, under its name. */
static long long count_ready(const struct programs *programs, const struct probe *probes,
                             size_t program)
{
    const struct probe *const own = probes + program * programs->processes;
    long long ready = 0;

    for (size_t i = 0; i < programs->processes; i++)
        ready += own[i].why == NULL && strcmp(own[i].name, programs->names[program]) == 0;
    return ready;
}

/* The names of those without any; "": there is none. */
static const char *name_missing(const struct request *request, const struct programs *programs,
                                const struct probe *probes)
{
    const char *names = "";

    for (size_t i = 0; i < programs->count; i++)
        if (count_ready(programs, probes, i) == 0)
            names = request_format(request, "%s%s%s", names, names[0] != '\0' ? ", " : "",
                                   programs->names[i]);
    return names;
}

static void answer_programs(struct response *response, const struct programs *programs,
                            const struct probe *probes)
{
    answer_object_begin(response, "programs");
    for (size_t i = 0; i < programs->count; i++) {
        answer_object_begin(response, programs->names[i]);
        answer_integer(response, "ready", count_ready(programs, probes, i));
        answer_integer(response, "processes", (long long)programs->processes);
        answer_object_end(response);
    }
    answer_object_end(response);
}

static void answer_health(const struct request *request, struct response *response)
{
    const struct programs *const programs = request_context(request);
    const struct probe *const probes = ask_all(request, programs);
    const char *const missing = name_missing(request, programs, probes);

    if (missing[0] != '\0')
        answer_error(response, &error_unavailable, "no process of %s answers", missing);
    else
        answer_string(response, "status", "ready");
    answer_programs(response, programs, probes);
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "healthz",
                                             .summary = "Answers the route /healthz: who serves",
                                             .params = params,
                                             .settings = settings,
                                             .check_settings = programs_check,
                                             .sandbox = &sandbox,
                                             .workers = WORKERS,
                                             .request_memory = REQUEST_BYTES,
                                             .open_before_drop = open_before_drop,
                                             .handle = answer_health,
                                             .only_json = true });
}
