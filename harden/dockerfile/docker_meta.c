/* K14, K16, K18: what is noted in the image. */
#include "core/utf8.h"
#include "dockerfile/docker_checks.h"

#include <stdlib.h>
#include <string.h>

/* --- K14 -------------------------------------------------------------------------------------- */

void docker_find_ssh(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const expose = &dockerfile->instructions[i];
        for (size_t j = 0; expose->keyword == DOCKER_EXPOSE && j < expose->word_count; j++)
            if (strcmp(expose->words[j].value, "22") == 0 ||
                strcmp(expose->words[j].value, "22/tcp") == 0)
                found(findings, rule->id, docker_where(expose, &expose->words[j]),
                      "port 22 is that of ssh");
    }
}

/* --- K16 -------------------------------------------------------------------------------------- */

void docker_find_shell_form(const struct document *document, const struct rule *rule,
                            struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const entry = &dockerfile->instructions[i];
        if (entry->keyword == DOCKER_ENTRYPOINT && !entry->is_json && entry->word_count > 0)
            found(findings, rule->id, docker_place(entry),
                  "a shell starts the program, and gets its signals");
    }
}

/* What only a shell knows. */
static bool is_builtin(const char *word)
{
    static const char *const names[] = { "cd",  ".",     "source", "eval", "set",    "ulimit",
                                         "if",  "trap",  "umask",  "test", "export", "for",
                                         "[",   "while", "read",   "wait", "exit",   "command",
                                         "env", ":",     "alias",  "case", "then",   "until" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(word, names[i]) == 0)
            return true;
    return false;
}

/* Whether the words are what the shell would make of the line: nothing in it is for the shell. */
static bool is_plain(const struct docker_instruction *entry)
{
    const char *const arguments = entry->line + entry->arguments;
    const struct docker_word *const first = docker_first(entry);

    return !entry->words[0].is_flag && strpbrk(arguments, "$`\\|&;<>()*?[]{}~!#\n") == NULL &&
           first != NULL && strchr(first->value, '=') == NULL && !is_builtin(first->value);
}

bool docker_fix_shell_form(const struct document *document, const struct finding *finding,
                           struct edits *edits)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_instruction *const entry = finding->node;
    struct bytes list = { .data = NULL };
    size_t count = 0;

    if (docker_is_windows(dockerfile))
        return refuse(edits, "it is of Windows, whose shells read it in other ways");
    if (!is_plain(entry) || entry->stage == NO_STAGE ||
        docker_last(dockerfile, &dockerfile->stages[entry->stage], DOCKER_SHELL) != NULL)
        return refuse(edits, "the shell does something with it: see to it by hand");
    bytes_text(&list, "[");
    for (size_t i = 0; i < entry->word_count; i++) {
        const char *const value = entry->words[i].value;
        /* the program takes the shell's place already */
        if (entry->words[i].is_flag || (count == 0 && strcmp(value, "exec") == 0))
            continue;
        bytes_text(&list, count++ > 0 ? ", " : "");
        put_json_string(&list, value, strlen(value));
    }
    bytes_text(&list, "]");
    if (count == 0) {
        bytes_free(&list);
        return refuse(edits, "it starts nothing");
    }
    const size_t end = entry->words[entry->word_count - 1].end;
    const struct docker_part part = { .from = entry->arguments, .end = end, .value = list.data };
    const bool is_done = docker_rewrite(edits, dockerfile, entry, &part, 1);
    bytes_free(&list);
    return is_done;
}

/* --- K18 -------------------------------------------------------------------------------------- */

void docker_find_maintainer(const struct document *document, const struct rule *rule,
                            struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++)
        if (dockerfile->instructions[i].keyword == DOCKER_MAINTAINER)
            found(findings, rule->id, docker_place(&dockerfile->instructions[i]),
                  "MAINTAINER is obsolete: a label says it");
}

bool docker_fix_maintainer(const struct document *document, const struct finding *finding,
                           struct edits *edits)
{
    static const char label[] = " org.opencontainers.image.authors=\"";
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_instruction *const maintainer = finding->node;
    const char *name = maintainer->line + maintainer->arguments;
    size_t length = maintainer->length - maintainer->arguments;
    struct bytes line = { .data = NULL };

    while (length > 0 && strchr(" \t\r", name[length - 1]) != NULL)
        length--;
    if (length >= 2 && name[0] == '"' && name[length - 1] == '"' &&
        memchr(name + 1, '"', length - 2) == NULL) {
        name++;
        length -= 2;
    }
    if (length == 0 || maintainer->words[0].is_flag || maintainer->is_onbuild ||
        maintainer->piece_count > 1 || memchr(name, '$', length) != NULL ||
        memchr(name, dockerfile->escape, length) != NULL)
        return refuse(edits, "what it says would mean something else in a label");
    bytes_text(&line, maintainer->line[0] == 'm' ? "label" : "LABEL");
    bytes_text(&line, label);
    for (size_t i = 0; i < length; i++)
        bytes_format(&line, name[i] == '"' ? "%c\"" : "%c",
                     name[i] == '"' ? dockerfile->escape : name[i]);
    bytes_text(&line, "\"");
    const struct docker_part part = { .from = 0, .end = maintainer->length, .value = line.data };
    const bool is_done = docker_rewrite(edits, dockerfile, maintainer, &part, 1);
    bytes_free(&line);
    return is_done;
}
