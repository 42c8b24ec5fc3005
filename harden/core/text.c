#include "core/text.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void find_lines(struct text *text)
{
    const char *const end = text->bytes + text->length;
    const char *at = text->bytes;
    size_t room = 0;

    text->lines = need_room(NULL, &room, 1, sizeof(text->lines[0]));
    text->lines[0] = 0;
    text->line_count = 1;
    text->newline = "\n";
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        if (text->line_count == 1 && at > text->bytes && at[-1] == '\r')
            text->newline = "\r\n";
        at++;
        text->lines = need_room(text->lines, &room, text->line_count + 1, sizeof(text->lines[0]));
        text->lines[text->line_count++] = (size_t)(at - text->bytes);
    }
}

struct hint {
    size_t line, offset, column;
};

/* Takes over the bytes. */
static void set_up(struct text *text, const char *name, char *bytes, size_t length)
{
    *text = (struct text){ .bytes = bytes, .length = length };
    text->name = copy_bytes(name, strlen(name));
    text->begin = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    find_lines(text);
    text->hint = need(1, sizeof(*text->hint));
}

void text_of(struct text *text, const char *name, const char *bytes, size_t length)
{
    set_up(text, name, copy_bytes(bytes, length), length);
}

void text_free(struct text *text)
{
    free(text->name);
    free(text->bytes);
    free(text->lines);
    free(text->hint);
    *text = (struct text){ .name = NULL };
}

/* NULL: *length bytes of the file are there; else why not. A file may grow while it is read. */
static const char *read_all(int fd, char *bytes, size_t room, size_t *length)
{
    *length = 0;
    for (;;) {
        const ssize_t count = read(fd, bytes + *length, room - *length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return strerror(errno);
        *length += (size_t)count;
        if (count == 0)
            return NULL;
        if (*length == room)
            return "it is larger than 16 MiB, or grows";
    }
}

static const char *read_open(struct text *text, const char *path, int fd)
{
    struct stat status;
    size_t length;

    if (fstat(fd, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? "it is a folder" : "it is no regular file";
    if (status.st_size > TEXT_MAX)
        return "it is larger than 16 MiB";
    const size_t room = (size_t)status.st_size + 1;
    char *const bytes = need(room, 1);
    const char *const why = read_all(fd, bytes, room, &length);
    if (why != NULL) {
        free(bytes);
        return why;
    }
    set_up(text, path, bytes, length);
    return NULL;
}

const char *text_read(struct text *text, const char *path)
{
    *text = (struct text){ .name = NULL };
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return strerror(errno);
    const char *const why = read_open(text, path, fd);
    close(fd);
    return why;
}

/* The number of the line, from 1, that the offset is in. */
static size_t line_at(const struct text *text, size_t offset)
{
    size_t low = 0, high = text->line_count;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (text->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

struct position text_position(const struct text *text, size_t offset)
{
    struct hint *const hint = text->hint;
    const size_t line = line_at(text, offset);
    size_t at = line == 1 ? text->begin : text->lines[line - 1];
    size_t column = 1;

    if (hint->line == line && hint->offset <= offset) {
        at = hint->offset;
        column = hint->column;
    }
    for (; at < offset && at < text->length; column++)
        at += utf8_length(text->bytes + at, text->length - at);
    if (at == offset)
        *hint = (struct hint){ .line = line, .offset = at, .column = column };
    return (struct position){ .line = line, .column = column };
}

struct span text_line(const struct text *text, size_t line)
{
    const size_t from = line == 1 ? text->begin : text->lines[line - 1];
    size_t end = line < text->line_count ? text->lines[line] - 1 : text->length;

    if (line < text->line_count && end > from && text->bytes[end - 1] == '\r')
        end--;
    return (struct span){ .offset = from, .length = end - from };
}

bool text_is(const struct text *text, struct span span, const char *what)
{
    return strlen(what) == span.length && memcmp(text->bytes + span.offset, what, span.length) == 0;
}

bool fail_at(struct fault *fault, size_t offset, const char *format, ...)
{
    va_list args;

    fault->offset = offset;
    va_start(args, format);
    vsnprintf(fault->why, sizeof(fault->why), format, args);
    va_end(args);
    return false;
}
