/* What is asked of the commands of a shell. */
#include "dockerfile/docker_shell.h"

#include <string.h>

static bool is_listed(const char *names, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = names; length > 0 && (at = strstr(at, name)) != NULL; at++)
        if (at > names && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* NAME=VALUE. */
static bool is_assignment(const struct shell_word *word)
{
    const size_t length = strcspn(word->value, "=");

    return word->value[length] == '=' && length > 0 &&
           strspn(word->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") ==
               length;
}

const struct shell_word *shell_find_program(const struct shell_command *command)
{
    static const char wrappers[] = " if then else elif while until do ! { time sudo env exec nohup "
                                   "command doas eval ";
    bool is_wrapped = false;

    for (size_t i = 0; i < command->count; i++) {
        const struct shell_word *const word = &command->words[i];
        if (is_listed(wrappers, base_of(word->value)))
            is_wrapped = true;
        else if (!is_assignment(word) && !(is_wrapped && word->value[0] == '-'))
            return word;
    }
    return NULL;
}

const struct shell_word *shell_program(const struct shell_command *command)
{
    return command->program;
}

const char *shell_name(const struct shell_command *command)
{
    const struct shell_word *const program = shell_program(command);

    return program != NULL ? base_of(program->value) : "";
}

bool shell_is(const struct shell_command *command, const char *names)
{
    return is_listed(names, shell_name(command));
}

const struct shell_word *shell_find(const struct shell_command *command, const char *value)
{
    const struct shell_word *const program = shell_program(command);

    for (const struct shell_word *word = program;
         word != NULL && word < command->words + command->count; word++)
        if (strcmp(word->value, value) == 0)
            return word;
    return NULL;
}

const struct shell_word *shell_argument(const struct shell_command *command)
{
    const struct shell_word *const program = shell_program(command);
    const struct shell_word *const end = command->words + command->count;

    for (const struct shell_word *word = program; word != NULL && word + 1 < end; word++)
        if (word->value[0] == '-' && word->value[1] != '-' && strchr(word->value, 'c') != NULL)
            return word + 1;
    return NULL;
}

bool shell_has(const struct shell_command *command, const struct shell_word *word)
{
    return word >= command->words && word < command->words + command->count;
}

struct where shell_where(const struct shell_command *command, const struct shell_word *word)
{
    struct where where = { .within = command->instruction->at, .node = command->instruction };

    if (command->is_in_heredoc)
        where.at = (struct span){ .offset = word->from, .length = word->end - word->from };
    else
        where.at = docker_span(command->instruction, word->from, word->end);
    return where;
}
