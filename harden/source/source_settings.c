/* S1 in .env, YAML, INI and the like: a line has a name and its value. */
#include "source/source.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static size_t skip_blanks(const char *bytes, size_t at, size_t end)
{
    while (at < end && isspace((unsigned char)bytes[at]))
        at++;
    return at;
}

static bool is_name(char c)
{
    return source_is_name(c) || c == '.' || c == '-';
}

/* The name that a line begins with, behind `export`, `- ` and quotes; length 0: none. */
static struct span name_of(const char *bytes, size_t at, size_t end)
{
    struct span name = { .length = 0 };

    at = skip_blanks(bytes, at, end);
    if (end - at > 7 && strncmp(bytes + at, "export ", 7) == 0)
        at = skip_blanks(bytes, at + 7, end);
    if (end - at > 2 && bytes[at] == '-' && bytes[at + 1] == ' ')
        at = skip_blanks(bytes, at + 1, end);
    at += at < end && (bytes[at] == '"' || bytes[at] == '\'');
    name.offset = at;
    while (at < end && is_name(bytes[at]))
        at++;
    name.length = at - name.offset;
    return name;
}

/* The value, without quotes, or without the comment behind it. */
static struct span value_of(const char *bytes, size_t at, size_t end)
{
    at = skip_blanks(bytes, at, end);
    if (at < end && (bytes[at] == '"' || bytes[at] == '\'')) {
        const char *const close = memchr(bytes + at + 1, bytes[at], end - at - 1);
        return (struct span){ .offset = at + 1,
                              .length = close != NULL ? (size_t)(close - bytes) - at - 1 : 0 };
    }
    size_t past = at;
    while (past < end &&
           !(bytes[past] == '#' && past > at && isspace((unsigned char)bytes[past - 1])))
        past++;
    while (past > at && (isspace((unsigned char)bytes[past - 1]) || bytes[past - 1] == ','))
        past--;
    return (struct span){ .offset = at, .length = past - at };
}

static void look_at(const struct text *text, struct span line, const struct rule *rule,
                    struct findings *findings)
{
    const char *const bytes = text->bytes;
    const size_t end = line.offset + line.length;
    const struct span name = name_of(bytes, line.offset, end);
    size_t at = name.offset + name.length;
    char subject[64];

    at += at < end && (bytes[at] == '"' || bytes[at] == '\'');
    at = skip_blanks(bytes, at, end);
    if (name.length == 0 || name.length >= sizeof(subject) || at >= end ||
        (bytes[at] != '=' && bytes[at] != ':'))
        return;
    const struct span value = value_of(bytes, at + 1, end);
    struct where where = { .at = value, .subject = subject };
    memcpy(subject, bytes + name.offset, name.length);
    subject[name.length] = '\0';
    if (value.length > 0 &&
        source_is_credential(subject, name.length, bytes + value.offset, value.length))
        found(findings, rule->id, where, "the value of %s is written here", subject);
    else if (source_has_password(bytes + value.offset, value.length))
        found(findings, rule->id, where, "an address here has a password in it");
}

void source_find_settings(const struct source *source, const struct rule *rule,
                          struct findings *findings)
{
    const struct text *const text = source->text;

    for (size_t i = 1; i <= text->line_count; i++) {
        const struct span line = text_line(text, i);
        const size_t at = skip_blanks(text->bytes, line.offset, line.offset + line.length);
        if (at < line.offset + line.length && strchr("#;/", text->bytes[at]) == NULL)
            look_at(text, line, rule, findings);
    }
}
