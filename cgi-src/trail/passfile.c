#include "trail/passfile.h"

#include <stdbool.h>
#include <string.h>

/* What is behind the field at `at`, if that fits. A colon of its own fits one, as with libpq. */
static const char *skip_field(const char *at, const char *end, const char *wanted)
{
    if (end - at >= 2 && at[0] == '*' && at[1] == ':')
        return at + 2;
    for (; at < end; at++, wanted++) {
        if (*at == ':' && *wanted == '\0')
            return at + 1;
        if (*at == '\\' && at + 1 < end)
            at++;
        if (*wanted == '\0' || *at != *wanted)
            return NULL;
    }
    return NULL;
}

/* Where the password of a line begins, if the line fits. */
static const char *find_password(const char *at, const char *end, const struct passfile_key *key)
{
    const char *const fields[] = { key->host, key->port, key->database, key->user };

    if (at < end && *at == '#')
        return NULL;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && at != NULL; i++)
        at = skip_field(at, end, fields[i]);
    return at;
}

/* False: it is empty. */
static bool copy_password(const char *at, const char *end, char password[PASSFILE_PASSWORD_BYTES])
{
    size_t length = 0;

    for (; at < end && *at != ':'; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        password[length++] = *at;
    }
    if (length == 0)
        return false;
    password[length] = '\0';
    return true;
}

static bool is_well_formed(const char *text, size_t length)
{
    size_t line = 0;

    if (length > PASSFILE_BYTES_MAX || memchr(text, '\0', length) != NULL)
        return false;
    for (size_t i = 0; i < length; i++) {
        line = text[i] == '\n' ? 0 : line + 1;
        if (line > PASSFILE_LINE_MAX)
            return false;
    }
    return true;
}

enum passfile_result passfile_find(const char *text, size_t length, const struct passfile_key *key,
                                   char password[PASSFILE_PASSWORD_BYTES])
{
    const char *const text_end = text + length;

    if (!is_well_formed(text, length))
        return PASSFILE_WRONG;
    for (const char *line = text; line < text_end;) {
        const char *const newline = memchr(line, '\n', (size_t)(text_end - line));
        const char *end = newline != NULL ? newline : text_end;
        if (end > line && end[-1] == '\r')
            end--;
        const char *const found = find_password(line, end, key);
        if (found != NULL)
            return copy_password(found, end, password) ? PASSFILE_FOUND : PASSFILE_NONE;
        line = newline != NULL ? newline + 1 : text_end;
    }
    return PASSFILE_NONE;
}
