/*
 * await-exit: sleeps until one of some processes ends, and then becomes a command. `bulkhead watch`
 * waits with it: a descriptor for each process (pidfd_open(2)) costs nothing meanwhile, and what is
 * waited for need not be a child. Files that grow would wake it at each write (inotify(7)), so it
 * looks at their sizes now and then instead.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    START_TIME = 20, /* of /proc/PID/stat, proc(5): field 22, which is the 20th behind the name */
    MAX_DIGITS = 9,  /* so that an int holds it */
    MAX_SECONDS = 1000000,
    FOR_EVER = -1,
};

/* What ends the sleep, besides the end of a process. */
struct bounds {
    int within;          /* seconds; or FOR_EVER */
    int every;           /* seconds between two looks at the files */
    char *const *larger; /* "--larger", BYTES, FILE, and again, in argv */
    size_t files;
};

static const char usage[] =
    "Usage: await-exit [--within SECONDS] [--every SECONDS] [--larger BYTES FILE]...\n"
    "                  PID/START... -- COMMAND [ARGUMENT...]\n"
    "\n"
    "Sleeps until one of the processes has ended, at most the given time, then becomes the "
    "command,\n"
    "which is named by its path. START is a process's start time, field 22 of /proc/PID/stat: a\n"
    "process that started at another time is not the one that was meant, which so has ended.\n"
    "Every 60 seconds, or as often as is said, it looks at the files: one that has more than its\n"
    "number of bytes ends the sleep as well.\n"
    "\n"
    "  --help, --version\n";

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "await-exit: %s: %s\n", what, why);
    return false;
}

/* The number of up to MAX_DIGITS that text starts with, and what is behind it; -1: none. */
static int parse_number(const char *text, const char **end)
{
    int number = 0;
    *end = text;
    while (isdigit((unsigned char)**end)) {
        if (*end - text == MAX_DIGITS) {
            return -1;
        }
        number = number * 10 + (*(*end)++ - '0');
    }
    return *end == text ? -1 : number;
}

static bool has_started_at(int pid, const char *start)
{
    char path[32];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file) {
        return false;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    /* A name may have parentheses and blanks in it; what follows has not. */
    char *behind_name = strrchr(text, ')');
    char *rest = NULL;
    const char *word = behind_name ? strtok_r(behind_name + 1, " ", &rest) : NULL;
    for (int n = 1; word && n < START_TIME; n++) {
        word = strtok_r(NULL, " ", &rest);
    }
    return word && strcmp(word, start) == 0;
}

/* A descriptor that is readable once the process of PID/START has ended. -1 with errno: ESRCH: it
 * has already; EINVAL: the text is not of that form. */
static int open_process(const char *text)
{
    const char *slash;
    const int pid = parse_number(text, &slash);
    if (pid <= 0 || *slash != '/') {
        errno = EINVAL;
        return -1;
    }
    const int fd = pidfd_open(pid, 0);
    /* Asked after it was opened: from then on the number cannot go to another one unnoticed. */
    if (fd >= 0 && !has_started_at(pid, slash + 1)) {
        close(fd);
        errno = ESRCH;
        return -1;
    }
    return fd;
}

/* A file that is not there has no size. */
static bool is_any_larger(const struct bounds *bounds)
{
    for (size_t n = 0; n < bounds->files; n++) {
        const char *end;
        struct stat found;
        if (stat(bounds->larger[3 * n + 2], &found) == 0 &&
            found.st_size > parse_number(bounds->larger[3 * n + 1], &end)) {
            return true;
        }
    }
    return false;
}

/* Like poll(2), until the bounds end it. The first look at the files comes after a while: who waits
 * has just looked, and could not make smaller what is large still. */
static int poll_within(struct pollfd *ends, size_t count, const struct bounds *bounds)
{
    int left = bounds->within;
    for (;;) {
        int step = bounds->files > 0 ? bounds->every : left;
        if (left != FOR_EVER && left < step) {
            step = left;
        }
        const int ended = poll(ends, count, step == FOR_EVER ? -1 : step * 1000);
        if (ended > 0 || (ended < 0 && errno != EINTR)) {
            return ended;
        }
        if (ended == 0) {
            left -= left == FOR_EVER ? 0 : step;
            if (left == 0 || is_any_larger(bounds)) {
                return 0;
            }
        }
    }
}

/* Returns true once one has ended, or the bounds say so. */
static bool await_any(char *const processes[], size_t count, const struct bounds *bounds)
{
    struct pollfd *ends = calloc(count + 1, sizeof *ends);
    bool is_over = false;
    if (!ends) {
        return complain("processes", strerror(errno));
    }
    for (size_t n = 0; n < count; n++) {
        ends[n] = (struct pollfd){ .fd = open_process(processes[n]), .events = POLLIN };
        if (ends[n].fd < 0) {
            is_over = errno == ESRCH || complain(processes[n], strerror(errno));
            goto out;
        }
    }
    is_over = poll_within(ends, count, bounds) >= 0;
    if (!is_over) {
        complain("poll", strerror(errno));
    }
out:
    free(ends); /* the descriptors close with the change into the command */
    return is_over;
}

static int refuse(void)
{
    fputs(usage, stderr);
    return EXIT_USAGE;
}

/* at: NAME SECONDS, if the name is that one; what follows is returned. NULL: no such number. */
static char **take_seconds(char **at, const char *name, int least, int *seconds)
{
    if (!at || !at[0] || strcmp(at[0], name) != 0) {
        return at;
    }
    const char *end = "";
    const int number = at[1] ? parse_number(at[1], &end) : -1;
    if (number < least || number > MAX_SECONDS || *end) {
        return NULL;
    }
    *seconds = number;
    return at + 2;
}

/* Returns what follows the options, or NULL. */
static char **take_bounds(char **at, struct bounds *bounds)
{
    at = take_seconds(at, "--within", 0, &bounds->within);
    at = take_seconds(at, "--every", 1, &bounds->every);
    bounds->larger = at;
    while (at && *at && strcmp(*at, "--larger") == 0) {
        const char *end;
        if (!at[1] || !at[2] || parse_number(at[1], &end) < 0 || *end) {
            return NULL;
        }
        bounds->files++;
        at += 3;
    }
    return at;
}

int main(int argc, char **argv)
{
    struct bounds bounds = { .within = FOR_EVER, .every = 60 };
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return puts("await-exit " PACKAGE_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    char *const *const processes = take_bounds(argv + 1, &bounds);
    char *const *at = processes;
    while (at && *at && strcmp(*at, "--") != 0) {
        at++;
    }
    if (at == processes || !at[0] || !at[1]) {
        return refuse();
    }
    if (!await_any(processes, (size_t)(at - processes), &bounds)) {
        return EXIT_FAILURE;
    }
    execv(at[1], at + 1);
    complain(at[1], strerror(errno));
    return EXIT_FAILURE;
}
