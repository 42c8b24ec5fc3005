/* The checks of Dockerfiles, by what they look at; docker_rules.c has which is which. */
#ifndef BULKHEAD_DOCKER_CHECKS_H
#define BULKHEAD_DOCKER_CHECKS_H

#include "dockerfile/dockerfile.h"

/* Rules have functions of these forms: reader.h. */
#define DOCKER_FIND(name)                                                                          \
    void name(const struct document *document, const struct rule *rule, struct findings *findings)
#define DOCKER_FIX(name)                                                                           \
    bool name(const struct document *document, const struct finding *finding, struct edits *edits)

/* The last instruction of the final stage that is none of these, where another may be put behind.
 */
const struct docker_instruction *docker_last_but(const struct dockerfile *dockerfile,
                                                 bool (*is_passed)(enum docker_keyword));

DOCKER_FIND(docker_find_user); /* K1 */
DOCKER_FIX(docker_fix_user);
DOCKER_FIND(docker_find_health); /* K2 */
DOCKER_FIX(docker_fix_health);
DOCKER_FIND(docker_find_base); /* K3 */
DOCKER_FIND(docker_find_add);  /* K4 */
DOCKER_FIX(docker_fix_add);
DOCKER_FIND(docker_find_remote);  /* K5 */
DOCKER_FIND(docker_find_piped);   /* K6 */
DOCKER_FIND(docker_find_secret);  /* K7 */
DOCKER_FIND(docker_find_options); /* K8, K9: rule->detail is their list */
DOCKER_FIX(docker_fix_options);
DOCKER_FIND(docker_find_sudo);       /* K10 */
DOCKER_FIND(docker_find_update);     /* K11 */
DOCKER_FIND(docker_find_recommends); /* K12 */
DOCKER_FIX(docker_fix_recommends);
DOCKER_FIND(docker_find_mode);       /* K13 */
DOCKER_FIND(docker_find_ssh);        /* K14 */
DOCKER_FIND(docker_find_password);   /* K15 */
DOCKER_FIND(docker_find_shell_form); /* K16 */
DOCKER_FIX(docker_fix_shell_form);
DOCKER_FIND(docker_find_copy_all); /* K17 */
DOCKER_FIX(docker_fix_copy_all);
DOCKER_FIND(docker_find_maintainer); /* K18 */
DOCKER_FIX(docker_fix_maintainer);

/* An option that turns a check of a program's off. */
struct docker_option {
    const char *programs; /* with a blank around each: " curl " */
    const char *option;   /* a word; or a letter of short ones; or what a word has in it */
    enum {
        OPTION_WORD,    /* that word: the fix takes it away */
        OPTION_WITH,    /* with the word behind it, or behind a = in it: likewise */
        OPTION_LETTER,  /* that letter among others: -fsSLk */
        OPTION_PART,    /* a word that has it in it: not ours to change */
        OPTION_SETTING, /* the word, followed by one that turns it off: not ours either */
    } kind;
};

extern const struct docker_option docker_unchecked[], docker_unsigned[];

#endif
