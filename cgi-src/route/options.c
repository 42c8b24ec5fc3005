#include "options.h"

#include "config.h"
#include "settings.h"

#include <getopt.h>
#include <stdio.h>

static void print_help(const struct route *route)
{
    printf(
        "Usage: %s [OPTION...]\n"
        "%s\n"
        "\n"
        "With a listening socket as standard input (spawn-fcgi) it serves FastCGI until SIGTERM.\n"
        "Else it answers the one request that the CGI variables of its environment hold:\n"
        "  REQUEST_METHOD=GET QUERY_STRING='...' %s\n"
        "\n"
        "  --user NAME      become this user; needed, and only possible, when started as root\n"
        "  --peer NAME|UID  answer connections of this user only (default: of one's own)\n"
        "  --stats FILE     make FILE and keep counters in it\n"
        "  --check          check the settings, and end\n"
        "  --help           show this and end\n"
        "  --version        show the version and end\n"
        "\n"
        "Settings, from the environment:\n",
        route->name, route->summary, route->name);
    settings_describe(route);
    printf("\nExit codes: 0 good, 1 failure, 2 wrong usage.\n");
}

enum options_result options_parse(int argc, char **argv, const struct route *route,
                                  struct options *options)
{
    static const struct option names[] = {
        { "user", required_argument, NULL, 'u' },
        { "peer", required_argument, NULL, 'p' },
        { "stats", required_argument, NULL, 's' },
        { "check", no_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    enum options_result result = OPTIONS_START;

    *options = (struct options){ 0 };
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", names, NULL)) != -1;) {
        if (option == 'u') {
            options->user = optarg;
        } else if (option == 'p') {
            options->peer = optarg;
        } else if (option == 's') {
            options->stats = optarg;
        } else if (option == 'c') {
            result = OPTIONS_CHECK;
        } else if (option == 'h') {
            print_help(route);
            return OPTIONS_DONE;
        } else if (option == 'V') {
            printf("%s (%s) %s\n", route->name, PACKAGE_NAME, PACKAGE_VERSION);
            return OPTIONS_DONE;
        } else {
            log_error("%s: %s; see --help", argv[optind - 1],
                      option == ':' ? "needs a value" : "unknown option");
            return OPTIONS_WRONG;
        }
    }
    if (optind == argc)
        return result;
    log_error("%s: takes no arguments; see --help", argv[optind]);
    return OPTIONS_WRONG;
}
