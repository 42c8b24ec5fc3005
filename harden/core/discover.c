#include "core/discover.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };

void complain(const char *what, const char *format, ...)
{
    struct bytes line = { .data = NULL };
    char why[512];
    va_list args;

    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    put_visible(&line, what, strlen(what));
    bytes_text(&line, ": ");
    put_visible(&line, why, strlen(why));
    fprintf(stderr, "harden: %s\n", line.data);
    bytes_free(&line);
}

static void trouble(struct discovery *discovery, const char *path, const char *why)
{
    discovery->troubles++;
    complain(path, "%s", why);
}

/* --- files that were there already ------------------------------------------------------------ */

/* Open addressing; a file without a name has inode 0, which no file has. */
struct seen {
    struct {
        dev_t device;
        ino_t inode;
    } * list;
    size_t count, room;
};

static bool put_seen(struct seen *seen, dev_t device, ino_t inode)
{
    size_t at = ((size_t)inode * 31 + (size_t)device) & (seen->room - 1);

    while (seen->list[at].inode != 0) {
        if (seen->list[at].inode == inode && seen->list[at].device == device)
            return false;
        at = (at + 1) & (seen->room - 1);
    }
    seen->list[at].device = device;
    seen->list[at].inode = inode;
    seen->count++;
    return true;
}

/* Whether it is the first time that this file is seen. */
static bool is_new(struct discovery *discovery, const struct stat *status)
{
    struct seen *seen = discovery->seen;

    if (seen == NULL)
        seen = discovery->seen = need(1, sizeof(*seen));
    if (seen->count * 2 >= seen->room) {
        const struct seen old = *seen;
        seen->room = old.room > 0 ? old.room * 2 : 64;
        seen->list = need(seen->room, sizeof(seen->list[0]));
        seen->count = 0;
        for (size_t i = 0; i < old.room; i++)
            if (old.list[i].inode != 0)
                put_seen(seen, old.list[i].device, old.list[i].inode);
        free(old.list);
    }
    return put_seen(seen, status->st_dev, status->st_ino);
}

void discovery_free(struct discovery *discovery)
{
    if (discovery->seen != NULL)
        free(discovery->seen->list);
    free(discovery->seen);
    discovery->seen = NULL;
}

/* --- files ------------------------------------------------------------------------------------ */

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Named: somebody asked for this very file, and is told when it is not looked at. */
static void visit_file(struct discovery *discovery, const char *path, const struct stat *status,
                       bool is_named)
{
    const struct reader *reader = is_named ? discovery->type : NULL;
    struct text text;

    if (reader == NULL && reader_for(base_of(path), NULL) == NULL) {
        if (is_named)
            trouble(discovery, path, "its name says no type of file that is known; --type does");
        return;
    }
    if (!is_new(discovery, status))
        return;
    const char *const why = text_read(&text, path);
    if (why != NULL) {
        trouble(discovery, path, why);
        return;
    }
    if (reader == NULL)
        reader = reader_for(base_of(path), &text);
    if (reader != NULL && (discovery->type == NULL || discovery->type == reader)) {
        discovery->files++;
        discovery->visit(discovery->context, reader, &text);
    } else if (is_named && reader == NULL) {
        trouble(discovery, path, "it looks like no type of file that is known; --type says it");
    }
    text_free(&text);
}

/* --- folders ---------------------------------------------------------------------------------- */

static bool is_skipped(const char *name)
{
    static const char *const names[] = { ".", "..", ".git", "node_modules" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* --- what a folder says to leave out ---------------------------------------------------------- */

/* Names of a folder that its .hardenignore says to leave out, as fnmatch patterns. */
struct omitted {
    struct text text;
    char **patterns;
    size_t count, room;
};

/* A line is `NAME because REASON`. False: it is another. */
static bool read_omitted(struct omitted *omitted, struct span line)
{
    static const char because[] = " because ";
    const char *const bytes = omitted->text.bytes + line.offset;
    const char *const at = memmem(bytes, line.length, because, sizeof(because) - 1);

    if (at == NULL || at == bytes || memchr(bytes, '/', (size_t)(at - bytes)) != NULL ||
        strspn(at + sizeof(because) - 1, " \t") ==
            line.length - (size_t)(at - bytes) - sizeof(because) + 1)
        return false;
    omitted->patterns = need_room(omitted->patterns, &omitted->room, omitted->count + 1,
                                  sizeof(omitted->patterns[0]));
    omitted->patterns[omitted->count++] = copy_bytes(bytes, (size_t)(at - bytes));
    return true;
}

static void open_omitted(struct discovery *discovery, const char *path, struct omitted *omitted)
{
    enum { PATTERNS_MAX = 100 };
    char *const name = format_text("%s/.hardenignore", path);

    *omitted = (struct omitted){ .patterns = NULL };
    if (access(name, F_OK) == 0) {
        const char *const why = text_read(&omitted->text, name);
        if (why != NULL)
            trouble(discovery, name, why);
        for (size_t i = 1; why == NULL && i <= omitted->text.line_count; i++) {
            const struct span line = text_line(&omitted->text, i);
            if (line.length == 0 || omitted->text.bytes[line.offset] == '#')
                continue;
            if (omitted->count == PATTERNS_MAX || !read_omitted(omitted, line)) {
                discovery->troubles++;
                complain(name, "%zu: it is no `NAME because REASON`, or there are too many", i);
                break;
            }
        }
    }
    free(name);
}

static bool is_omitted(const struct omitted *omitted, const char *name)
{
    for (size_t i = 0; i < omitted->count; i++)
        if (fnmatch(omitted->patterns[i], name, 0) == 0)
            return true;
    return false;
}

static void close_omitted(struct omitted *omitted)
{
    for (size_t i = 0; i < omitted->count; i++)
        free(omitted->patterns[i]);
    free(omitted->patterns);
    text_free(&omitted->text);
}

/* --- the walk --------------------------------------------------------------------------------- */

/* What `fix --write` has kept is not what somebody uses: Dockerfile.bak is no Dockerfile. */
static int is_kept(const struct dirent *entry)
{
    return !is_skipped(entry->d_name) && fnmatch("*.bak", entry->d_name, 0) != 0 &&
           fnmatch("*.bak.[0-9]*", entry->d_name, 0) != 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void visit_folder(struct discovery *discovery, const char *path, int depth);

/* A symbolic link is followed to a file, whose name is the link's, but to no folder. */
static void visit_entry(struct discovery *discovery, const char *path, int depth)
{
    struct stat status;

    if (lstat(path, &status) != 0) {
        trouble(discovery, path, strerror(errno));
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        visit_folder(discovery, path, depth + 1);
        return;
    }
    const bool is_link = S_ISLNK(status.st_mode);
    if (is_link && stat(path, &status) != 0)
        return; /* it leads nowhere, and so not to a file that somebody uses */
    if (S_ISREG(status.st_mode))
        visit_file(discovery, path, &status, false);
}

static void visit_folder(struct discovery *discovery, const char *path, int depth)
{
    const size_t length = strlen(path);
    const char *const slash = length > 0 && path[length - 1] == '/' ? "" : "/";
    struct dirent **entries;
    struct omitted omitted;

    if (depth > DEPTH_MAX) {
        trouble(discovery, path, "it is more than 64 folders deep");
        return;
    }
    const int count = scandir(path, &entries, is_kept, compare_names);
    if (count < 0) {
        trouble(discovery, path, strerror(errno));
        return;
    }
    open_omitted(discovery, path, &omitted);
    for (int i = 0; i < count; i++) {
        char *const below = format_text("%s%s%s", path, slash, entries[i]->d_name);
        if (!is_omitted(&omitted, entries[i]->d_name))
            visit_entry(discovery, below, depth);
        free(below);
        free(entries[i]);
    }
    close_omitted(&omitted);
    free(entries);
}

void discover(struct discovery *discovery, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        trouble(discovery, path, strerror(errno));
    else if (S_ISDIR(status.st_mode))
        visit_folder(discovery, path, 0);
    else
        visit_file(discovery, path, &status, true);
}
