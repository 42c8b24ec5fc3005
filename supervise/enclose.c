/*
 * enclose: puts walls around itself and becomes a command, which they hold too. nginx is started by
 * it: what it may do with files and TCP (Landlock), and which system calls (seccomp).
 */
#include "config.h"
#include "enclosure.h"
#include "route/filter.h"
#include "route/landlock.h"
#include "route/log.h"
#include "route/route.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "Usage: enclose [OPTION...] -- COMMAND [ARGUMENT...]\n"
    "\n"
    "Becomes the command, which is named by its path and can do no more than is said:\n"
    "\n"
    "  --run FILE       this file may be run, and no other\n"
    "  --read PATH      this file, or all below this folder, may be read\n"
    "  --journal FOLDER files may be made there and written to\n"
    "  --log FOLDER     the files there may be written to\n"
    "  --own FOLDER     files and folders may be made, read, changed and removed there\n"
    "  --listen PORT    it may listen on this TCP port\n"
    "  --connect PORT   it may connect to this TCP port\n"
    "  --best-effort    go on without what this kernel does not have\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 1 failure, 2 wrong usage; else the command's.\n";

/* What an option of a place or a port allows; the others' use is not looked at. */
static const struct option options[] = {
    { "run", required_argument, NULL, PLACE_PROGRAM },
    { "read", required_argument, NULL, PLACE_TREE },
    { "journal", required_argument, NULL, PLACE_JOURNAL },
    { "log", required_argument, NULL, PLACE_LOG },
    { "own", required_argument, NULL, PLACE_OWN },
    { "listen", required_argument, NULL, 'l' },
    { "connect", required_argument, NULL, 'c' },
    { "best-effort", no_argument, NULL, 'b' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};

static bool allow_port(int ruleset, int abi, const char *port, enum port_use use)
{
    long number = 0;

    if (!is_integer_between(port, 1, 65535)) {
        log_error("port %s: allowed is an integer from 1 to 65535", port);
        return false;
    }
    for (const char *digit = port; *digit != '\0'; digit++)
        number = number * 10 + (*digit - '0');
    return landlock_allow_port(ruleset, abi, number, use);
}

/* Goes through the options again, and adds what each allows. */
static bool allow_all(int ruleset, int abi, int argc, char **argv)
{
    int index = 0;

    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "+", options, &index)) != -1;) {
        if (option == 'l' || option == 'c') {
            if (!allow_port(ruleset, abi, optarg, option == 'l' ? PORT_LISTEN : PORT_CONNECT))
                return false;
        } else if (option != 'b' && !landlock_allow_place(ruleset, abi, options[index].name, optarg,
                                                          (enum place_use)option)) {
            return false;
        }
    }
    return true;
}

/* Whether to go on without a layer that is not there. */
static bool is_dispensable(const char *layer, bool is_best_effort)
{
    if (is_best_effort)
        log_warning("without %s: this kernel has none, or it is refused here", layer);
    else
        log_error("no %s: this kernel has none, or it is refused here; SANDBOX=best-effort goes on "
                  "without",
                  layer);
    return is_best_effort;
}

static bool enter_landlock(int argc, char **argv, bool is_best_effort)
{
    const struct sandbox nothing = { .calls = NULL };
    const int abi = landlock_kernel_abi();

    if (abi <= 0)
        return is_dispensable("Landlock", is_best_effort);
    const int ruleset = landlock_make_ruleset(abi, &nothing, NULL);
    if (ruleset < 0)
        return false;
    const bool done = allow_all(ruleset, abi, argc, argv) && landlock_enforce(ruleset);
    close(ruleset);
    return done;
}

static bool enter_seccomp(bool is_best_effort)
{
    if (filter_kernel_support() <= 0)
        return is_dispensable("seccomp filters", is_best_effort);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    /* glibc falls back to clone, whose flags can be looked at */
    int error = filter == NULL
                    ? -ENOMEM
                    : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (const struct call *call = calls_of_nginx; error == 0 && call->needed_by != NULL; call++)
        error = filter_allow(filter, call);
    if (error == 0)
        error = seccomp_load(filter);
    if (error != 0)
        log_error("the list of system calls can't be put in force: %s", strerror(-error));
    seccomp_release(filter);
    return error == 0;
}

/* The place of the command in argv; 0: there is nothing to start, and *code says why. */
static int parse(int argc, char **argv, bool *is_best_effort, int *code)
{
    *code = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        if (option == 'h' || option == 'V') {
            *code = EXIT_SUCCESS;
            if (option == 'h')
                fputs(usage, stdout);
            else
                printf("enclose (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
            return 0;
        }
        if (option == '?')
            return 0; /* getopt has said why */
        *is_best_effort |= option == 'b';
    }
    if (optind < argc && strcmp(argv[optind - 1], "--") == 0)
        return optind;
    fputs(usage, stderr);
    return 0;
}

int main(int argc, char **argv)
{
    bool is_best_effort = false;
    int code;

    log_open("enclose");
    const int command = parse(argc, argv, &is_best_effort, &code);
    if (command == 0)
        return code;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_error("no_new_privs: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    if (!enter_landlock(argc, argv, is_best_effort) || !enter_seccomp(is_best_effort))
        return EXIT_FAILURE;
    execv(argv[command], argv + command);
    log_error("%s: %s", argv[command], strerror(errno));
    return EXIT_FAILURE;
}
