/* K7: secrets that are in the image for everybody who has it. */
#include "core/secrets.h"
#include "dockerfile/docker_checks.h"

#include <stdlib.h>
#include <string.h>

/* NAME=VALUE; ENV also takes NAME VALUE, and ARG a name alone. */
static void find_assigned(const struct docker_instruction *env, const struct docker_word *word,
                          const char *name, size_t length, const char *value,
                          const struct rule *rule, struct findings *findings)
{
    const bool has_name = is_secret_name(name, length);
    struct where where = docker_where(env, word);
    char *const subject = format_text("%.*s", (int)(length < 100 ? length : 100), name);

    where.subject = subject;
    if (is_secret_value(value, strlen(value)))
        found(findings, rule->id, where, "%s has what is a secret by its form", subject);
    else if (has_name && env->keyword == DOCKER_ARG)
        found(findings, rule->id, where, "what is given as %s is in the image's history", subject);
    /* a variable is its value by the time that the image is there */
    else if (has_name && (strchr(value, '$') != NULL || !is_placeholder(value, strlen(value))))
        found(findings, rule->id, where, "the value of %s is in the image", subject);
    free(subject);
}

static void find_variables(const struct docker_instruction *env, const struct rule *rule,
                           struct findings *findings)
{
    for (size_t i = 0; i < env->word_count; i++) {
        const char *const value = env->words[i].value;
        const size_t length = strcspn(value, "=");
        if (value[length] == '=' || env->keyword == DOCKER_ARG) {
            find_assigned(env, &env->words[i], value, length,
                          value + length + (value[length] == '='), rule, findings);
            continue;
        }
        if (i == 0 && env->word_count > 1)
            find_assigned(env, &env->words[0], value, length, env->words[1].value, rule, findings);
        return;
    }
}

static void find_files(const struct docker_instruction *copy, const struct rule *rule,
                       struct findings *findings)
{
    for (size_t i = 0; i + 1 < copy->word_count; i++) {
        const struct docker_word *const word = &copy->words[i];
        if (word->is_flag || !is_secret_file(word->value))
            continue;
        struct where where = docker_where(copy, word);
        where.subject = word->value;
        found(findings, rule->id, where, "%s is in the image", word->value);
    }
}

void docker_find_secret(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const instruction = &dockerfile->instructions[i];
        if (instruction->keyword == DOCKER_ENV || instruction->keyword == DOCKER_ARG)
            find_variables(instruction, rule, findings);
        else if (instruction->keyword == DOCKER_COPY || instruction->keyword == DOCKER_ADD)
            find_files(instruction, rule, findings);
    }
}
