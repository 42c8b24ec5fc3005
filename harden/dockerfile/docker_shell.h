/*
 * What RUN has a shell do, as far as one can see without running it: simple commands, each with its
 * words. What is in $( ), in backquotes, in <( ), and in the argument of `sh -c` counts too.
 */
#ifndef BULKHEAD_DOCKER_SHELL_H
#define BULKHEAD_DOCKER_SHELL_H

#include "dockerfile/dockerfile.h"

struct shell_word {
    size_t from, end;  /* of the logical line, or of the text in a heredoc; with the quotes */
    const char *value; /* without quotes and escapes */
    bool is_plain;     /* nothing in it is for the shell: no quotes, variables, patterns */
};

struct shell_command {
    const struct docker_instruction *instruction;
    bool is_in_heredoc;
    struct shell_word *words;
    size_t count;
    const struct shell_word *program; /* kept, for it may be far behind: shell_program() */
    size_t piped_from; /* whose output it reads, of dockerfile.commands; NO_COMMAND: of none */
};

#define NO_COMMAND ((size_t)-1)

/* Finds the commands of all RUN instructions, ONBUILD's too; not of Windows. */
void docker_find_commands(struct dockerfile *dockerfile);

/* What is `program` of a command whose words are known. */
const struct shell_word *shell_find_program(const struct shell_command *command);

/*
 * The word that is the program's name: after assignments, `if` and the like, and programs that run
 * another one, as sudo and env. NULL: there is none.
 */
const struct shell_word *shell_program(const struct shell_command *command);

/* Its value without folders: "curl"; "" where there is none. */
const char *shell_name(const struct shell_command *command);

/* Whether that is one of a list of names with blanks around each: " sh bash ". */
bool shell_is(const struct shell_command *command, const char *names);

/* The first word after the program that is just this; NULL: there is none. */
const struct shell_word *shell_find(const struct shell_command *command, const char *value);

/* The word behind -c, which may stand among other letters; NULL: there is none. */
const struct shell_word *shell_argument(const struct shell_command *command);

/* Whether a word is one of the command's. */
bool shell_has(const struct shell_command *command, const struct shell_word *word);

/* Where a word is. */
struct where shell_where(const struct shell_command *command, const struct shell_word *word);

#endif
