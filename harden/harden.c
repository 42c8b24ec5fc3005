/*
 * harden: finds faults of security in the files that containers and servers are made by, and
 * repairs those of which the cure is mechanical. It changes no byte that is not the cure.
 */
#include "command/options.h"
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char usage[] =
    "Usage: harden audit [OPTION...] [PATH...]\n"
    "       harden fix [OPTION...] [PATH...]\n"
    "       harden explain ID...\n"
    "       harden explain --list [--format text|json]\n"
    "       harden image [OPTION...] NAME...\n"
    "       harden host [OPTION...]\n"
    "       harden report [--format text|json|html] FIRST SECOND\n"
    "       harden verify [OPTION...] FILE [-- ARGUMENT...]\n"
    "\n"
    "Looks at the files, and at those below the folders whose type is known by their names; at\n"
    "this folder where none is named. fix shows what it would change; --write changes it.\n"
    "\n"
    "  --type TYPE           of all files that are named; of a folder's, only these\n"
    "  --severity LEVEL      from this on: info, low, medium, high, critical\n"
    "  --only ID[,ID...]     these checks and no others\n"
    "  --skip ID[,ID...]     not these\n"
    "\n"
    "Of audit, image and host:\n"
    "  --format FORMAT       text, json or sarif\n"
    "  --baseline FILE       leave out the findings that are in it\n"
    "  --save-baseline FILE  write all findings to it\n"
    "\n"
    "Of image and host, which ask the Docker engine, and change nothing:\n"
    "  --lists PATH          of image: Debian's lists of security updates, a folder or a file\n"
    "  --root FOLDER         of host: its files are below this folder\n"
    "\n"
    "Of fix:\n"
    "  --with ID[,ID...]     also what is done only when it is asked for\n"
    "  --write               change the files, and keep a copy beside each\n"
    "\n"
    "Of report, which compares what two runs of `audit --format json` said:\n"
    "  --format FORMAT       text, json or html: one page that needs nothing else\n"
    "\n"
    "Of verify, which RUNS what the file says, with the rights of the engine, before and after "
    "the\n"
    "fixes that fix would do; ARGUMENTs are those of `docker run`:\n"
    "  --with ID[,ID...]     as of fix\n"
    "  --wait SECONDS        how long it may take to be healthy (60)\n"
    "  --context FOLDER      what a Dockerfile is built in; else its own folder\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 clean, or all is fixed; 1 findings, something is left, new, or broken by a\n"
    "fix; 2 wrong usage, or something could not be read or written.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "audit", audit_command },   { "fix", fix_command },   { "explain", explain_command },
    { "image", image_command },   { "host", host_command }, { "report", report_command },
    { "verify", verify_command },
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("harden (" PACKAGE_NAME ") " PACKAGE_VERSION) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fputs(usage, stderr);
    return EXIT_TROUBLE;
}
