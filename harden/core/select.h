/* Which checks somebody asked for. */
#ifndef BULKHEAD_SELECT_H
#define BULKHEAD_SELECT_H

#include "core/check.h"

enum { CHECKS_MAX = 160 };

struct ids {
    const struct check *list[CHECKS_MAX];
    size_t count;
};

/* {0} is everything. */
struct selection {
    struct ids only; /* where there is one, no other */
    struct ids skip;
    struct ids with; /* whose fix is done though it is of FIX_ASKED */
    enum severity least;
};

/*
 * Adds the ids of a list with commas. False: this part of it, of *length bytes, is the id of no
 * check.
 */
bool ids_add(struct ids *ids, const char *list, const char **wrong, size_t *length);

bool ids_have(const struct ids *ids, const struct check *check);

/* Whether its findings are wanted; with NULL as the selection each one's are. */
bool is_selected(const struct selection *selection, const struct check *check);

/* The same of a finding that has another severity than its check. */
bool is_selected_at(const struct selection *selection, const struct check *check,
                    enum severity severity);

/* Whether it is to be fixed, beyond that. */
bool is_fix_selected(const struct selection *selection, const struct check *check);

#endif
