/* The host that an engine runs on: its files, who may ask it, what is kept of that. */
#ifndef BULKHEAD_HOST_H
#define BULKHEAD_HOST_H

#include "engine/engine.h"
#include "host/record.h"

/*
 * What /version answers (`docker version`'s Server), with what else was seen in the member
 * "Harden":
 *   Files     {"role", "path", "mode", "user", "group"} of the engine's files: host_files.c
 *   Docker    {"gid", "members"} of the group
 *   Watched   paths that auditd's rules have; null: they could not be read
 *   Present   paths that they should have, of those that are there
 *   Release   {"ID", "VERSION_ID", "VERSION_CODENAME", "End"} of os-release
 */
extern const struct reader host_reader;

/* What D13 and H2 want of a file. */
struct file_role {
    const char *role;
    const char *paths[4]; /* where it may be: patterns of glob(3); ends with NULL */
    unsigned mode;        /* its most */
    bool may_be_dockers;  /* the group docker may have it */
    const char *number;   /* of CIS_DOCKER's; "" where that says nothing of it */
};

/* The row of that role; NULL: there is none. */
const struct file_role *role_named(const char *role);

/*
 * Adds the list of the files that are there below `root`. `settings` are daemon.json's, for those
 * that it names, and `data` is the engine's folder; NULL: nobody knows.
 */
void host_put_files(struct bytes *out, const char *root, const struct json *settings,
                    const char *data);

/* Adds "Docker", "Watched" and "Present". False: rules are there, but may not be read. */
bool host_put_audit(struct bytes *out, const char *root);
void host_put_group(struct bytes *out, const char *root);

/*
 * The settings that the engine has: daemon.json's, those of its command line, and what it says of
 * itself (`info`, or NULL). Where nothing is added to the file's, the text is the file. False:
 * there is no sign of an engine.
 */
bool host_settings(struct text *text, const char *root, const struct json *info);

/* The reader's text; `version` and `info` are the engine's answers, NULL without one. */
void host_look(struct text *text, const char *root, const struct json *settings,
               const struct text *version, const struct json *info, bool *has_rules);

#endif
