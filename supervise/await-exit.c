/*
 * await-exit: sleeps until one of some processes ends, and then becomes a command. `bulkhead watch`
 * waits with it: a descriptor for each process (pidfd_open(2)) costs nothing meanwhile, and what is
 * waited for need not be a child.
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
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    START_TIME = 20, /* of /proc/PID/stat, proc(5): field 22, which is the 20th behind the name */
};

static const char usage[] =
    "Usage: await-exit [--within SECONDS] PID/START... -- COMMAND [ARGUMENT...]\n"
    "\n"
    "Sleeps until one of the processes has ended, at most the given time, then becomes the "
    "command,\n"
    "which is named by its path. START is a process's start time, field 22 of /proc/PID/stat: a\n"
    "process that started at another time is not the one that was meant, which so has ended.\n"
    "\n"
    "  --help, --version\n";

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "await-exit: %s: %s\n", what, why);
    return false;
}

/* The number of up to seven digits that text starts with, and what is behind it; -1: none. */
static int parse_number(const char *text, const char **end)
{
    int number = 0;
    *end = text;
    while (isdigit((unsigned char)**end)) {
        if (*end - text == 7) {
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

/* Returns true once one has ended or the time, in milliseconds, is over; -1 is for ever. */
static bool await_any(char *const processes[], size_t count, int timeout)
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
    do {
        is_over = poll(ends, count, timeout) >= 0;
    } while (!is_over && errno == EINTR);
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

int main(int argc, char **argv)
{
    char **at = argv + 1;
    int timeout = -1;
    if (argc == 2 && strcmp(*at, "--help") == 0) {
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(*at, "--version") == 0) {
        return puts("await-exit " PACKAGE_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (argc > 2 && strcmp(*at, "--within") == 0) {
        const char *end;
        const int seconds = parse_number(at[1], &end);
        if (seconds < 0 || seconds > 1000000 || *end) {
            return refuse();
        }
        timeout = seconds * 1000;
        at += 2;
    }
    char *const *const processes = at;
    while (*at && strcmp(*at, "--") != 0) {
        at++;
    }
    if (at == processes || !at[0] || !at[1]) {
        return refuse();
    }
    if (!await_any(processes, (size_t)(at - processes), timeout)) {
        return EXIT_FAILURE;
    }
    execv(at[1], at + 1);
    complain(at[1], strerror(errno));
    return EXIT_FAILURE;
}
