/* Who is in the group docker, and what auditd is told to keep a record of. */
#include "host/host.h"

#include "core/utf8.h"
#include "image/accounts.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file below the root; false: it is not there, or can't be read. */
static bool open_below(struct text *text, const char *root, const char *path)
{
    char *const whole = format_text("%s%s", root, path);
    const bool is_read = text_read(text, whole) == NULL;

    free(whole);
    return is_read;
}

/* --- the group -------------------------------------------------------------------------------- */

static void put_name(struct bytes *out, size_t *count, const char *name, size_t length)
{
    if (length == 0)
        return;
    bytes_text(out, (*count)++ > 0 ? ", " : "");
    put_json_string(out, name, length);
}

/* Those whose own group it is, by passwd. */
static void put_owners(struct bytes *out, size_t *count, const char *root, const char *gid,
                       size_t gid_length)
{
    struct fields fields;
    struct text text;

    if (!open_below(&text, root, "/etc/passwd"))
        return;
    const char *at = text.bytes;
    for (size_t left = text.length; fields_next(&fields, &at, &left);)
        if (fields.length[3] == gid_length && memcmp(fields.text[3], gid, gid_length) == 0)
            put_name(out, count, fields.text[0], fields.length[0]);
    text_free(&text);
}

static void put_members(struct bytes *out, const char *root, const struct fields *group)
{
    const char *at = group->text[3];
    size_t left = group->length[3], count = 0;

    bytes_text(out, "{\"gid\": ");
    put_json_string(out, group->text[2], group->length[2]);
    bytes_text(out, ", \"members\": [");
    while (left > 0) {
        const char *const comma = memchr(at, ',', left);
        const size_t length = comma != NULL ? (size_t)(comma - at) : left;
        put_name(out, &count, at, length);
        at += length + (comma != NULL);
        left -= length + (comma != NULL);
    }
    if (group->length[2] > 0)
        put_owners(out, &count, root, group->text[2], group->length[2]);
    bytes_text(out, "]}");
}

void host_put_group(struct bytes *out, const char *root)
{
    struct fields fields;
    struct text text;
    bool is_there = false;

    if (open_below(&text, root, "/etc/group")) {
        const char *at = text.bytes;
        for (size_t left = text.length; !is_there && fields_next(&fields, &at, &left);)
            if ((is_there = field_is(&fields, 0, "docker")))
                put_members(out, root, &fields);
        text_free(&text);
    }
    if (!is_there)
        bytes_text(out, "null");
}

/* --- auditd's rules --------------------------------------------------------------------------- */

/* CIS_DOCKER 1.1.3 to 1.1.18: what is there of these is to be watched. */
static const char *const wanted[] = {
    "/usr/bin/dockerd",
    "/usr/sbin/dockerd",
    "/run/containerd",
    "/var/lib/docker",
    "/etc/docker",
    "/lib/systemd/system/docker.service",
    "/run/containerd/containerd.sock",
    "/lib/systemd/system/docker.socket",
    "/etc/default/docker",
    "/etc/docker/daemon.json",
    "/etc/containerd/config.toml",
    "/etc/sysconfig/docker",
    "/usr/bin/containerd",
    "/usr/bin/containerd-shim",
    "/usr/bin/containerd-shim-runc-v1",
    "/usr/bin/containerd-shim-runc-v2",
    "/usr/bin/runc",
    "/usr/sbin/runc",
};

static size_t word_length(const char *line, const char *end)
{
    size_t length = 0;

    while (line + length < end && strchr(" \t\r", line[length]) == NULL)
        length++;
    return length;
}

/* "-w /etc/docker -p wa -k docker", "-a always,exit -F path=/usr/bin/runc -F perm=x". */
static void put_watched(struct bytes *out, size_t *count, const char *line, const char *end)
{
    static const char *const before[] = { "path=", "dir=" };
    bool is_watch = false;

    for (size_t length; line < end; line += length) {
        while (line < end && strchr(" \t\r", *line) != NULL)
            line++;
        length = word_length(line, end);
        if (length == 0 || *line == '#')
            return;
        if (is_watch)
            put_name(out, count, line, length);
        is_watch = length == 2 && memcmp(line, "-w", 2) == 0;
        for (size_t i = 0; i < 2; i++) {
            const size_t name = strlen(before[i]);
            if (length > name && memcmp(line, before[i], name) == 0)
                put_name(out, count, line + name, length - name);
        }
    }
}

static void put_rules(struct bytes *out, size_t *count, const char *path)
{
    struct text text;

    if (text_read(&text, path) != NULL)
        return;
    for (size_t number = 1; number <= text.line_count; number++) {
        const struct span line = text_line(&text, number);
        put_watched(out, count, text.bytes + line.offset, text.bytes + line.offset + line.length);
    }
    text_free(&text);
}

static bool put_all_rules(struct bytes *out, const char *root)
{
    char *const folder = format_text("%s/etc/audit", root);
    const bool is_closed = access(folder, F_OK) == 0 && access(folder, R_OK | X_OK) != 0;
    size_t count = 0;
    glob_t found;

    bytes_text(out, is_closed ? "null" : "[");
    if (!is_closed) {
        char *const pattern = format_text("%s/{audit.rules,rules.d/*.rules}", folder);
        if (glob(pattern, GLOB_BRACE, NULL, &found) == 0) {
            for (size_t i = 0; i < found.gl_pathc; i++)
                put_rules(out, &count, found.gl_pathv[i]);
            globfree(&found);
        }
        free(pattern);
        bytes_text(out, "]");
    }
    free(folder);
    return !is_closed;
}

bool host_put_audit(struct bytes *out, const char *root)
{
    size_t count = 0;

    bytes_text(out, ", \"Watched\": ");
    const bool is_seen = put_all_rules(out, root);
    bytes_text(out, ", \"Present\": [");
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        char *const path = format_text("%s%s", root, wanted[i]);
        if (access(path, F_OK) == 0)
            put_name(out, &count, wanted[i], strlen(wanted[i]));
        free(path);
    }
    bytes_text(out, "]");
    return is_seen;
}
