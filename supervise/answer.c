#include "answer.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define VERSION "HTTP/1."
enum {
    VERSION_LENGTH = sizeof(VERSION) - 1,
    STATUS_AT = VERSION_LENGTH + 2, /* behind the digit and a blank */
    REASON_AT = STATUS_AT + 4,      /* behind three digits and a blank */
};

/* Neither a control character, but for tabs, nor the end of a line. */
static bool is_text(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] < ' ' ? bytes[i] != '\t' : bytes[i] == '\x7f')
            return false;
    return true;
}

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_field(const char *line, size_t length)
{
    size_t name = 0;

    while (name < length && is_of_name(line[name]))
        name++;
    return name > 0 && name < length && line[name] == ':' && is_text(line + name, length - name);
}

/* ANSWER_WRONG: it is no status line. */
static int read_status(const char *line, size_t length)
{
    int status = 0;

    if (length < REASON_AT || !isdigit((unsigned char)line[VERSION_LENGTH]) ||
        line[STATUS_AT - 1] != ' ' || line[REASON_AT - 1] != ' ' || !is_text(line, length))
        return ANSWER_WRONG;
    for (size_t at = STATUS_AT; at < REASON_AT - 1; at++) {
        if (!isdigit((unsigned char)line[at]))
            return ANSWER_WRONG;
        status = status * 10 + (line[at] - '0');
    }
    return status >= 100 && status <= 599 ? status : ANSWER_WRONG;
}

int answer_status(const char *bytes, size_t length)
{
    const size_t known = length < VERSION_LENGTH ? length : VERSION_LENGTH;
    const char *const end = memmem(bytes, length, "\r\n\r\n", 4);

    if (memcmp(bytes, VERSION, known) != 0)
        return ANSWER_WRONG;
    if (end == NULL)
        return ANSWER_INCOMPLETE;
    const char *line = bytes, *line_end = memmem(bytes, length, "\r\n", 2);
    const int status = read_status(line, (size_t)(line_end - line));
    while (status != ANSWER_WRONG && line_end != end) {
        line = line_end + 2;
        line_end = memmem(line, (size_t)(bytes + length - line), "\r\n", 2);
        if (!is_field(line, (size_t)(line_end - line)))
            return ANSWER_WRONG;
    }
    return status;
}
