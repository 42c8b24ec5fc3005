/* Built images: what is seen of one, and what is checked of that. */
#ifndef BULKHEAD_IMAGE_H
#define BULKHEAD_IMAGE_H

#include "engine/engine.h"
#include "host/record.h"

/*
 * `docker image inspect`, with what else was seen in the member "Harden":
 *   History   of the engine: a list of objects with CreatedBy
 *   Rights    files with rights of their own: {"path", "mode", "owner", "capability"}
 *   Passwd, Shadow   the files, without what a password is stored as
 *   Release   {"ID", "VERSION_ID", "VERSION_CODENAME"} of os-release
 *   Packages, Updates   {"name", "arch", "version"}: what is there, what the lists have
 */
extern const struct reader image_reader;

/* The rules of the image reader; ends with a row without id. */
extern const struct rule image_rules[];

struct image_options {
    const char *lists;              /* APT_LISTS, or what was asked for */
    const struct selection *wanted; /* the files are not asked for when no check needs them */
};

/*
 * Makes the record of the image. False, with *why, which the caller frees. True with *why: there is
 * a record, but packages were not compared, and why not.
 */
bool image_look(struct engine *engine, const char *name, const struct image_options *options,
                struct text *text, char **why);

/* Checks of the files: image_files.c. */
void image_find_rights(const struct document *document, const struct rule *rule,
                       struct findings *findings);
void image_find_accounts(const struct document *document, const struct rule *rule,
                         struct findings *findings);
void image_find_updates(const struct document *document, const struct rule *rule,
                        struct findings *findings);

#endif
