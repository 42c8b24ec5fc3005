#include "verify/process.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1024 * 1024, LOG_SHOWN_MAX = 64 * 1024, GRACE_SECONDS = 10 };

long clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- signals ---------------------------------------------------------------------------------- */

bool runner_begin(struct runner *runner)
{
    static const int stops[] = { SIGINT, SIGTERM, SIGHUP };

    *runner = (struct runner){ .log = tmpfile() };
    sigemptyset(&runner->watched);
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        struct sigaction action;
        /* nohup means it; a shell's & does not mean what it does to SIGINT */
        if (stops[i] != SIGHUP || sigaction(SIGHUP, NULL, &action) != 0 ||
            action.sa_handler != SIG_IGN)
            sigaddset(&runner->watched, stops[i]);
    }
    sigaddset(&runner->watched, SIGCHLD);
    signal(SIGCHLD, SIG_DFL); /* who started us may have ignored it, and then there is no code */
    sigprocmask(SIG_BLOCK, &runner->watched, &runner->before);
    return runner->log != NULL;
}

void runner_end(struct runner *runner)
{
    if (runner->log != NULL)
        fclose(runner->log);
    runner->log = NULL;
    sigprocmask(SIG_SETMASK, &runner->before, NULL);
}

/* Waits for a signal, at most that long; notes it when it says that we are to stop. */
static void wait_signal(struct runner *runner, long milliseconds)
{
    const struct timespec time = { .tv_sec = milliseconds / 1000,
                                   .tv_nsec = milliseconds % 1000 * 1000000 };
    const int signal = sigtimedwait(&runner->watched, NULL, &time);

    if (signal > 0 && signal != SIGCHLD && runner->signal == 0)
        runner->signal = signal;
}

bool runner_sleep(struct runner *runner, long milliseconds)
{
    const long end = clock_now() + milliseconds;

    for (long left; runner->signal == 0 && (left = end - clock_now()) > 0;)
        wait_signal(runner, left);
    return runner->signal == 0;
}

/* --- the program ------------------------------------------------------------------------------ */

void argue(struct arguments *arguments, const char *argument)
{
    if (arguments->count < ARGUMENTS_MAX)
        arguments->list[arguments->count++] = argument;
    arguments->list[arguments->count] = NULL;
}

/* Its path, by PATH's absolute folders; NULL: it is in none. */
static char *find_program(const char *name)
{
    const char *folder = getenv("PATH");

    while (folder != NULL && *folder != '\0') {
        const size_t length = strcspn(folder, ":");
        char *const path = format_text("%.*s/%s", (int)length, folder, name);
        if (path[0] == '/' && access(path, X_OK) == 0)
            return path;
        free(path);
        folder += length + (folder[length] == ':');
    }
    return NULL;
}

/* What Docker's programs heed; nothing of all the rest is theirs. */
static bool is_passed(const char *variable)
{
    static const char *const names[] = {
        "PATH=",   "HOME=",     "USER=",        "LANG=",          "LC_",       "DOCKER_",
        "TMPDIR=", "BUILDKIT_", "HTTP_PROXY=",  "HTTPS_PROXY=",   "NO_PROXY=", "http_proxy=",
        "XDG_",    "no_proxy=", "https_proxy=", "SSH_AUTH_SOCK=",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* A Compose file may name any variable; but which file and project it is, we say. */
static char **make_environment(bool is_open)
{
    size_t count = 0, kept = 0;

    while (environ[count] != NULL)
        count++;
    char **const list = need(count + 1, sizeof(list[0]));
    for (size_t i = 0; i < count; i++)
        if (is_open ? strncmp(environ[i], "COMPOSE_", 8) != 0 : is_passed(environ[i]))
            list[kept++] = environ[i];
    return list;
}

/* In the child: never returns. A group of its own, so that ^C reaches us alone. */
__attribute__((noreturn)) static void become(const struct runner *runner, const char *path,
                                             const struct arguments *arguments, char **environment,
                                             int out)
{
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int log = fileno(runner->log);
    const char *const *const list = arguments->list;

    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &runner->before, NULL);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
        dup2(out >= 0 ? out : log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0 &&
        close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
        execve(path, (char *const *)list, environment);
    _exit(127);
}

static int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until it has ended, which is made sure of. */
static int await(struct runner *runner, pid_t pid, int seconds)
{
    long end = clock_now() + seconds * 1000L;
    int status, code = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        const bool is_stopped = runner->signal != 0 && !runner->is_cleaning;
        const bool is_late = clock_now() >= end;
        if (code == 0 && (is_stopped || is_late)) {
            code = is_stopped ? RUN_INTERRUPTED : RUN_LATE;
            kill(-pid, SIGTERM);
            end = clock_now() + GRACE_SECONDS * 1000L;
        } else if (is_late) {
            kill(-pid, SIGKILL);
            end = clock_now() + GRACE_SECONDS * 1000L;
        }
        wait_signal(runner, 200);
    }
    return code != 0 ? code : code_of(status);
}

static void read_back(int fd, struct bytes *out)
{
    char buffer[4096];
    ssize_t count;

    lseek(fd, 0, SEEK_SET);
    while (out->length < OUTPUT_MAX && (count = read(fd, buffer, sizeof(buffer))) > 0)
        bytes_add(out, buffer, (size_t)count);
    if (out->data == NULL)
        bytes_text(out, "");
}

static int run_at(struct runner *runner, const char *path, const struct arguments *arguments,
                  int out, int seconds)
{
    char **const environment = make_environment(runner->is_open);
    const int log = fileno(runner->log);

    if (ftruncate(log, 0) != 0 || lseek(log, 0, SEEK_SET) != 0) {
        free(environment);
        return RUN_NOT_FOUND;
    }
    const pid_t pid = fork();
    if (pid == 0)
        become(runner, path, arguments, environment, out);
    free(environment);
    if (pid < 0)
        return RUN_NOT_FOUND;
    setpgid(pid, pid); /* whoever of us two is the first */
    return await(runner, pid, seconds);
}

int run_program(struct runner *runner, struct arguments *arguments, struct bytes *out, int seconds)
{
    int code = RUN_NOT_FOUND, fd = -1;

    if (runner->signal != 0 && !runner->is_cleaning)
        return RUN_INTERRUPTED;
    char *const path = find_program(arguments->list[0]);
    if (path != NULL && (out == NULL || (fd = memfd_create("out", MFD_CLOEXEC)) >= 0))
        code = run_at(runner, path, arguments, fd, seconds);
    if (fd >= 0) {
        read_back(fd, out);
        close(fd);
    } else if (out != NULL) {
        bytes_text(out, "");
    }
    free(path);
    return code;
}

void runner_log(const struct runner *runner, struct bytes *out)
{
    const int log = fileno(runner->log);
    const off_t size = lseek(log, 0, SEEK_END);
    char *const buffer = need(LOG_SHOWN_MAX, 1);
    const off_t from = size > LOG_SHOWN_MAX ? size - LOG_SHOWN_MAX : 0;
    const ssize_t count = pread(log, buffer, LOG_SHOWN_MAX, from);

    bytes_add(out, buffer, count > 0 ? (size_t)count : 0);
    free(buffer);
}
