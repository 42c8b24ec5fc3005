/*
 * The folder run/, of those programs alone whose root folder it is: what looks after the others may
 * do there, and what not. It is under the world's path, or at the root.
 */
#include "attacks.h"
#include "route/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define FOLDER   "/mnt/run"
#define SOCKET   "/looked-after.sock"
#define COUNTERS "/looked-after.stats"

enum { ANSWER_MS = 5000, READ_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };

static int open_there(const char *in_world, const char *at_root, int flags)
{
    const int fd = open(in_world, flags, 0600);

    return fd < 0 && errno == ENOENT ? open(at_root, flags, 0600) : fd;
}

/* --- the sockets ------------------------------------------------------------------------------ */

static int connect_by(const char *path)
{
    struct sockaddr_un there = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, PROBE_SOCKET, 0);

    snprintf(there.sun_path, sizeof(there.sun_path), "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&there, sizeof(there)) == 0)
        return fd;
    const int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static int say(const void *question, size_t length)
{
    char answer[64];
    int fd = connect_by(FOLDER SOCKET);

    if (fd < 0 && errno == ENOENT)
        fd = connect_by(SOCKET);
    if (fd < 0)
        return errno;
    struct pollfd waiting = { .fd = fd, .events = POLLIN };
    const bool answered = write(fd, question, length) == (ssize_t)length &&
                          poll(&waiting, 1, ANSWER_MS) == 1 && read(fd, answer, sizeof(answer)) > 0;
    close(fd);
    return effect(answered);
}

static int ask_who_serves(void)
{
    return say(probe_question, sizeof(probe_question));
}

static int have_it_serve(void)
{
    static const char request[] = "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
                                  "\1\4\0\1\0\23\0\0\16\3REQUEST_METHODGET"
                                  "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0";

    return say(request, sizeof(request) - 1);
}

/* --- the counters ----------------------------------------------------------------------------- */

static int read_counters(void)
{
    const int fd = open_there(FOLDER COUNTERS, COUNTERS, READ_FLAGS);
    char byte;

    return fd < 0 ? errno : effect(read(fd, &byte, 1) == 1);
}

static int change_counters(void)
{
    const int fd = open_there(FOLDER COUNTERS, COUNTERS, O_WRONLY | O_CLOEXEC);

    return fd < 0 ? errno : outcome(write(fd, "x", 1));
}

static int make_one(void)
{
    return outcome(open_there(FOLDER "/new", "/new", O_WRONLY | O_CREAT | O_CLOEXEC));
}

static int rename_one(void)
{
    if (rename(FOLDER COUNTERS, FOLDER "/gone") == 0)
        return outcome(rename(FOLDER "/gone", FOLDER COUNTERS));
    return errno != ENOENT ? errno : outcome(rename(COUNTERS, COUNTERS));
}

static int list_there(void)
{
    DIR *folder = opendir(FOLDER);

    if (folder == NULL && errno == ENOENT)
        folder = opendir("/");
    return folder == NULL ? errno : effect(readdir(folder) != NULL);
}

/* With the very flags that seccomp lets pass for counters. */
static int read_elsewhere(void)
{
    const int fd = open("/etc/passwd", READ_FLAGS);
    char byte;

    return fd < 0 ? errno : effect(read(fd, &byte, 1) == 1);
}

const struct attack attacks_on_run[] = {
    ATTACK("run-probe", "run/: ask another program whether it serves", ask_who_serves),
    ATTACK("run-request", "run/: have another program serve a request", have_it_serve),
    ATTACK("run-read", "run/: read another program's counters", read_counters),
    ATTACK("run-change", "run/: change another program's counters", change_counters),
    ATTACK("run-make", "run/: make a file", make_one),
    ATTACK("run-rename", "run/: rename another program's counters", rename_one),
    ATTACK("run-list", "run/: list it", list_there),
    ATTACK("run-read-beside", "run/: read `/etc/passwd` as counters are read", read_elsewhere),
    ATTACKS_END,
};
