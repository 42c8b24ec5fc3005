#include "image/release.h"

#include "core/images.h"
#include "core/text.h"
#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- os-release ------------------------------------------------------------------------------- */

static void read_value(char *word, const char *value, size_t length)
{
    if (length >= 2 && (value[0] == '"' || value[0] == '\'') && value[length - 1] == value[0]) {
        value++;
        length -= 2;
    }
    if (length >= RELEASE_WORD || memchr(value, '\0', length) != NULL)
        length = 0;
    memcpy(word, value, length);
    word[length] = '\0';
}

void release_read(struct release *release, const char *text, size_t length)
{
    const struct {
        const char *name;
        char *word;
    } rows[] = {
        { "ID=", release->id },
        { "VERSION_ID=", release->version },
        { "VERSION_CODENAME=", release->codename },
    };

    *release = (struct release){ .id = "" };
    while (length > 0) {
        const char *const end = memchr(text, '\n', length);
        const size_t line = end != NULL ? (size_t)(end - text) : length;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            const size_t name = strlen(rows[i].name);
            if (line >= name && memcmp(text, rows[i].name, name) == 0)
                read_value(rows[i].word, text + name, line - name);
        }
        text += line + (end != NULL);
        length -= line + (end != NULL);
    }
}

/* --- distro-info ------------------------------------------------------------------------------ */

enum { COLUMNS_MAX = 16 };

/* Splits a line at its commas, in place. */
static size_t split_row(char *line, char **columns)
{
    size_t count = 0;

    while (count < COLUMNS_MAX) {
        columns[count++] = line;
        line = strchr(line, ',');
        if (line == NULL)
            break;
        *line++ = '\0';
    }
    return count;
}

/* Ubuntu writes "22.04 LTS". */
static bool is_version(const char *column, const char *version)
{
    const size_t length = strlen(version);

    return length > 0 && strncmp(column, version, length) == 0 &&
           (column[length] == '\0' || column[length] == ' ');
}

/*
 * The row of its version. Debian's long term support is anybody's; what comes after that, and
 * Ubuntu's, is paid for.
 */
static void read_row(struct release *release, char **names, size_t count, char **columns)
{
    const char *const support = strcmp(release->id, "debian") == 0 ? "eol-lts" : "eol-server";

    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(columns[i]);
        if ((strcmp(names[i], "eol") == 0 || strcmp(names[i], support) == 0) && length == 10)
            memcpy(release->end, columns[i], length + 1);
        else if (strcmp(names[i], "series") == 0 && release->codename[0] == '\0' &&
                 length < RELEASE_WORD)
            memcpy(release->codename, columns[i], length + 1);
    }
}

static void find_row(struct release *release, char *bytes)
{
    char *names[COLUMNS_MAX], *columns[COLUMNS_MAX], *save;
    char *const head = strtok_r(bytes, "\r\n", &save);
    const size_t count = head != NULL ? split_row(head, names) : 0;

    for (char *line = strtok_r(NULL, "\r\n", &save); count > 0 && line != NULL;
         line = strtok_r(NULL, "\r\n", &save)) {
        const size_t has = split_row(line, columns);
        if (is_version(columns[0], release->version))
            read_row(release, names, has < count ? has : count, columns);
    }
}

void release_complete(struct release *release, const char *folder)
{
    char path[256];
    struct text text;

    if (release->version[0] == '\0')
        return;
    snprintf(path, sizeof(path), "%s/%s.csv", folder, release->id);
    if ((strcmp(release->id, "debian") == 0 || strcmp(release->id, "ubuntu") == 0) &&
        text_read(&text, path) == NULL) {
        find_row(release, text.bytes);
        text_free(&text);
    }
    const struct image image = { .repository = release->id, .tag = release->version, .digest = "" };
    const char *const known = release->end[0] == '\0' ? image_end_of_life(&image) : NULL;
    if (known != NULL)
        snprintf(release->end, sizeof(release->end), "%s", known);
}

void release_put(struct bytes *out, const struct release *release)
{
    const char *const rows[][2] = { { "{\"ID\": ", release->id },
                                    { ", \"VERSION_ID\": ", release->version },
                                    { ", \"VERSION_CODENAME\": ", release->codename },
                                    { ", \"End\": ", release->end } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bytes_text(out, rows[i][0]);
        put_json_string(out, rows[i][1], strlen(rows[i][1]));
    }
    bytes_text(out, "}");
}
