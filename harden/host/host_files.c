/* D13: whose the engine's files are, and who may write them. */
#include "host/host.h"

#include "core/utf8.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of the roles whose path a setting names, it is the setting's name. */
static const struct file_role roles[] = {
    { "docker.service",
      { "/lib/systemd/system/docker.service", "/etc/systemd/system/docker.service",
        "/etc/systemd/system/docker.service.d/*" },
      0644,
      false,
      "3.1, 3.2" },
    { "docker.socket",
      { "/lib/systemd/system/docker.socket", "/etc/systemd/system/docker.socket" },
      0644,
      false,
      "3.3, 3.4" },
    { "folder", { "/etc/docker" }, 0755, false, "3.5, 3.6" },
    { "certificate", { "/etc/docker/certs.d/*/*" }, 0444, false, "3.7, 3.8" },
    { "tlscacert", { NULL }, 0444, false, "3.9, 3.10" },
    { "tlscert", { NULL }, 0444, false, "3.11, 3.12" },
    { "tlskey", { NULL }, 0400, false, "3.13, 3.14" },
    { "socket", { "/run/docker.sock", "/var/run/docker.sock" }, 0660, true, "3.15, 3.16" },
    { "settings", { "/etc/docker/daemon.json" }, 0644, false, "3.17, 3.18" },
    { "defaults", { "/etc/default/docker" }, 0644, false, "3.19, 3.20" },
    { "sysconfig", { "/etc/sysconfig/docker" }, 0644, false, "3.21, 3.22" },
    { "containerd",
      { "/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock" },
      0660,
      false,
      "3.23, 3.24" },
    { "data", { NULL }, 0711, false, "" },
};

enum { ROLES = sizeof(roles) / sizeof(roles[0]), FILES_MAX = 1000 };

const struct file_role *role_named(const char *role)
{
    for (size_t i = 0; i < ROLES; i++)
        if (strcmp(roles[i].role, role) == 0)
            return &roles[i];
    return NULL;
}

struct listing {
    struct bytes *out;
    const char *root;
    size_t count;
    struct {
        dev_t device;
        ino_t inode;
    } seen[FILES_MAX]; /* /lib and /usr/lib are mostly one */
};

static void put_file(struct listing *listing, const char *role, const char *path)
{
    struct bytes *const out = listing->out;
    struct stat status;

    if (listing->count == FILES_MAX || stat(path, &status) != 0)
        return;
    for (size_t i = 0; i < listing->count; i++)
        if (listing->seen[i].inode == status.st_ino && listing->seen[i].device == status.st_dev)
            return;
    listing->seen[listing->count].device = status.st_dev;
    listing->seen[listing->count].inode = status.st_ino;
    bytes_format(out, "%s{\"role\": \"%s\", \"path\": ", listing->count++ > 0 ? ", " : "", role);
    path += strlen(listing->root);
    put_json_string(out, path, strlen(path));
    bytes_format(out, ", \"mode\": \"%04o\", \"user\": \"%lu\", \"group\": \"%lu\"}",
                 (unsigned)(status.st_mode & 07777), (unsigned long)status.st_uid,
                 (unsigned long)status.st_gid);
}

static void put_matches(struct listing *listing, const char *role, const char *pattern)
{
    char *const whole = format_text("%s%s", listing->root, pattern);
    glob_t found;

    if (glob(whole, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            put_file(listing, role, found.gl_pathv[i]);
        globfree(&found);
    }
    free(whole);
}

void host_put_files(struct bytes *out, const char *root, const struct json *settings,
                    const char *data)
{
    struct listing *const listing = need(1, sizeof(*listing));

    listing->out = out;
    listing->root = root;
    bytes_text(out, "[");
    for (size_t i = 0; i < ROLES; i++) {
        const char *const named =
            strcmp(roles[i].role, "data") == 0 ? data : record_text(settings, roles[i].role);
        for (size_t j = 0; j < 4 && roles[i].paths[j] != NULL; j++)
            put_matches(listing, roles[i].role, roles[i].paths[j]);
        if (named == NULL || named[0] != '/')
            continue;
        char *const path = format_text("%s%s", root, named);
        put_file(listing, roles[i].role, path);
        free(path);
    }
    bytes_text(out, "]");
    free(listing);
}
