#include "options.h"

#include "config.h"
#include "confine.h"
#include "settings.h"

#include <getopt.h>
#include <stdio.h>

/* Of a route: who asks, and how. */
static void print_ways(const struct route *route)
{
    printf(
        "With a listening socket as standard input (spawn-fcgi) it serves FastCGI until SIGTERM.\n"
        "Else it answers the one request that the CGI variables of its environment hold:\n"
        "  REQUEST_METHOD=GET QUERY_STRING='...' %s\n"
        "%s\n",
        route->name,
        route->command != NULL ? "With an argument it prints the answer to that, and ends.\n" : "");
}

static void print_options(const struct route *route)
{
    printf(
        "  --user NAME      become this user; needed, and only possible, when started as root\n");
    if (route->run == NULL)
        printf("  --peer NAME|UID|:GROUP\n"
               "                   serve requests of this user only, or of who is of this group\n"
               "                   (default: of one's own)\n"
               "  --monitor NAME|UID\n"
               "                   let this user, too, ask whether the program serves\n");
    printf(
        "  --root FOLDER    see this folder alone, as the root folder; only when started as root\n"
        "  --stats FILE     make FILE and keep counters in it\n");
    if (route->run == NULL)
        printf("  --journal FOLDER record each request in files there, or answer it with 503\n"
               "  --probe SOCKET   ask whether the program there serves, and end: 0 if it says so\n"
               "                   within a second\n");
    else
        printf("  --probe FILE     look whether the one that keeps its counters there runs well, "
               "and end:\n"
               "                   0 if they say so, and it is alive\n");
    printf("  --check          check the settings, and end\n"
           "  --sandbox        show what the program may do once it serves, and end\n"
           "  --help           show this and end\n"
           "  --version        show the version and end\n");
}

static void print_help(const struct route *route)
{
    printf("Usage: %s [OPTION...]\n", route->name);
    if (route->command != NULL)
        printf("       %s [--user NAME] [--] ARGUMENT\n", route->name);
    printf("%s\n\n", route->summary);
    if (route->run == NULL)
        print_ways(route);
    print_options(route);
    printf("\nSettings, from the environment:\n");
    settings_describe(route);
    printf("\nExit codes: 0 good, 1 failure, 2 wrong usage.\n");
}

/* A lone argument of a route that takes one may begin with a minus: no option has but one. */
static bool is_argument(int argc, char **argv, const struct route *route)
{
    return route->command != NULL && argc == 2 && argv[1][0] == '-' && argv[1][1] != '-';
}

/* One that was given and says how requests are served; NULL: none was. */
static const char *option_of_routes(const struct options *options)
{
    if (options->peer != NULL)
        return "--peer";
    if (options->monitor != NULL)
        return "--monitor";
    return options->journal != NULL ? "--journal" : NULL;
}

/* What getopt_long has left over, from argv[optind] on. */
static enum options_result take_argument(int argc, char **argv, const struct route *route,
                                         struct options *options)
{
    if (route->command != NULL && argc == optind + 1) {
        options->argument = argv[optind];
        if (options->root == NULL && options->stats == NULL && options->probe == NULL &&
            option_of_routes(options) == NULL)
            return OPTIONS_COMMAND;
        log_error("%s: with an argument there is no other option than --user; see --help",
                  argv[optind]);
        return OPTIONS_WRONG;
    }
    log_error("%s: takes %s; see --help", argv[optind],
              route->command != NULL ? "one argument" : "no arguments");
    return OPTIONS_WRONG;
}

/* Where the value of an option goes; NULL: it takes none. */
static const char **place_of(struct options *options, int option)
{
    switch (option) {
    case 'u':
        return &options->user;
    case 'p':
        return &options->peer;
    case 'm':
        return &options->monitor;
    case 'P':
        return &options->probe;
    case 'r':
        return &options->root;
    case 's':
        return &options->stats;
    case 'j':
        return &options->journal;
    default:
        return NULL;
    }
}

/* Whether the option asks for something to be shown, and nothing else; then it was. */
static bool show(int option, const struct route *route)
{
    if (option == 'h')
        print_help(route);
    else if (option == 'S')
        confine_describe(route);
    else if (option == 'V')
        printf("%s (%s) %s\n", route->name, PACKAGE_NAME, PACKAGE_VERSION);
    else
        return false;
    return true;
}

enum options_result options_parse(int argc, char **argv, const struct route *route,
                                  struct options *options)
{
    static const struct option names[] = {
        { "user", required_argument, NULL, 'u' },    { "peer", required_argument, NULL, 'p' },
        { "monitor", required_argument, NULL, 'm' }, { "probe", required_argument, NULL, 'P' },
        { "root", required_argument, NULL, 'r' },    { "stats", required_argument, NULL, 's' },
        { "journal", required_argument, NULL, 'j' }, { "check", no_argument, NULL, 'c' },
        { "sandbox", no_argument, NULL, 'S' },       { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },       { NULL, 0, NULL, 0 },
    };
    enum options_result result = OPTIONS_START;

    *options = (struct options){ 0 };
    opterr = 0;
    if (is_argument(argc, argv, route))
        return take_argument(argc, argv, route, options);
    for (int option; (option = getopt_long(argc, argv, ":", names, NULL)) != -1;) {
        const char **const place = place_of(options, option);
        if (place != NULL) {
            *place = optarg;
        } else if (option == 'c') {
            result = OPTIONS_CHECK;
        } else if (show(option, route)) {
            return OPTIONS_DONE;
        } else {
            log_error("%s: %s; see --help", argv[optind - 1],
                      option == ':' ? "needs a value" : "unknown option");
            return OPTIONS_WRONG;
        }
    }
    const char *const of_routes = option_of_routes(options);
    if (route->run != NULL && of_routes != NULL) {
        log_error("%s: it answers nobody, so it takes none; see --help", of_routes);
        return OPTIONS_WRONG;
    }
    if (optind < argc)
        return take_argument(argc, argv, route, options);
    return result == OPTIONS_START && options->probe != NULL ? OPTIONS_PROBE : result;
}
