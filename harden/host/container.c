/* R1: the Compose checks, on what runs; and R2. */
#include "host/container.h"

#include "core/secrets.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *container_name(const struct json *container)
{
    const char *const name = record_text(container, "Name");

    return name[0] == '/' ? name + 1 : name;
}

void container_found(struct findings *findings, const struct json *container, const char *id,
                     const char *path, const char *what, const char *format, ...)
{
    char *const subject = format_text("%s %s %s", id, path, what);
    struct where where = record_place(container, path, subject);
    va_list args;
    char *message;

    where.as = check_named(id, strlen(id));
    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = format_text("%s", where.as->title);
    va_end(args);
    found(findings, "R1", where, "%s: %s", id, message);
    free(message);
    free(subject);
}

/* --- one setting each ------------------------------------------------------------------------- */

/* What a setting must be; else it is a finding. */
struct demand {
    const char *id;
    const char *path;
    const char *message;
    enum { MUST_BE_TRUE, MUST_NOT_BE_TRUE, MUST_NOT_BE_HOST, MUST_BE_POSITIVE } kind;
};

static const struct demand demands[] = {
    { "C1", "HostConfig/Privileged", "it is privileged: root on the host", MUST_NOT_BE_TRUE },
    { "C7", "HostConfig/NetworkMode", "it is in the host's network", MUST_NOT_BE_HOST },
    { "C8", "HostConfig/PidMode", "it sees the host's processes", MUST_NOT_BE_HOST },
    { "C8", "HostConfig/IpcMode", "it shares the host's memory", MUST_NOT_BE_HOST },
    { "C8", "HostConfig/UTSMode", "it may change the host's name", MUST_NOT_BE_HOST },
    { "C8", "HostConfig/UsernsMode", "its root is the host's: userns is host", MUST_NOT_BE_HOST },
    { "C13", "HostConfig/ReadonlyRootfs", "it may write to its own files", MUST_BE_TRUE },
    { "C14", "HostConfig/Memory", "its memory has no limit", MUST_BE_POSITIVE },
    { "C15", "HostConfig/PidsLimit", "its processes have no limit", MUST_BE_POSITIVE },
};

static bool is_met(const struct document *document, const struct json *container,
                   const struct demand *demand)
{
    switch (demand->kind) {
    case MUST_BE_TRUE:
        return record_is_true(container, demand->path);
    case MUST_NOT_BE_TRUE:
        return !record_is_true(container, demand->path);
    case MUST_NOT_BE_HOST:
        return strcmp(record_text(container, demand->path), "host") != 0;
    default:
        return record_number(document, container, demand->path) > 0;
    }
}

static void find_demands(const struct document *document, const struct json *container,
                         struct findings *findings)
{
    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++)
        if (!is_met(document, container, &demands[i]))
            container_found(findings, container, demands[i].id, demands[i].path, "", "%s",
                            demands[i].message);
}

/* Shares are a weight, and no limit. */
static void find_processors(const struct document *document, const struct json *container,
                            struct findings *findings)
{
    if (record_number(document, container, "HostConfig/NanoCpus") <= 0 &&
        record_number(document, container, "HostConfig/CpuQuota") <= 0 &&
        record_text(container, "HostConfig/CpusetCpus")[0] == '\0')
        container_found(findings, container, "C16", "HostConfig/NanoCpus", "",
                        "its processors have no limit");
}

/* --- security_opt ----------------------------------------------------------------------------- */

static bool has_word(const struct json *container, const char *path, const char *prefix,
                     const char *rest)
{
    const size_t length = strlen(prefix);

    for (const struct json *word = record_items(container, path); word != NULL; word = word->next)
        if (word->kind == JSON_STRING && strncmp(word->string, prefix, length) == 0 &&
            strcmp(word->string + length, rest) == 0)
            return true;
    return false;
}

/* "no-new-privileges", "no-new-privileges:true" and "=true" are the same. */
static bool has_no_new_privileges(const struct json *container)
{
    static const char *const rests[] = { "", ":true", "=true" };

    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++)
        if (has_word(container, "HostConfig/SecurityOpt", "no-new-privileges", rests[i]))
            return true;
    return record_is_true(container, "Harden/NoNewPrivileges");
}

/* The engine turns SELinux's labels off by itself where they would be in the way. */
static bool is_unlabelled_by_engine(const struct json *container)
{
    return record_is_true(container, "HostConfig/Privileged") ||
           strcmp(record_text(container, "HostConfig/PidMode"), "host") == 0 ||
           strcmp(record_text(container, "HostConfig/IpcMode"), "host") == 0;
}

static void find_options(const struct document *document, const struct json *container,
                         struct findings *findings)
{
    static const char *const walls[][3] = {
        { "seccomp", "unconfined", "it may call all of the kernel: seccomp is off" },
        { "apparmor", "unconfined", "AppArmor is off" },
        { "label", "disable", "SELinux's labels are off" },
    };
    static const char path[] = "HostConfig/SecurityOpt";

    (void)document;
    if (!has_no_new_privileges(container))
        container_found(findings, container, "C9", path, "no-new-privileges",
                        "setuid programs in it give their rights away: no no-new-privileges");
    for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
        char *const equals = format_text("=%s", walls[i][1]);
        char *const colon = format_text(":%s", walls[i][1]);
        const bool is_implied = i == 2 && is_unlabelled_by_engine(container);
        if (!is_implied && (has_word(container, path, walls[i][0], equals) ||
                            has_word(container, path, walls[i][0], colon)))
            container_found(findings, container, "C10", path, walls[i][0], "%s", walls[i][2]);
        free(equals);
        free(colon);
    }
}

/* --- capabilities, devices -------------------------------------------------------------------- */

/* Those that lead to the host, or to all others. */
static bool is_dangerous(const char *capability)
{
    static const char *const names[] = {
        "ALL",          "SYS_ADMIN", "SYS_MODULE",      "SYS_PTRACE",
        "SYS_RAWIO",    "BPF",       "DAC_READ_SEARCH", "NET_ADMIN",
        "SYS_BOOT",     "SYS_TIME",  "DAC_OVERRIDE",    "MAC_ADMIN",
        "MAC_OVERRIDE", "SYSLOG",    "PERFMON",         "CHECKPOINT_RESTORE"
    };

    if (strncasecmp(capability, "CAP_", 4) == 0)
        capability += 4;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(capability, names[i]) == 0)
            return true;
    return false;
}

static void find_rights(const struct document *document, const struct json *container,
                        struct findings *findings)
{
    static const char add[] = "HostConfig/CapAdd", drop[] = "HostConfig/CapDrop";

    (void)document;
    for (const struct json *word = record_items(container, add); word != NULL; word = word->next)
        if (word->kind == JSON_STRING && is_dangerous(word->string))
            container_found(findings, container, "C11", add, word->string,
                            "it has %s, which leads to the host", word->string);
    if (!has_word(container, drop, "ALL", "") && !has_word(container, drop, "CAP_ALL", "") &&
        !has_word(container, drop, "all", ""))
        container_found(findings, container, "C12", drop, "",
                        "it keeps rights of root that it has "
                        "not asked for: no cap_drop ALL");
    for (const struct json *device = record_items(container, "HostConfig/Devices"); device != NULL;
         device = device->next)
        container_found(findings, container, "C21", "HostConfig/Devices",
                        record_text(device, "PathOnHost"), "it has the host's %s",
                        record_text(device, "PathOnHost"));
}

/* --- its image's settings --------------------------------------------------------------------- */

static void find_config(const struct document *document, const struct json *container,
                        struct findings *findings)
{
    const char *const user = record_text(container, "Config/User");
    const size_t length = strcspn(user, ":");
    const struct json *const test = record_items(container, "Config/Healthcheck/Test");

    (void)document;
    if (strspn(user, "0") == length || (length == 4 && strncmp(user, "root", 4) == 0))
        container_found(findings, container, "C17", "Config/User", "", "it runs as root");
    if (test == NULL || json_is_string(test, "NONE"))
        container_found(findings, container, "C18", "Config/Healthcheck", "",
                        "nobody asks whether it works: no health check");
    for (const struct json *pair = record_items(container, "Config/Env"); pair != NULL;
         pair = pair->next) {
        const char *const equals = pair->kind == JSON_STRING ? strchr(pair->string, '=') : NULL;
        if (equals == NULL || equals[1] == '/' || equals[1] == '\0')
            continue;
        char *const name = copy_bytes(pair->string, (size_t)(equals - pair->string));
        if ((is_secret_name(name, strlen(name)) &&
             !is_placeholder(equals + 1, strlen(equals + 1))) ||
            is_secret_value(equals + 1, strlen(equals + 1)))
            container_found(findings, container, "C20", "Config/Env", name,
                            "%s has a secret: whoever may inspect it has it", name);
        free(name);
    }
}

static void find_all(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    static void (*const parts[])(const struct document *, const struct json *,
                                 struct findings *) = {
        find_demands, find_processors,       find_options,         find_rights,
        find_config,  container_find_mounts, container_find_ports,
    };

    (void)rule;
    for (const struct json *one = record_first(document); one != NULL; one = one->next)
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
            parts[i](document, one, findings);
}

/* --- R2 --------------------------------------------------------------------------------------- */

/* "/usr/sbin/sshd -D", "sshd: root@pts/0": not a program that has it among its arguments. */
static bool is_sshd(const char *command)
{
    const size_t length = strcspn(command, " :");
    const char *base = command;

    for (size_t i = 0; i < length; i++)
        if (command[i] == '/')
            base = command + i + 1;
    return length - (size_t)(base - command) == 4 && strncmp(base, "sshd", 4) == 0;
}

static void find_sshd(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    for (const struct json *one = record_first(document); one != NULL; one = one->next)
        for (const struct json *line = record_items(one, "Harden/Processes"); line != NULL;
             line = line->next) {
            /* the command is the last column */
            const struct json *const command = line->kind == JSON_ARRAY ? line->last : NULL;
            if (command == NULL || command->kind != JSON_STRING || !is_sshd(command->string))
                continue;
            found(findings, rule->id,
                  (struct where){ .at = command->at, .node = command, .subject = "sshd" },
                  "sshd runs in it");
            break;
        }
}

static const struct rule rules[] = {
    { "R1", find_all, NULL, NULL },
    { "R2", find_sshd, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};

static const char *const names[] = { NULL };

const struct reader container_reader = {
    .type = "container",
    .names = names,
    .parse = record_parse,
    .release = record_release,
    .facts = record_facts,
    .judge = record_judge,
    .rules = rules,
};
