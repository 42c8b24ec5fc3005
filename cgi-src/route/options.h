/* The command line of a program. */
#ifndef BULKHEAD_OPTIONS_H
#define BULKHEAD_OPTIONS_H

#include "route.h"

enum { EXIT_USAGE = 2 };

struct options {
    const char *user;     /* --user NAME: who to become; NULL: nobody else */
    const char *peer;     /* --peer NAME|UID|:GROUP: whose requests to serve; NULL: one's own */
    const char *monitor;  /* --monitor NAME|UID: who else may probe; NULL: nobody */
    const char *probe;    /* --probe SOCKET, or FILE of one with `run`; NULL: none */
    const char *root;     /* --root FOLDER: the root folder to have; NULL: the same */
    const char *stats;    /* --stats FILE; NULL: none */
    const char *journal;  /* --journal FOLDER; NULL: none */
    const char *argument; /* of a route that has a command; NULL: none */
};

enum options_result {
    OPTIONS_START,
    OPTIONS_CHECK,   /* --check: look at the settings, and end */
    OPTIONS_PROBE,   /* --probe: say whether that program serves, and end */
    OPTIONS_COMMAND, /* an argument: answer it, and end */
    OPTIONS_DONE,    /* --help, --version or --sandbox was answered */
    OPTIONS_WRONG,   /* and it was said what is */
};

enum options_result options_parse(int argc, char **argv, const struct route *route,
                                  struct options *options);

#endif
