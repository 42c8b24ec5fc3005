/* What the checks ask of a Dockerfile. */
#include "dockerfile/dockerfile.h"

#include <string.h>

size_t docker_piece_at(const struct docker_instruction *instruction, size_t logical)
{
    size_t low = 0, high = instruction->piece_count;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (instruction->pieces[middle].logical <= logical)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The place in the text of a logical offset: of the byte there, or behind the one before it. */
static size_t offset_of(const struct docker_instruction *instruction, size_t logical)
{
    const struct docker_piece *const piece =
        &instruction->pieces[docker_piece_at(instruction, logical)];

    return piece->offset + (logical - piece->logical);
}

struct span docker_span(const struct docker_instruction *instruction, size_t from, size_t end)
{
    const size_t offset = offset_of(instruction, from);

    if (end <= from)
        return (struct span){ .offset = offset };
    return (struct span){ .offset = offset,
                          .length = offset_of(instruction, end - 1) + 1 - offset };
}

struct where docker_where(const struct docker_instruction *instruction,
                          const struct docker_word *word)
{
    return (struct where){ .at = docker_span(instruction, word->from, word->end),
                           .within = instruction->at,
                           .node = instruction };
}

struct where docker_place(const struct docker_instruction *instruction)
{
    return (struct where){ .at = instruction->keyword_at,
                           .within = instruction->at,
                           .node = instruction };
}

const struct docker_word *docker_first(const struct docker_instruction *instruction)
{
    for (size_t i = 0; i < instruction->word_count; i++)
        if (!instruction->words[i].is_flag)
            return &instruction->words[i];
    return NULL;
}

const char *docker_flag(const struct docker_instruction *instruction, const char *name)
{
    const size_t length = strlen(name);

    for (size_t i = 0; i < instruction->word_count && instruction->words[i].is_flag; i++) {
        const char *const flag = instruction->words[i].value + 2;
        if (strncmp(flag, name, length) != 0)
            continue;
        if (flag[length] == '=')
            return flag + length + 1;
        if (flag[length] == '\0')
            return flag + length;
    }
    return NULL;
}

const struct docker_stage *docker_final(const struct dockerfile *dockerfile)
{
    return dockerfile->stage_count > 0 ? &dockerfile->stages[dockerfile->stage_count - 1] : NULL;
}

const struct docker_instruction *docker_last(const struct dockerfile *dockerfile,
                                             const struct docker_stage *stage,
                                             enum docker_keyword keyword)
{
    for (;;) {
        for (size_t i = stage->end; i-- > stage->from;) {
            const struct docker_instruction *const instruction = &dockerfile->instructions[i];
            if (instruction->keyword == keyword && !instruction->is_onbuild)
                return instruction;
        }
        if (stage->parent == NO_STAGE)
            return NULL;
        stage = &dockerfile->stages[stage->parent];
    }
}

const struct docker_stage *docker_root(const struct dockerfile *dockerfile,
                                       const struct docker_stage *stage)
{
    while (stage->parent != NO_STAGE)
        stage = &dockerfile->stages[stage->parent];
    return stage;
}

bool docker_is_windows(const struct dockerfile *dockerfile)
{
    static const char *const names[] = { "mcr.microsoft.com/windows", "nanoserver", "servercore",
                                         "windowsservercore" };

    if (dockerfile->escape == '`')
        return true;
    for (size_t i = 0; i < dockerfile->stage_count; i++)
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            if (strstr(dockerfile->stages[i].reference, names[j]) != NULL)
                return true;
    return false;
}
