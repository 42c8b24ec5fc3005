/* Which images a Dockerfile stands on: stages, and variables in their names. */
#include "dockerfile/docker_parser.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/*
 * How often the defaults of variables may stand in each other, how long an image's name is,
 * and how many stages there are.
 */
enum { NESTED_MAX = 8, IMAGE_MAX = 4096, STAGES_MAX = 1000 };

/* --- variables -------------------------------------------------------------------------------- */

/* The default of an ARG before the first FROM; NULL: it has none. */
static const char *global_default(const struct dockerfile *dockerfile, const char *name,
                                  size_t length)
{
    const char *value = NULL;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const instruction = &dockerfile->instructions[i];
        if (instruction->keyword == DOCKER_FROM)
            break;
        for (size_t j = 0; instruction->keyword == DOCKER_ARG && j < instruction->word_count; j++)
            if (strncmp(instruction->words[j].value, name, length) == 0 &&
                instruction->words[j].value[length] == '=')
                value = instruction->words[j].value + length + 1;
    }
    return value;
}

static bool expand(const struct dockerfile *dockerfile, const char *text, size_t length, int depth,
                   struct bytes *out);

/* What follows a $ at `at`: how many bytes that takes. False in *is_known: it has no value here. */
static size_t expand_one(const struct dockerfile *dockerfile, const char *at, size_t left,
                         int depth, struct bytes *out, bool *is_known)
{
    const bool has_braces = left > 0 && at[0] == '{';
    size_t end = has_braces;

    while (end < left && (isalnum((unsigned char)at[end]) || at[end] == '_'))
        end++;
    const char *const value = global_default(dockerfile, at + has_braces, end - has_braces);
    const bool is_set = value != NULL && value[0] != '\0';
    if (!has_braces) {
        *is_known &= is_set && expand(dockerfile, value, strlen(value), depth + 1, out);
        return end;
    }
    const char *const close = memchr(at, '}', left);
    if (close == NULL) {
        *is_known = false;
        return left;
    }
    const size_t inner = (size_t)(close - at);
    const size_t other = end < inner && at[end] == ':' ? end + 1 : end;
    const char operation = other < inner ? at[other] : '\0';
    if (is_set && operation != '+')
        *is_known &= expand(dockerfile, value, strlen(value), depth + 1, out);
    else if (operation == '-')
        *is_known &= expand(dockerfile, at + other + 1, inner - other - 1, depth + 1, out);
    else
        *is_known = false;
    return inner + 1;
}

/* Adds the text with the defaults of its variables. False: one has none. */
static bool expand(const struct dockerfile *dockerfile, const char *text, size_t length, int depth,
                   struct bytes *out)
{
    bool is_known = depth < NESTED_MAX;

    for (size_t i = 0; i < length && is_known && out->length < IMAGE_MAX;) {
        if (text[i] != '$') {
            bytes_add(out, text + i++, 1);
            continue;
        }
        i++;
        i += expand_one(dockerfile, text + i, length - i, depth, out, &is_known);
    }
    return is_known && out->length < IMAGE_MAX;
}

/* --- stages ----------------------------------------------------------------------------------- */

static size_t stage_named(const struct dockerfile *dockerfile, const char *name)
{
    for (size_t i = dockerfile->stage_count; i-- > 0;)
        if (dockerfile->stages[i].name[0] != '\0' &&
            strcasecmp(dockerfile->stages[i].name, name) == 0)
            return i;
    return NO_STAGE;
}

static void name_image(struct dockerfile *dockerfile, struct docker_stage *stage, const char *word)
{
    struct bytes image = { .data = NULL };

    stage->is_known = expand(dockerfile, word, strlen(word), 0, &image);
    char *const copy = pool_take(&dockerfile->pool, image.length + 1);
    if (image.length > 0)
        memcpy(copy, image.data, image.length);
    stage->reference = copy;
    stage->image = image_split(&dockerfile->pool, copy);
    bytes_free(&image);
}

static void add_stage(struct dockerfile *dockerfile, size_t index)
{
    const struct docker_instruction *const from = &dockerfile->instructions[index];
    const struct docker_word *const word = docker_first(from);
    struct docker_stage stage = { .from = index, .name = "", .parent = NO_STAGE };

    name_image(dockerfile, &stage, word != NULL ? word->value : "");
    if (word != NULL) {
        const size_t rest = from->word_count - (size_t)(word - from->words);
        stage.word = *word;
        stage.parent = stage_named(dockerfile, stage.reference);
        if (rest >= 3 && strcasecmp(word[1].value, "as") == 0)
            stage.name = word[2].value;
    }
    dockerfile->stages = need_room(dockerfile->stages, &dockerfile->stage_room,
                                   dockerfile->stage_count + 1, sizeof(dockerfile->stages[0]));
    dockerfile->stages[dockerfile->stage_count++] = stage;
}

bool docker_find_stages(struct dockerfile *dockerfile, struct fault *fault)
{
    for (size_t i = 0; i < dockerfile->count; i++) {
        struct docker_instruction *const instruction = &dockerfile->instructions[i];
        if (instruction->keyword == DOCKER_FROM && !instruction->is_onbuild) {
            if (dockerfile->stage_count == STAGES_MAX)
                return fail_at(fault, instruction->at.offset, "it has more than 1000 stages");
            add_stage(dockerfile, i);
        }
        if (dockerfile->stage_count == 0)
            continue;
        instruction->stage = dockerfile->stage_count - 1;
        dockerfile->stages[instruction->stage].end = i + 1;
    }
    return true;
}
