/*
 * Compose files: the services that a text tells of, and what is known of each.
 *
 * A file may be one of several, and a service may go on from another file's. So what is *there* is
 * told of wherever it is; that something *lacks* only of a service that is whole: it has an image
 * or is built, goes on from no other file, and the file is no override. What a service takes over
 * from another one of the same file, whole itself, is told of there alone.
 */
#ifndef BULKHEAD_COMPOSE_H
#define BULKHEAD_COMPOSE_H

#include "core/reader.h"
#include "yaml/tree.h"

struct compose_service {
    const char *name;
    const struct node *key;
    const struct node *value;           /* what is there: perhaps an alias */
    const struct node *body;            /* the mapping that it is; NULL: it is none */
    const struct compose_service *base; /* that it extends, of this file */
    bool extends_file;                  /* it goes on from another file's */
    bool is_told; /* that something lacks is told of it: it is whole, and no other's copy */
};

struct compose {
    struct tree tree;
    struct compose_service *services;
    size_t count, room;
    bool is_version_1; /* without `services`: each name at the top is one */
    bool is_override;  /* by its name */
};

extern const struct reader compose_reader;

/* NULL, with the fault. compose_free frees it. */
struct compose *compose_read(const struct text *text, struct fault *fault);
void compose_free(struct compose *compose);

/* What it says: all of its tree, and which lists have an item twice. */
void compose_facts(const struct document *document, struct facts *facts);

/* Whether two items of a list are the same, which Compose refuses. */
bool compose_has_twice(const struct node *list);

/* Whether a text is a Compose file, by its name, or else by a line `services:`. */
bool compose_looks(const struct text *text);

/* --- for the checks --------------------------------------------------------------------------- */

/* What the service has of that name: its own, merged into it, or of those that it extends. */
const struct node *compose_get(const struct compose_service *service, const char *name);

/* Whether that says something: it is there, and is not nothing. !reset says that another file's is
 * not wanted: that counts as said. */
bool compose_has(const struct compose_service *service, const char *name);

/* A pass over the services for one check. */
struct look {
    const struct document *document;
    const struct rule *rule;
    struct findings *findings;
    const struct compose_service *service;
    const char *name;    /* of what is looked at: "ports" */
    unsigned char *seen; /* by the numbers of facts; for look_first */
};

/* Whether it is the first time in this pass that the node is seen: now it is. */
bool look_first(const struct look *look, const struct node *node);

/*
 * Calls `see` with what each service has of its own, or merged, of that name. What several services
 * share is seen once, as the first one's.
 */
void compose_each(struct look *look, const char *name,
                  void (*see)(const struct look *look, const struct node *value));

/* The same for each item of a list, or of what is alone in the place of one. It may be an alias. */
void compose_each_item(struct look *look, const char *name,
                       void (*see)(const struct look *look, const struct node *item));

/* Adds a finding about a part of what is looked at; `detail` tells it from others, or is NULL. */
void compose_found(const struct look *look, const char *id, const struct node *node,
                   const char *detail, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/*
 * Adds a finding that a service lacks something of that name; its node is the service. `there` is
 * what is there in its place, or NULL.
 */
void compose_lacks(const struct look *look, const char *id, const char *name,
                   const struct node *there, const char *message);

/* Of a scalar, what Compose makes of it with no variable set: defaults are put in. *is_known is
 * false when there are variables without. It lives as long as the model. */
const char *compose_expand(const struct document *document, const char *value, bool *is_known);

/* Where ${...} that begins at `at` ends; at + 1 if nothing begins there. */
size_t compose_skip_variable(const char *value, size_t at);

/* --- for the fixes ---------------------------------------------------------------------------- */

/* False, after refuse(): a change of this node would be one of something else too. */
bool compose_may_change(struct edits *edits, const struct node *node);

/* False, after refuse(): a new name in this service would be one of something else too. */
bool compose_may_insert(const struct document *document, const struct compose_service *service,
                        struct edits *edits);

#endif
