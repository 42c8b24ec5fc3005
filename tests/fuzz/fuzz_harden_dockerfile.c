/* Dockerfiles that anybody wrote: every place is in the text, and says there what it is. */
#include "dockerfile/docker_shell.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_inside(const struct text *text, struct span span)
{
    if (span.offset > text->length || span.length > text->length - span.offset)
        abort();
}

/* The line is what its pieces are in the text, and the words are in it, in their order. */
static void expect_instruction(const struct text *text, const struct docker_instruction *one)
{
    size_t at = 0;

    expect_inside(text, one->at);
    expect_inside(text, one->keyword_at);
    if (one->end > text->length || one->arguments > one->length ||
        one->at.offset + one->at.length > one->end)
        abort();
    for (size_t i = 0; i < one->length; i++)
        if (text->bytes[docker_span(one, i, i + 1).offset] != one->line[i])
            abort();
    for (size_t i = 0; i < one->word_count; i++) {
        if (one->words[i].from < at || one->words[i].end < one->words[i].from ||
            one->words[i].end > one->length)
            abort();
        at = one->words[i].end;
    }
    for (size_t i = 0; i < one->heredoc_count; i++)
        expect_inside(text, one->heredocs[i].body);
}

static void expect_command(const struct text *text, const struct shell_command *command)
{
    for (size_t i = 0; i < command->count; i++)
        expect_inside(text, shell_where(command, &command->words[i]).at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault;
    struct text text;

    text_of(&text, "", (const char *)data, size);
    struct dockerfile *const dockerfile = docker_read(&text, &fault);
    if (dockerfile == NULL && fault.offset > size)
        abort();
    for (size_t i = 0; dockerfile != NULL && i < dockerfile->count; i++)
        expect_instruction(&text, &dockerfile->instructions[i]);
    for (size_t i = 0; dockerfile != NULL && i < dockerfile->command_count; i++)
        expect_command(&text, &dockerfile->commands[i]);
    if (dockerfile != NULL)
        docker_free(dockerfile);
    text_free(&text);
    return 0;
}
