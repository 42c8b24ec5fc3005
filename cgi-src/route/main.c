/*
 * The life of a program, in the order that security needs. The names of its functions say where in
 * it they belong: before_drop_, after_drop_, after_start_.
 *
 *  1. Read the command line and the settings. Nothing is open yet, so a mistake costs nothing.
 *  2. Close stray descriptors: what a careless parent left open must not reach a compartment.
 *  3. Find out who to become, while the user database can still be read.
 *  4. Open what needs the rights that the program was started with: its counters' page, the folder
 *     of its journal, the places that Landlock shall leave open, and what the route opens for
 *     itself (ping: its ICMP sockets).
 *  5. Go into the root folder that was given. It takes a right that the next step drops, and hides
 *     what step 4 has opened by its path.
 *  6. Limits, no_new_privs, then drop every privilege and prove it: all before any thread, since
 *     ids and capabilities are a thread's own, and before the first byte of anybody's input.
 *     Landlock and seccomp rest on no_new_privs: without it, they would take a right to set up.
 *     The first file of the journal comes now: it is to be the user's.
 *  7. Landlock, and prove it. It binds the thread that asks and those that it starts from then on:
 *     so not after 8. It forbids paths, and would have got in the way of 2 to 5.
 *  8. Start the threads, and wait until each is past its start: a starting thread makes calls
 *     (rseq, set_robust_list) that no serving one needs.
 *  9. Forbid new processes and threads: step 8 started the last.
 * 10. seccomp, for all threads at once, and prove it. Last, so that its list need not have a single
 *     call of the start: setrlimit, prctl, Landlock's and its own among them.
 * 11. Serve.
 *
 * Whatever fails ends the program: it never serves with less than it was told to have. What the
 * kernel does not have, or the user who starts it can't give, is named in the log.
 */
#include "cgi.h"
#include "confine.h"
#include "journal.h"
#include "layers.h"
#include "limits.h"
#include "log.h"
#include "loop.h"
#include "obituary.h"
#include "options.h"
#include "privileges.h"
#include "probe.h"
#include "route.h"
#include "settings.h"
#include "stats.h"
#include "vitals.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* spawn-fcgi and systemd give the listening socket as standard input. */
static bool is_listening(int fd)
{
    int listening = 0;
    socklen_t length = sizeof(listening);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening;
}

/* What the steps hand on. */
struct program {
    struct service service;
    struct stats *stats;
    struct identity identity;
    struct confinement confinement;
    bool has_root; /* a root folder of its own */
    bool forbids_writable_code;
};

/* Steps 9 and 10. */
static bool close_last_doors(const struct program *program)
{
    return after_start_forbid_processes() &&
           after_start_close_calls(program->service.route, &program->confinement);
}

/* The counters are good from now on, and say what stands. */
static void publish(const struct program *program)
{
    const struct {
        enum layer layer;
        bool is_there;
    } walls[] = {
        { LAYER_USER, !program->identity.keeps_rights },
        { LAYER_ROOT, program->has_root },
        { LAYER_LANDLOCK, program->confinement.landlock_abi > 0 },
        { LAYER_SECCOMP, program->confinement.has_filter },
        { LAYER_LIMITS, true },
        { LAYER_MDWE, program->forbids_writable_code },
    };
    _Static_assert(sizeof(walls) / sizeof(walls[0]) == LAYERS, "each layer has its line");

    for (size_t i = 0; i < LAYERS; i++)
        if (walls[i].is_there && layer_is_on(walls[i].layer))
            stats_add_layer(program->stats, walls[i].layer);
    stats_ready(program->stats);
}

static int serve_fastcgi(const struct program *program)
{
    struct stats *const stats = program->stats;
    struct loop *loop = loop_start(&program->service, stats, STDIN_FILENO, &program->identity);

    if (loop == NULL || !close_last_doors(program))
        return EXIT_FAILURE;
    publish(program);
    const struct identity *const who = &program->identity;
    log_info("ready: pid %d, uid %u, answers %s %u", (int)getpid(), (unsigned)who->uid,
             who->is_peer_group ? "gid" : "uid",
             (unsigned)(who->is_peer_group ? who->peer_group : who->peer));
    const bool finished = loop_run(loop);
    stats_end(stats);
    if (finished) {
        log_info("stopped");
        return EXIT_SUCCESS;
    }
    log_warning("stopped: requests were still under way after %d s", STOP_SECONDS);
    /* Not exit(): threads that wait still use what its handlers would take down. */
    _exit(EXIT_FAILURE);
}

/* For the handler of SIGTERM, which has nobody to pass it on. */
static struct stats *running;

/* Whatever it was about is as well as if it had been killed, which it must bear anyway. */
static void end_run(int signal_number)
{
    (void)signal_number;
    stats_end(running); /* NOLINT(bugprone-signal-handler,cert-sig30-c): one atomic store */
    _exit(EXIT_SUCCESS);
}

static int run(const struct program *program)
{
    const struct route *const route = program->service.route;

    running = program->stats;
    signal(SIGTERM, end_run);
    if (!close_last_doors(program))
        return EXIT_FAILURE;
    publish(program);
    log_info("ready: pid %d, uid %u", (int)getpid(), (unsigned)program->identity.uid);
    const bool finished = route->run(program->service.context, program->stats);
    stats_end(program->stats);
    return finished ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int serve_cgi(const struct program *program)
{
    struct worker worker;

    if (!worker_init(&worker, &program->service, 0)) {
        log_error("not enough memory");
        return EXIT_FAILURE;
    }
    const bool answered = close_last_doors(program) && cgi_serve(&worker);
    worker_free(&worker);
    return answered ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Step 4. */
static bool open_before_drop(struct program *program, const struct options *options,
                             unsigned workers)
{
    struct service *const service = &program->service;
    const struct route *const route = service->route;
    struct predecessor predecessor;

    program->stats = stats_open(options->stats, &predecessor);
    if (program->stats == NULL)
        return false;
    if (predecessor.pid != 0)
        before_drop_log_obituary(&predecessor);
    if (!before_drop_prepare_walls(route, options->journal, program->identity.started_as_root,
                                   &program->confinement))
        return false;
    if (options->journal != NULL &&
        (service->journal = journal_open(options->journal, setting_number("TRAIL_SYNC") != 0)) ==
            NULL)
        return false;
    stats_set(program->stats, STATS_LANDLOCK, (uint64_t)program->confinement.landlock_abi);
    return route->open_before_drop == NULL ||
           (service->context = route->open_before_drop(workers)) != NULL;
}

/* Steps 5 to 7. */
static bool give_up_rights(struct program *program, const char *root, unsigned workers)
{
    struct journal *const journal = program->service.journal;

    if (program->service.route->workers == 0)
        gather_requests();
    program->has_root = root != NULL;
    return (root == NULL || before_drop_enter_root(root)) &&
           set_limits(program->service.route, workers) &&
           forbid_writable_code(&program->forbids_writable_code) &&
           drop_privileges(&program->identity) && after_drop_prove(&program->identity) &&
           (journal == NULL || journal_begin(journal)) &&
           after_drop_close_files(&program->confinement);
}

static int start(const struct route *route, const struct options *options)
{
    const bool fastcgi = route->run == NULL && is_listening(STDIN_FILENO);
    const unsigned workers = fastcgi && route->workers > 0 ? route->workers : 1;
    struct program program = { .service.route = route };

    if (!fastcgi && route->run == NULL && getenv("REQUEST_METHOD") == NULL) {
        log_error("not started by a web server: standard input is no listening socket, and "
                  "REQUEST_METHOD is not set; see --help");
        return EXIT_USAGE;
    }
    if (!before_open_close_strays() ||
        !before_drop_resolve(options->user, options->peer, options->monitor, &program.identity) ||
        !open_before_drop(&program, options, workers) ||
        !give_up_rights(&program, options->root, workers))
        return EXIT_FAILURE;
    if (route->run != NULL)
        return run(&program);
    return fastcgi ? serve_fastcgi(&program) : serve_cgi(&program);
}

/*
 * The route's command, before anything is opened. Whoever calls it has typed the argument and sees
 * the answer, so it needs no other user, not even when root calls it: nobody else's input is read.
 * It gets the limits and the walls of a served request all the same, and --user is obeyed.
 */
static int run_command(const struct route *route, const struct options *options)
{
    const bool drops = options->user != NULL;
    struct program program = { .service.route = route };

    if (!before_open_close_strays() ||
        (drops && !before_drop_resolve(options->user, NULL, NULL, &program.identity)) ||
        !before_drop_prepare_walls(route, NULL, program.identity.started_as_root,
                                   &program.confinement) ||
        !set_limits(route, 1) || !forbid_writable_code(&program.forbids_writable_code) ||
        !forbid_new_privileges() ||
        (drops && !(drop_privileges(&program.identity) && after_drop_prove(&program.identity))) ||
        !after_drop_close_files(&program.confinement) || !close_last_doors(&program))
        return EXIT_FAILURE;
    return route->command(options->argument);
}

/* As who calls it, or as --user: it reads no more than a few bytes, and compares them. */
static int run_probe(const struct route *route, const struct options *options)
{
    struct identity identity;

    if (options->user != NULL && (!before_drop_resolve(options->user, NULL, NULL, &identity) ||
                                  !drop_privileges(&identity) || !after_drop_prove(&identity)))
        return EXIT_FAILURE;
    const bool is_asked = route->run == NULL;
    const char *const why =
        is_asked ? probe(options->probe, PROBE_MS) : vitals_probe(options->probe, route);
    if (why == NULL)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s: %s: %s\n", route->name, is_asked ? options->probe : "probe", why);
    return EXIT_FAILURE;
}

static bool has_too_many_params(const struct route *route)
{
    size_t count = 0;

    while (route->params[count].name != NULL)
        count++;
    return count > QUERY_MAX_PARAMS;
}

int route_main(int argc, char **argv, const struct route *route)
{
    struct options options;

    /* A peer that is gone, or a reader of the log, is an error of write(). */
    signal(SIGPIPE, SIG_IGN);
    log_open(route->name);
    if (has_too_many_params(route)) {
        log_error("bug: the route declares more than %d parameters", QUERY_MAX_PARAMS);
        return EXIT_FAILURE;
    }
    if (route->sandbox == NULL) {
        log_error("bug: the route declares no sandbox; see route/sandbox.h");
        return EXIT_FAILURE;
    }
    /* More arenas than this, and malloc reads a file of /sys to count the processors. */
    mallopt(M_ARENA_MAX, 4);
    const enum options_result result = options_parse(argc, argv, route, &options);
    if (result == OPTIONS_DONE || result == OPTIONS_WRONG)
        return result == OPTIONS_DONE ? EXIT_SUCCESS : EXIT_USAGE;
    if (result == OPTIONS_PROBE)
        return run_probe(route, &options);
    if (!settings_load(route))
        return EXIT_FAILURE;
    if (result == OPTIONS_COMMAND)
        return run_command(route, &options);
    return result == OPTIONS_CHECK ? EXIT_SUCCESS : start(route, &options);
}
