#include "log.h"

#include "route.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* One write, so that lines of several processes in one file stay whole. */
static void __attribute__((format(printf, 2, 0)))
write_line(enum level level, const char *format, va_list args)
{
    char line[1024];

    if (level > threshold)
        return;
    const int start = snprintf(line, sizeof(line), "%s: %s: ", program_name, level_names[level]);
    const size_t left = sizeof(line) - 1 - (size_t)start; /* room for the newline */
    const int wanted = vsnprintf(line + start, left, format, args);
    if (wanted < 0)
        return;
    size_t length = (size_t)start + ((size_t)wanted < left ? (size_t)wanted : left - 1);

    /* A setting's value may hold anything; a log line holds no control character. */
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        return; /* nowhere to say it */
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
