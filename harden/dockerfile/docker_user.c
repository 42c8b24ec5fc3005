/* K1: the user that the image runs as. */
#include "dockerfile/docker_checks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The name or number of a USER, without the group. */
static size_t user_length(const char *user)
{
    return strcspn(user, ":");
}

static bool is_root(const char *user)
{
    const size_t length = user_length(user);

    return length == 0 || strspn(user, "0") == length ||
           (length == 4 && strncasecmp(user, "root", 4) == 0);
}

static const char *value_of(const struct docker_instruction *user)
{
    const struct docker_word *const word = docker_first(user);

    return word != NULL ? word->value : "";
}

/* nanoserver has a user of its own. */
static bool has_windows_user(const struct dockerfile *dockerfile,
                             const struct docker_instruction *user, const struct docker_stage *root)
{
    if (!docker_is_windows(dockerfile))
        return false;
    return user != NULL ? strcasecmp(value_of(user), "ContainerAdministrator") != 0
                        : strstr(root->image.repository, "nanoserver") != NULL;
}

void docker_find_user(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_stage *const stage = docker_final(dockerfile);

    if (stage == NULL)
        return;
    const struct docker_instruction *const user = docker_last(dockerfile, stage, DOCKER_USER);
    const struct docker_stage *const root = docker_root(dockerfile, stage);
    if (has_windows_user(dockerfile, user, root) ||
        (user == NULL && image_is_rootless(&root->image)))
        return;
    struct where where = docker_place(user != NULL ? user : &dockerfile->instructions[stage->from]);
    where.subject = "USER";
    if (user == NULL)
        found(findings, rule->id, where, "no USER: it runs as the base image's, which is root");
    else if (strchr(value_of(user), '$') != NULL)
        found(findings, rule->id, where, "the user is a variable, which may be root");
    else if (is_root(value_of(user)))
        found(findings, rule->id, where, "the last USER is root");
}

/* What is only noted in the image: the others may need root, or say who is USER. */
static bool is_note(enum docker_keyword keyword)
{
    return keyword == DOCKER_CMD || keyword == DOCKER_ENTRYPOINT || keyword == DOCKER_ENV ||
           keyword == DOCKER_EXPOSE || keyword == DOCKER_HEALTHCHECK || keyword == DOCKER_LABEL ||
           keyword == DOCKER_MAINTAINER || keyword == DOCKER_STOPSIGNAL;
}

/* The user that the stage itself has made for this: the last one that is not root. */
static const char *earlier_user(const struct dockerfile *dockerfile,
                                const struct docker_stage *stage)
{
    for (size_t i = stage->end; i-- > stage->from;) {
        const struct docker_instruction *const user = &dockerfile->instructions[i];
        if (user->keyword == DOCKER_USER && !user->is_onbuild && !is_root(value_of(user)) &&
            strpbrk(value_of(user), "$ \t\"'\\`") == NULL)
            return value_of(user);
    }
    return "10001:10001";
}

bool docker_fix_user(const struct document *document, const struct finding *finding,
                     struct edits *edits)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_stage *const stage = docker_final(dockerfile);
    const struct docker_instruction *const user = finding->node;

    if (docker_is_windows(dockerfile))
        return refuse(edits, "it is of Windows, whose users have other names");
    if (user->keyword == DOCKER_USER && strchr(value_of(user), '$') != NULL)
        return refuse(edits, "the user is a variable: give it a number as its value");
    char *const line = format_text("USER %s", earlier_user(dockerfile, stage));
    const bool is_done =
        docker_insert(edits, dockerfile, docker_last_but(dockerfile, is_note), line);
    free(line);
    return is_done;
}
