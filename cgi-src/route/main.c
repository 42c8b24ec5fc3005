/*
 * The life of a program, in the order that security needs:
 *
 *  1. Read the command line and the settings. Nothing is open yet, so a mistake costs nothing.
 *  2. Close stray descriptors: what a careless parent left open must not reach a compartment.
 *  3. Find out who to become, while the user database can still be read.
 *  4. Open what needs the rights that the program was started with: its counters' page, and what
 * the route opens for itself (ping: its ICMP sockets).
 *  5. Limits, then drop every privilege and prove it: all before any thread, since ids and
 *     capabilities are a thread's own, and before the first byte of anybody's input.
 *  6. Start the threads, and wait until each is past its start.
 *  7. Forbid new processes and threads; only now, since step 6 starts threads.
 *  8. Serve.
 *
 * Rules that bind a thread and those it starts (Landlock) belong between 5 and 6; rules that a
 * starting thread could not live with (seccomp) between 7 and 8. Whatever fails ends the program:
 * it never serves with less than it was told to have.
 */
#include "cgi.h"
#include "limits.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "privileges.h"
#include "route.h"
#include "settings.h"
#include "stats.h"

#include <malloc.h>
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

static int serve_fastcgi(const struct route *route, void *context, struct stats *stats,
                         const struct identity *identity)
{
    struct loop *loop = loop_start(route, context, stats, STDIN_FILENO, identity->peer);

    if (loop == NULL || !after_start_forbid_processes())
        return EXIT_FAILURE;
    stats_ready(stats);
    log_info("ready: pid %d, uid %u, answers uid %u", (int)getpid(), (unsigned)identity->uid,
             (unsigned)identity->peer);
    if (loop_run(loop)) {
        log_info("stopped");
        return EXIT_SUCCESS;
    }
    log_warning("stopped: requests were still under way after %d s", STOP_SECONDS);
    /* Not exit(): threads that wait still use what its handlers would take down. */
    _exit(EXIT_FAILURE);
}

static int serve_cgi(const struct route *route, void *context)
{
    struct worker worker;

    if (!worker_init(&worker, route, context, 0)) {
        log_error("not enough memory");
        return EXIT_FAILURE;
    }
    const bool answered = after_start_forbid_processes() && cgi_serve(&worker);
    worker_free(&worker);
    return answered ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int start(const struct route *route, const struct options *options)
{
    const bool fastcgi = is_listening(STDIN_FILENO);
    const unsigned workers = fastcgi && route->workers > 0 ? route->workers : 1;
    struct identity identity;
    void *context = NULL;

    if (!fastcgi && getenv("REQUEST_METHOD") == NULL) {
        log_error("not started by a web server: standard input is no listening socket, and "
                  "REQUEST_METHOD is not set; see --help");
        return EXIT_USAGE;
    }
    if (!before_open_close_strays() ||
        !before_drop_resolve(options->user, options->peer, &identity))
        return EXIT_FAILURE;

    struct stats *stats = stats_open(options->stats);
    if (stats == NULL)
        return EXIT_FAILURE;
    if (route->open_before_drop != NULL && (context = route->open_before_drop(workers)) == NULL)
        return EXIT_FAILURE;

    if (route->workers == 0)
        gather_requests();
    if (!set_limits(workers) || !drop_privileges(&identity) || !after_drop_prove(&identity))
        return EXIT_FAILURE;
    return fastcgi ? serve_fastcgi(route, context, stats, &identity) : serve_cgi(route, context);
}

/*
 * The route's command, before anything is opened. Whoever calls it has typed the argument and sees
 * the answer, so it needs no other user, not even when root calls it: nobody else's input is read.
 * It gets the limits of a served request all the same, and --user is obeyed.
 */
static int run_command(const struct route *route, const struct options *options)
{
    const bool drops = options->user != NULL;
    struct identity identity;

    if (!before_open_close_strays() ||
        (drops && !before_drop_resolve(options->user, NULL, &identity)) || !set_limits(1) ||
        (drops && !(drop_privileges(&identity) && after_drop_prove(&identity))) ||
        !after_start_forbid_processes())
        return EXIT_FAILURE;
    return route->command(options->argument);
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

    log_open(route->name);
    if (has_too_many_params(route)) {
        log_error("bug: the route declares more than %d parameters", QUERY_MAX_PARAMS);
        return EXIT_FAILURE;
    }
    /* More arenas than this, and malloc reads a file of /sys to count the processors. */
    mallopt(M_ARENA_MAX, 4);
    const enum options_result result = options_parse(argc, argv, route, &options);
    if (result == OPTIONS_DONE || result == OPTIONS_WRONG)
        return result == OPTIONS_DONE ? EXIT_SUCCESS : EXIT_USAGE;
    if (!settings_load(route))
        return EXIT_FAILURE;
    if (result == OPTIONS_COMMAND)
        return run_command(route, &options);
    return result == OPTIONS_CHECK ? EXIT_SUCCESS : start(route, &options);
}
