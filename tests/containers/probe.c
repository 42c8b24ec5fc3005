/*
 * Makes attempts, "KIND:ARGUMENT" or "KIND" each, in a process of its own each, and writes a line
 * of JSON about each: {"attempt": "KIND:ARGUMENT", "done": false, "why": "EPERM"}. Static, for the
 * images have no libraries that it could count on.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPT_SECONDS = 150 };

static const struct attempt *const all[] = { attempts_on_network, attempts_on_files,
                                             attempts_on_rights, attempts_on_kernel,
                                             attempts_on_resources };

int outcome(long returned)
{
    return returned < 0 ? errno : DONE;
}

int effect(bool there)
{
    return there ? DONE : NO_EFFECT;
}

long number(const char *text, const char **end)
{
    long value = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    *end = text;
    return value;
}

long number_at(const char *text, const char **path)
{
    const long value = number(text, path);

    if (**path == '@')
        (*path)++;
    return value;
}

int child_ran(int pid)
{
    int status;

    if (pid < 0)
        return errno;
    if (waitpid(pid, &status, 0) != pid)
        return errno;
    return effect(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CODE);
}

static int make(const char *words)
{
    const size_t length = strcspn(words, ":");

    for (size_t n = 0; n < sizeof(all) / sizeof(struct attempt *); n++)
        for (const struct attempt *each = all[n]; each->kind; each++)
            if (strlen(each->kind) == length && strncmp(each->kind, words, length) == 0)
                return each->make(words[length] ? words + length + 1 : "");
    return WRONG_USE;
}

static void say(const char *words, int result, int status)
{
    printf("{\"attempt\": \"%s\", \"done\": %s, \"why\": \"", words,
           result == DONE ? "true" : "false");
    if (WIFSIGNALED(status))
        printf("signal %d", WTERMSIG(status));
    else if (result > 0)
        printf("%s", strerrorname_np(result) ? strerrorname_np(result) : "an unknown errno");
    else
        printf("%s", result == WRONG_USE ? "wrong use" : result == NO_EFFECT ? "no effect" : "");
    printf("\"}\n");
    (void)fflush(stdout); /* who reads it misses a line, else */
}

/* When memory is short, the kernel shall end the attempt, not the probe. */
static void go_first(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY);

    if (fd < 0 || write(fd, "1000", 4) != 4)
        _exit(1);
    close(fd);
}

/* All that the attempt has started ends with it. */
static void run(const char *words)
{
    int ends[2], status, result = NO_EFFECT;
    pid_t pid;

    if (pipe(ends) != 0 || (pid = fork()) < 0)
        exit(1);
    if (pid == 0) {
        setpgid(0, 0);
        alarm(ATTEMPT_SECONDS);
        go_first();
        result = make(words);
        _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
    }
    close(ends[1]);
    while (waitpid(pid, &status, 0) != pid)
        ;
    kill(-pid, SIGKILL);
    if (WIFSIGNALED(status) || read(ends[0], &result, sizeof(result)) != sizeof(result))
        result = NO_EFFECT;
    close(ends[0]);
    while (waitpid(-1, NULL, 0) > 0) /* of process 1, orphans are children too */
        ;
    say(words, result, status);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "ran") == 0)
        return CHILD_CODE;
    if (argc == 2 && strcmp(argv[1], "as-root") == 0)
        return geteuid() == 0 ? CHILD_CODE : 0;
    signal(SIGPIPE, SIG_IGN);
    for (int n = 1; n < argc; n++)
        run(argv[n]);
    return 0;
}
