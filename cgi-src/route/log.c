#include "log.h"

#include "route.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };
enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG, LEVELS };

static const char *const level_names[LEVELS] = { "error", "warning", "info", "debug" };

/* Configuration, set at start-up. */
static const char *program_name = "bulkhead";
static enum level threshold = LEVEL_INFO;

void log_open(const char *program)
{
    program_name = program;
}

static enum level find_level(const char *name)
{
    enum level level = LEVEL_ERROR;

    while (level < LEVELS && strcmp(level_names[level], name) != 0)
        level++;
    return level;
}

bool is_log_level(const char *level)
{
    return find_level(level) < LEVELS;
}

void log_set_level(const char *level)
{
    threshold = find_level(level);
}

/* A pipe that nobody reads takes no more at some time, and a write would wait for ever. */
static bool has_room(void)
{
    struct pollfd errors = { .fd = STDERR_FILENO, .events = POLLOUT };

    return poll(&errors, 1, 0) == 1 && (errors.revents & POLLOUT) != 0;
}

/* The length of the line, newline included. */
static size_t __attribute__((format(printf, 3, 0)))
format_line(char line[LINE_BYTES], enum level level, const char *format, va_list args)
{
    const int start = snprintf(line, LINE_BYTES, "%s: %s: ", program_name, level_names[level]);
    const size_t left = LINE_BYTES - 1 - (size_t)start; /* room for the newline */
    const int wanted = vsnprintf(line + start, left, format, args);
    if (wanted < 0)
        return 0;
    size_t length = (size_t)start + ((size_t)wanted < left ? (size_t)wanted : left - 1);

    /* A setting's value may hold anything; a log line holds no control character. */
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';
    return length;
}

static void __attribute__((format(printf, 2, 0)))
write_line(enum level level, const char *format, va_list args)
{
    static atomic_uint lost;
    char line[LINE_BYTES];

    if (level > threshold)
        return;
    if (!has_room()) {
        atomic_fetch_add(&lost, 1);
        return;
    }
    const unsigned before = atomic_exchange(&lost, 0);
    if (before > 0)
        log_warning("%u lines are missing here: nobody read them", before);
    /* One write, so that lines of several processes in one file stay whole. */
    if (write(STDERR_FILENO, line, format_line(line, level, format, args)) < 0)
        atomic_fetch_add(&lost, 1);
}

#define DEFINE_LOG(name, level)                                                                    \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        write_line(level, format, args);                                                           \
        va_end(args);                                                                              \
    }

DEFINE_LOG(log_error, LEVEL_ERROR)
DEFINE_LOG(log_warning, LEVEL_WARNING)
DEFINE_LOG(log_info, LEVEL_INFO)
DEFINE_LOG(log_debug, LEVEL_DEBUG)
