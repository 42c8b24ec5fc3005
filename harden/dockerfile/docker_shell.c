/* The words and commands of a shell's script. */
#include "dockerfile/docker_shell.h"

#include "dockerfile/docker_parser.h"

#include <stdlib.h>
#include <string.h>

/* How deep commands may be in words of commands. */
enum { NESTED_MAX = 8 };

/* One script: a part of a logical line or of a heredoc, whose offsets are those of `bytes`. */
struct script {
    struct dockerfile *dockerfile;
    const struct docker_instruction *instruction;
    bool is_in_heredoc;
    const char *bytes;
    size_t at, end;
    int depth;

    char *values; /* where the next word's value goes: there is room for all of them */

    /* the command that is being read */
    struct shell_word *words;
    size_t count, room;
    size_t piped_from;
};

static void read_script(struct script *script);

static char peek(const struct script *script, size_t ahead)
{
    return script->at + ahead < script->end ? script->bytes[script->at + ahead] : '\0';
}

/* --- commands --------------------------------------------------------------------------------- */

static void add_word(struct script *script, struct shell_word word)
{
    script->words =
        need_room(script->words, &script->room, script->count + 1, sizeof(script->words[0]));
    script->words[script->count++] = word;
}

/* Reads a part of the script as one of its own. */
static void read_inner(const struct script *script, size_t from, size_t end)
{
    struct script inner = *script;

    if (script->depth == NESTED_MAX || end <= from)
        return;
    inner.values = NULL;
    inner.words = NULL;
    inner.count = inner.room = 0;
    inner.piped_from = NO_COMMAND;
    inner.at = from;
    inner.end = end;
    inner.depth++;
    read_script(&inner);
}

/* What `sh -c` is given, if it is one pair of quotes. */
static void read_argument(const struct script *script, const struct shell_command *command)
{
    const struct shell_word *const word = shell_argument(command);

    if (word == NULL || !shell_is(command, " sh bash dash ash zsh ksh su "))
        return;
    const char quote = script->bytes[word->from];
    const size_t length = word->end - word->from;
    if (length >= 2 && (quote == '"' || quote == '\'') &&
        memchr(script->bytes + word->from + 1, quote, length - 1) == script->bytes + word->end - 1)
        read_inner(script, word->from + 1, word->end - 1);
}

/* Ends the command; the next one reads what it writes if a pipe is between. */
static void end_command(struct script *script, bool is_pipe)
{
    struct dockerfile *const dockerfile = script->dockerfile;
    const size_t bytes = script->count * sizeof(script->words[0]);

    if (script->count == 0) {
        script->piped_from = NO_COMMAND;
        return;
    }
    struct shell_command command = { .instruction = script->instruction,
                                     .is_in_heredoc = script->is_in_heredoc,
                                     .words = pool_take(&dockerfile->pool, bytes),
                                     .count = script->count,
                                     .piped_from = script->piped_from };
    memcpy(command.words, script->words, bytes);
    command.program = shell_find_program(&command);
    dockerfile->commands =
        need_room(dockerfile->commands, &dockerfile->command_room, dockerfile->command_count + 1,
                  sizeof(dockerfile->commands[0]));
    dockerfile->commands[dockerfile->command_count] = command;
    script->piped_from = is_pipe ? dockerfile->command_count : NO_COMMAND;
    dockerfile->command_count++;
    script->count = 0;
    read_argument(script, &command);
}

/* --- words ------------------------------------------------------------------------------------ */

/* Goes behind what the bracket at `at` opens; quotes may hold brackets. False: nothing closes it.
 */
static bool skip_brackets(struct script *script)
{
    int depth = 0;
    char quote = '\0';

    for (; script->at < script->end; script->at++) {
        const char c = peek(script, 0);
        if (c == '\\' && quote != '\'') {
            script->at++;
        } else if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            script->at++;
            return true;
        }
    }
    script->at = script->end;
    return false;
}

static bool skip_backquotes(struct script *script)
{
    for (script->at++; script->at < script->end; script->at++) {
        if (peek(script, 0) == '`') {
            script->at++;
            return true;
        }
        script->at += peek(script, 0) == '\\';
    }
    script->at = script->end;
    return false;
}

/* A command in a word, from its opening bracket or backquote on: it is one of the script's too. */
static void read_substitution(struct script *script)
{
    const size_t from = script->at + 1;
    const bool is_bracket = peek(script, 0) == '(', is_sum = is_bracket && peek(script, 1) == '(';
    const bool is_closed = is_bracket ? skip_brackets(script) : skip_backquotes(script);

    if (!is_sum)
        read_inner(script, from, script->at - is_closed);
}

static bool begins_substitution(const struct script *script)
{
    const char c = peek(script, 0);

    return c == '`' || ((c == '$' || c == '<' || c == '>') && peek(script, 1) == '(');
}

static bool ends_word(const struct script *script)
{
    const char c = peek(script, 0);

    if (c == '<' || c == '>')
        return peek(script, 1) != '(';
    return docker_is_blank(c) || c == '\n' || c == ';' || c == '|' || c == '&' || c == '(' ||
           c == ')';
}

/* A character of a word: what it means goes to *value. `quote` is the one that is open. */
static void read_character(struct script *script, char *quote, char **value, bool *is_plain)
{
    const char c = peek(script, 0);

    if (*quote != '\'' && begins_substitution(script) && (*quote == '\0' || c == '$' || c == '`')) {
        const size_t from = script->at;
        *is_plain = false;
        script->at += c != '`';
        read_substitution(script);
        memcpy(*value, script->bytes + from, script->at - from);
        *value += script->at - from;
        return;
    }
    script->at++;
    if (*quote == '\0' ? (c == '"' || c == '\'') : c == *quote) {
        *quote = *quote == '\0' ? c : '\0';
        *is_plain = false;
        return;
    }
    if (c == '\\' && *quote != '\'' && script->at < script->end) {
        *is_plain = false;
        if (peek(script, 0) != '\n')
            *(*value)++ = peek(script, 0);
        script->at++;
        return;
    }
    if (strchr("$*?[]~{}", c) != NULL)
        *is_plain = false;
    *(*value)++ = c;
}

static struct shell_word read_word(struct script *script)
{
    struct shell_word word = { .from = script->at, .value = script->values, .is_plain = true };
    char quote = '\0';

    while (script->at < script->end && (quote != '\0' || !ends_word(script)))
        read_character(script, &quote, &script->values, &word.is_plain);
    *script->values++ = '\0';
    word.end = script->at;
    return word;
}

/* --- scripts ---------------------------------------------------------------------------------- */

/* Goes past > FILE, 2>&1, <<NAME and the like. A number in front of it was no word. */
static void skip_redirection(struct script *script)
{
    struct shell_word *const last = script->count > 0 ? &script->words[script->count - 1] : NULL;

    if (last != NULL && last->end == script->at && last->is_plain &&
        strspn(last->value, "0123456789") == strlen(last->value))
        script->count--;
    while (script->at < script->end && strchr("<>&-|", peek(script, 0)) != NULL)
        script->at++;
    while (script->at < script->end && docker_is_blank(peek(script, 0)))
        script->at++;
    read_word(script);
}

static void skip_comment(struct script *script)
{
    while (script->at < script->end && peek(script, 0) != '\n')
        script->at++;
}

/* What is between words and commands. */
static void read_operator(struct script *script)
{
    const char c = peek(script, 0), next = peek(script, 1);

    if (docker_is_blank(c)) {
        script->at++;
    } else if (c == '<' || c == '>' || (c == '&' && next == '>')) {
        skip_redirection(script);
    } else {
        script->at += c == next && c != '(' && c != ')' ? 2 : 1;
        end_command(script, c == '|' && next != '|');
        if (c == '|' && next == '&')
            script->at++;
    }
}

static void read_script(struct script *script)
{
    script->values = pool_take(&script->dockerfile->pool, script->end - script->at + 1);
    while (script->at < script->end) {
        if (ends_word(script))
            read_operator(script);
        else if (peek(script, 0) == '#')
            skip_comment(script);
        else if (peek(script, 0) == '\\' && peek(script, 1) == '\n')
            script->at += 2;
        else
            add_word(script, read_word(script));
    }
    end_command(script, false);
    free(script->words);
}

/* A list of JSON is one command; what `sh -c` is given in it is read like any other's. */
static void read_list(struct script *script)
{
    const struct docker_instruction *const instruction = script->instruction;

    for (size_t i = 0; i < instruction->word_count; i++) {
        const struct docker_word *const word = &instruction->words[i];
        if (!word->is_flag)
            add_word(script, (struct shell_word){
                                 .from = word->from, .end = word->end, .value = word->value });
    }
    end_command(script, false);
    free(script->words);
}

/* Heredocs are a script where nothing else is said to be run, or a shell is. */
static bool runs_heredocs(const struct docker_instruction *instruction)
{
    static const char *const shells[] = { "sh", "bash", "/bin/sh", "/bin/bash" };

    for (size_t i = 0; i < instruction->word_count; i++) {
        const char *const value = instruction->words[i].value;
        if (instruction->words[i].is_flag || strstr(value, "<<") != NULL)
            continue;
        for (size_t j = 0; j < sizeof(shells) / sizeof(shells[0]); j++)
            if (strcmp(value, shells[j]) == 0)
                return true;
        return false;
    }
    return true;
}

static void read_run(struct dockerfile *dockerfile, const struct docker_instruction *instruction)
{
    struct script script = { .dockerfile = dockerfile,
                             .instruction = instruction,
                             .bytes = instruction->line,
                             .at = instruction->arguments,
                             .end = instruction->length,
                             .piped_from = NO_COMMAND };
    struct script heredoc = script;

    if (instruction->is_json)
        read_list(&script);
    else
        read_script(&script);
    heredoc.is_in_heredoc = true;
    heredoc.bytes = dockerfile->text->bytes;
    for (size_t i = 0; i < instruction->heredoc_count && runs_heredocs(instruction); i++) {
        struct script body = heredoc;
        body.at = instruction->heredocs[i].body.offset;
        body.end = body.at + instruction->heredocs[i].body.length;
        read_script(&body);
    }
}

void docker_find_commands(struct dockerfile *dockerfile)
{
    if (docker_is_windows(dockerfile))
        return;
    for (size_t i = 0; i < dockerfile->count; i++)
        if (dockerfile->instructions[i].keyword == DOCKER_RUN)
            read_run(dockerfile, &dockerfile->instructions[i]);
}
