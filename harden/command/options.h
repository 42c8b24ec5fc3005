/* What somebody asked for on the command line. */
#ifndef BULKHEAD_OPTIONS_H
#define BULKHEAD_OPTIONS_H

#include "core/reader.h"
#include "report/report.h"

enum { EXIT_FINDINGS = 1, EXIT_TROUBLE = 2 };

struct options {
    const struct reader *type;   /* --type; NULL: by the files' names */
    const struct format *format; /* --format; text lines without it */
    const char *allowed;         /* the names of the options that the command has */
    const char *baseline;        /* --baseline; NULL: none */
    const char *save_baseline;
    const char *root;           /* --root; NULL: the host's own */
    const char *lists;          /* --lists; NULL: apt's own */
    struct selection selection; /* --severity, --only, --skip, --with */
    const char *context;        /* --context; NULL: the file's folder */
    int seconds;                /* --wait */
    bool is_written;            /* --write */
    bool is_list;               /* --list */
    bool is_html;               /* --format html, which is none of `format` */
    bool is_help;
};

/*
 * Reads the options of a command, whose name is argv[0], that are in `allowed`: their names, with
 * blanks between and around. What is no option is then at argv[*first] and after. False: one is
 * wrong, and a line has said so.
 */
bool options_read(struct options *options, const char *allowed, int argc, char **argv, int *first);

/* The commands: what they return is the exit code. `usage` goes to who asks for it. */
int audit_command(int argc, char **argv);
int fix_command(int argc, char **argv);
int explain_command(int argc, char **argv);
int report_command(int argc, char **argv);
int verify_command(int argc, char **argv);
int image_command(int argc, char **argv);
int host_command(int argc, char **argv);

extern const char usage[];

#endif
