/* The reader of Dockerfiles, and its checks. */
#include "dockerfile/docker_checks.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static void *parse(const struct text *text, struct fault *fault)
{
    return docker_read(text, fault);
}

static void release(void *model)
{
    docker_free(model);
}

static void facts(const struct document *document, struct facts *facts)
{
    const struct dockerfile *const dockerfile = document->model;
    struct bytes fact = { .data = NULL };

    bytes_format(&fact, "escape=%c%s", dockerfile->escape, dockerfile->has_syntax ? " syntax" : "");
    fact_add(facts, fact.data, fact.length);
    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const instruction = &dockerfile->instructions[i];
        bytes_clear(&fact);
        docker_put_fact(&fact, document->text, instruction);
        fact_add(facts, fact.data, fact.length);
    }
    bytes_free(&fact);
}

/* Files that are of this type by their name alone. */
static bool has_certain_name(const char *path)
{
    static const char *const certain[] = { "dockerfile", "containerfile", "*.dockerfile",
                                           "*.containerfile" };
    const char *const slash = strrchr(path, '/');
    const char *const base = slash != NULL ? slash + 1 : path;

    for (size_t i = 0; i < sizeof(certain) / sizeof(certain[0]); i++)
        if (fnmatch(certain[i], base, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

/* Others, Dockerfile.dev, are if they begin as one: Dockerfile.md does not. */
static bool looks(const struct text *text)
{
    if (has_certain_name(text->name))
        return true;
    for (size_t i = 1; i <= text->line_count; i++) {
        const struct span line = text_line(text, i);
        const char *const bytes = text->bytes + line.offset;
        size_t at = 0;
        while (at < line.length && isspace((unsigned char)bytes[at]))
            at++;
        if (at == line.length || bytes[at] == '#')
            continue;
        return line.length - at > 5 && (strncasecmp(bytes + at, "FROM ", 5) == 0 ||
                                        strncasecmp(bytes + at, "ARG ", 4) == 0);
    }
    return false;
}

static const char *const names[] = { "dockerfile",
                                     "dockerfile.*",
                                     "*.dockerfile",
                                     "containerfile",
                                     "containerfile.*",
                                     "*.containerfile",
                                     NULL };
static const char *const comments[] = { "#", NULL };

static const struct rule rules[] = {
    { "K1", docker_find_user, docker_fix_user, NULL },
    { "K2", docker_find_health, docker_fix_health, NULL },
    { "K3", docker_find_base, NULL, NULL },
    { "K4", docker_find_add, docker_fix_add, NULL },
    { "K5", docker_find_remote, NULL, NULL },
    { "K6", docker_find_piped, NULL, NULL },
    { "K7", docker_find_secret, NULL, NULL },
    { "K8", docker_find_options, docker_fix_options, docker_unchecked },
    { "K9", docker_find_options, docker_fix_options, docker_unsigned },
    { "K10", docker_find_sudo, NULL, NULL },
    { "K11", docker_find_update, NULL, NULL },
    { "K12", docker_find_recommends, docker_fix_recommends, NULL },
    { "K13", docker_find_mode, NULL, NULL },
    { "K14", docker_find_ssh, NULL, NULL },
    { "K15", docker_find_password, NULL, NULL },
    { "K16", docker_find_shell_form, docker_fix_shell_form, NULL },
    { "K17", docker_find_copy_all, docker_fix_copy_all, NULL },
    { "K18", docker_find_maintainer, docker_fix_maintainer, NULL },
    { NULL, NULL, NULL, NULL },
};

const struct reader dockerfile_reader = {
    .type = "dockerfile",
    .names = names,
    .looks = looks,
    .comments = comments,
    .parse = parse,
    .release = release,
    .facts = facts,
    .rules = rules,
};
