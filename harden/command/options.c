#include "command/options.h"

#include "core/discover.h"
#include "core/memory.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Each reads its argument. NULL: done; else why that won't do, to be freed. */
typedef char *read_fn(struct options *options, const char *argument);

static char *read_ids(struct ids *ids, const char *list)
{
    const char *wrong;
    size_t length;

    if (ids_add(ids, list, &wrong, &length))
        return NULL;
    return format_text("%.*s: there is no such check: `harden explain --list` has them",
                       (int)length, wrong);
}

static char *read_type(struct options *options, const char *argument)
{
    struct bytes names = { .data = NULL };

    options->type = reader_named(argument);
    if (options->type != NULL)
        return NULL;
    bytes_format(&names, "%s: allowed is one of", argument);
    for (size_t i = 0; readers[i] != NULL; i++)
        bytes_format(&names, " %s", readers[i]->type);
    return names.data;
}

static bool is_allowed(const char *allowed, const char *name)
{
    char *const word = format_text(" %s ", name);
    const bool is_there = strstr(allowed, word) != NULL;

    free(word);
    return is_there;
}

/* A comparison is told as a page, but not as SARIF. */
static char *read_format(struct options *options, const char *argument)
{
    options->format = format_named(argument);
    if (is_allowed(options->allowed, "html")) {
        options->is_html = strcmp(argument, "html") == 0;
        if (options->is_html || (options->format != NULL && options->format != &format_sarif))
            return NULL;
        return format_text("%s: allowed is text, json or html", argument);
    }
    return options->format != NULL ? NULL
                                   : format_text("%s: allowed is text, json or sarif", argument);
}

static char *read_severity(struct options *options, const char *argument)
{
    if (severity_named(argument, &options->selection.least))
        return NULL;
    return format_text("%s: allowed is info, low, medium, high or critical", argument);
}

static char *read_only(struct options *options, const char *argument)
{
    return read_ids(&options->selection.only, argument);
}

static char *read_skip(struct options *options, const char *argument)
{
    return read_ids(&options->selection.skip, argument);
}

static char *read_with(struct options *options, const char *argument)
{
    return read_ids(&options->selection.with, argument);
}

static char *read_baseline(struct options *options, const char *argument)
{
    options->baseline = argument;
    return NULL;
}

static char *read_save_baseline(struct options *options, const char *argument)
{
    options->save_baseline = argument;
    return NULL;
}

static char *read_write(struct options *options, const char *argument)
{
    (void)argument;
    options->is_written = true;
    return NULL;
}

/* From a second to an hour. */
static char *read_wait(struct options *options, const char *argument)
{
    const size_t length = strlen(argument);

    options->seconds = 0;
    for (size_t i = 0; i < length && length <= 4 && isdigit((unsigned char)argument[i]); i++)
        options->seconds = options->seconds * 10 + (argument[i] - '0');
    if (length <= 4 && strspn(argument, "0123456789") == length && options->seconds >= 1 &&
        options->seconds <= 3600)
        return NULL;
    return format_text("%s: allowed is 1 to 3600", argument);
}

static char *read_context(struct options *options, const char *argument)
{
    options->context = argument;
    return NULL;
}

static char *read_list(struct options *options, const char *argument)
{
    (void)argument;
    options->is_list = true;
    return NULL;
}

static char *read_root(struct options *options, const char *argument)
{
    options->root = argument;
    return NULL;
}

static char *read_lists(struct options *options, const char *argument)
{
    options->lists = argument;
    return NULL;
}

static char *read_help(struct options *options, const char *argument)
{
    (void)argument;
    options->is_help = true;
    return NULL;
}

/* getopt's table; `val` is a row's own number, by which its function is found. */
static const struct option table[] = {
    { "type", required_argument, NULL, 0 },     { "format", required_argument, NULL, 1 },
    { "severity", required_argument, NULL, 2 }, { "only", required_argument, NULL, 3 },
    { "skip", required_argument, NULL, 4 },     { "with", required_argument, NULL, 5 },
    { "baseline", required_argument, NULL, 6 }, { "save-baseline", required_argument, NULL, 7 },
    { "write", no_argument, NULL, 8 },          { "list", no_argument, NULL, 9 },
    { "help", no_argument, NULL, 10 },          { "wait", required_argument, NULL, 11 },
    { "context", required_argument, NULL, 12 }, { "root", required_argument, NULL, 13 },
    { "lists", required_argument, NULL, 14 },   { NULL, 0, NULL, 0 },
};
static read_fn *const functions[] = {
    read_type, read_format,   read_severity,      read_only,  read_skip,
    read_with, read_baseline, read_save_baseline, read_write, read_list,
    read_help, read_wait,     read_context,       read_root,  read_lists,
};

static bool read_one(struct options *options, const char *allowed, const char *command, int row)
{
    char *const name = format_text("%s: --%s", command, table[row].name);
    char *const why = is_allowed(allowed, table[row].name)
                          ? functions[table[row].val](options, optarg)
                          : format_text("it is no option of this command");

    if (why != NULL)
        complain(name, "%s", why);
    free(name);
    free(why);
    return why == NULL;
}

bool options_read(struct options *options, const char *allowed, int argc, char **argv, int *first)
{
    int row;

    *options = (struct options){ .format = &format_text_lines, .allowed = allowed, .seconds = 60 };
    opterr = 0;
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, ":", table, &row)) != -1;) {
        if (option == ':' || option == '?') {
            complain(argv[0], "%s: %s", argv[optind - 1],
                     option == ':' ? "its argument is missing"
                                   : "there is no such option: see --help");
            return false;
        }
        if (!read_one(options, allowed, argv[0], row))
            return false;
    }
    *first = optind;
    return true;
}
