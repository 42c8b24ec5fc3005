/* The checks of Compose files, by what they look at; compose_rules.c has which is which. */
#ifndef BULKHEAD_COMPOSE_CHECKS_H
#define BULKHEAD_COMPOSE_CHECKS_H

#include "compose/compose.h"

/* Rules have functions of these forms: reader.h. */
#define COMPOSE_FIND(name)                                                                         \
    void name(const struct document *document, const struct rule *rule, struct findings *findings)
#define COMPOSE_FIX(name)                                                                          \
    bool name(const struct document *document, const struct finding *finding, struct edits *edits)

COMPOSE_FIND(compose_find_privileged); /* C1 */
COMPOSE_FIX(compose_fix_privileged);
COMPOSE_FIND(compose_find_volumes); /* C2, C3, C22 */
COMPOSE_FIX(compose_fix_path);
COMPOSE_FIX(compose_fix_propagation);
COMPOSE_FIND(compose_find_ports); /* C4, C5, C6 */
COMPOSE_FIX(compose_fix_port);
COMPOSE_FIND(compose_find_shared); /* C7, C8: rule->detail is their list */
COMPOSE_FIX(compose_fix_shared);
COMPOSE_FIND(compose_find_new_privileges); /* C9 */
COMPOSE_FIX(compose_fix_new_privileges);
COMPOSE_FIND(compose_find_unconfined); /* C10 */
COMPOSE_FIX(compose_fix_unconfined);
COMPOSE_FIND(compose_find_capabilities); /* C11 */
COMPOSE_FIND(compose_find_cap_drop);     /* C12 */
COMPOSE_FIX(compose_fix_cap_drop);
COMPOSE_FIND(compose_find_writable); /* C13 */
COMPOSE_FIX(compose_fix_writable);
COMPOSE_FIND(compose_find_limit); /* C14, C15, C16: rule->detail is which */
COMPOSE_FIX(compose_fix_limit);
COMPOSE_FIND(compose_find_root);   /* C17 */
COMPOSE_FIND(compose_find_health); /* C18 */
COMPOSE_FIND(compose_find_image);  /* C19 */
COMPOSE_FIND(compose_find_secret); /* C20 */
COMPOSE_FIX(compose_fix_secret);
COMPOSE_FIND(compose_find_devices); /* C21 */
COMPOSE_FIND(compose_find_twins);   /* C23 */

/* What is shared with the host: a name, and the value that does it. Ends with a row without. */
struct compose_share {
    const char *name, *message;
};
extern const struct compose_share compose_networks[], compose_shares[];

/* A limit: of the service, or of deploy.resources.limits, where that is. */
struct compose_limit {
    const char *name, *value;          /* "mem_limit", "512m" */
    const char *deploy, *deploy_value; /* "memory", "512M" */
    bool is_quoted;                    /* that value */
    const char *message;
    const char *const *same;    /* other names that bound it too; ends with NULL */
    const char *const *clashes; /* what has to be at most, or at least, as much; ends with NULL */
};
extern const struct compose_limit compose_memory, compose_pids, compose_cpus;

#endif
