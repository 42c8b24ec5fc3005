/* D13, H1 to H3. */
#include "host/host.h"

#include "core/images.h"
#include "core/utf8.h"
#include "image/release.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- D13 -------------------------------------------------------------------------------------- */

static bool is_group_right(const struct json *host, const struct file_role *role, const char *group)
{
    if (strcmp(group, "0") == 0)
        return true;
    return role->may_be_dockers && strcmp(group, record_text(host, "Harden/Docker/gid")) == 0;
}

/* What mends it all, to be typed: harden changes nothing of the host it looks at. */
static char *mend_file(const char *path, const char *owner, unsigned mode)
{
    struct bytes out = { .data = NULL };

    if (owner != NULL) {
        bytes_format(&out, "chown %s ", owner);
        bytes_quoted(&out, path);
    }
    if (mode != 0) {
        bytes_format(&out, "%schmod %04o ", owner != NULL ? " && " : "", mode);
        bytes_quoted(&out, path);
    }
    return out.data;
}

static void find_file(const struct json *host, const struct json *file,
                      const struct file_role *role, struct findings *findings)
{
    const char *const path = record_text(file, "path");
    const char *const user = record_text(file, "user"), *const group = record_text(file, "group");
    const unsigned mode = (unsigned)digits_of(record_text(file, "mode"), 8) & 0777;
    const struct where where = { .at = file->at, .node = file, .subject = path };
    const bool is_dockers =
        role->may_be_dockers && record_text(host, "Harden/Docker/gid")[0] != '\0';
    const bool is_roots = strcmp(user, "0") == 0, is_grouped = is_group_right(host, role, group);
    const bool is_open = (mode & ~role->mode) != 0;
    char *fault;

    if (!is_roots)
        fault = format_text("belongs to user %s, not to root", user);
    else if (!is_grouped && (mode & 020) != 0)
        fault = format_text("may be written by group %s", group);
    else if (is_open)
        fault = format_text("has mode %03o, %03o at most", mode, role->mode);
    else if (!is_grouped)
        fault =
            format_text("belongs to group %s, not to %s", group, is_dockers ? "docker" : "root");
    else
        return;
    char *const mend = mend_file(path,
                                 is_roots && is_grouped ? NULL
                                 : is_dockers           ? "root:docker"
                                                        : "root:root",
                                 is_open ? (mode | 0400) & role->mode : 0);
    found(findings, "D13", where, "%s %s%s%s: %s", path, fault,
          role->number[0] != '\0' ? ", CIS " : "", role->number, mend);
    free(fault);
    free(mend);
}

static void find_files(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    (void)rule;
    for (const struct json *host = record_first(document); host != NULL; host = host->next)
        for (const struct json *file = record_items(host, "Harden/Files"); file != NULL;
             file = file->next) {
            const struct file_role *const role = role_named(record_text(file, "role"));
            if (role != NULL)
                find_file(host, file, role, findings);
        }
}

/* --- H1 --------------------------------------------------------------------------------------- */

static void find_members(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    for (const struct json *host = record_first(document); host != NULL; host = host->next)
        for (const struct json *member = record_items(host, "Harden/Docker/members");
             member != NULL; member = member->next)
            if (member->kind == JSON_STRING && strcmp(member->string, "root") != 0)
                found(findings, rule->id,
                      (struct where){ .at = member->at, .node = member, .subject = member->string },
                      "%s is in the group docker", member->string);
}

/* --- H2 --------------------------------------------------------------------------------------- */

/* A folder that is watched is watched with all that is in it. */
static bool is_watched(const struct json *host, const char *path)
{
    for (const struct json *rule = record_items(host, "Harden/Watched"); rule != NULL;
         rule = rule->next) {
        if (rule->kind != JSON_STRING)
            continue;
        size_t length = rule->string_length;
        while (length > 1 && rule->string[length - 1] == '/')
            length--;
        if (strncmp(path, rule->string, length) == 0 &&
            (path[length] == '\0' || path[length] == '/'))
            return true;
    }
    return false;
}

static void find_unwatched(const struct document *document, const struct rule *rule,
                           struct findings *findings)
{
    for (const struct json *host = record_first(document); host != NULL; host = host->next) {
        const struct json *const watched = record_at(host, "Harden/Watched");
        struct bytes list = { .data = NULL };
        for (const struct json *path = record_items(host, "Harden/Present"); path != NULL;
             path = path->next)
            if (path->kind == JSON_STRING && !is_watched(host, path->string))
                bytes_format(&list, "%s%s", list.length > 0 ? ", " : "", path->string);
        if (list.length > 0 && watched != NULL && watched->kind == JSON_ARRAY)
            found(findings, rule->id, record_place(host, "Harden/Watched", list.data),
                  "no audit rule has %s", list.data);
        bytes_free(&list);
    }
}

/* --- H3 --------------------------------------------------------------------------------------- */

/*
 * When the makers' releases ended: endoflife.date/docker-engine as of 2026-03-05, which has it of
 * moby's BRANCHES-AND-TAGS.md. 25.0, 28 and later had no end then.
 */
static const struct {
    const char *release, *end;
} ends[] = {
    { "27", "2025-05-03" },    { "26.1", "2025-02-17" },  { "26.0", "2024-06-08" },
    { "24.0", "2024-06-08" },  { "23.0", "2025-05-19" },  { "20.10", "2023-12-10" },
    { "19.03", "2021-01-08" }, { "18.09", "2019-08-22" }, { "18.06", "2018-12-08" },
    { "18", "2018-12-08" },    { "17", "2018-02-10" },    { "1", "2017-10-01" },
};

static const char *end_of(const char *version)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const size_t length = strlen(ends[i].release);
        if (strncmp(version, ends[i].release, length) == 0 &&
            !isdigit((unsigned char)version[length]))
            return ends[i].end;
    }
    return NULL;
}

/* Debian's "20.10.24+dfsg1" and Ubuntu's "24.0.7-0ubuntu2": they mend what its makers do not. */
static bool is_distributions(const char *version)
{
    return strstr(version, "dfsg") != NULL || strstr(version, "ubuntu") != NULL ||
           strstr(version, "+deb") != NULL;
}

static void find_end(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    for (const struct json *host = record_first(document); host != NULL; host = host->next) {
        const char *const version = record_text(host, "Version");
        const bool is_theirs = is_distributions(version);
        const char *const end =
            is_theirs ? record_text(host, "Harden/Release/End") : end_of(version);
        if (version[0] == '\0' || end == NULL || end[0] == '\0' || !image_is_past(end))
            continue;
        found(findings, rule->id, record_place(host, "Version", "Version"),
              "the engine, %s, gets no more fixes since %s, %s", version, end,
              is_theirs ? "when its system's release ended" : "when its makers ended that release");
    }
}

/* --- the reader, and its text ----------------------------------------------------------------- */

static const struct rule rules[] = {
    { "D13", find_files, NULL, NULL },    { "H1", find_members, NULL, NULL },
    { "H2", find_unwatched, NULL, NULL }, { "H3", find_end, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};

static const char *const names[] = { NULL };

const struct reader host_reader = {
    .type = "host",
    .names = names,
    .parse = record_parse,
    .release = record_release,
    .facts = record_facts,
    .judge = record_judge,
    .rules = rules,
};

static void put_release(struct bytes *out, const char *root)
{
    char *const path = format_text("%s/etc/os-release", root);
    struct release release = { .id = "" };
    struct text text;

    if (text_read(&text, path) == NULL) {
        release_read(&release, text.bytes, text.length);
        text_free(&text);
    }
    free(path);
    release_complete(&release, DISTRO_INFO);
    bytes_text(out, ", \"Release\": ");
    release_put(out, &release);
}

void host_look(struct text *text, const char *root, const struct json *settings,
               const struct text *version, const struct json *info, bool *has_rules)
{
    const char *const data = record_text(info, "DockerRootDir");
    struct bytes out = { .data = NULL };

    bytes_text(&out, "{\"Files\": ");
    host_put_files(&out, root, settings, data[0] != '\0' ? data : "/var/lib/docker");
    bytes_text(&out, ", \"Docker\": ");
    host_put_group(&out, root);
    *has_rules = host_put_audit(&out, root);
    put_release(&out, root);
    bytes_text(&out, "}");
    record_text_of(text, "host", version != NULL ? version->bytes : "{",
                   version != NULL ? version->length : 1, out.data);
    bytes_free(&out);
}
