/* What is in one logical line: keyword, flags, words, the names of heredocs. */
#include "dockerfile/docker_parser.h"

#include "json/json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    bool takes_list;     /* its arguments may be a list of JSON */
    bool takes_heredocs; /* or follow it */
} keywords[] = {
    [DOCKER_ADD] = { "ADD", true, true },
    [DOCKER_ARG] = { "ARG", false, false },
    [DOCKER_CMD] = { "CMD", true, false },
    [DOCKER_COPY] = { "COPY", true, true },
    [DOCKER_ENTRYPOINT] = { "ENTRYPOINT", true, false },
    [DOCKER_ENV] = { "ENV", false, false },
    [DOCKER_EXPOSE] = { "EXPOSE", false, false },
    [DOCKER_FROM] = { "FROM", false, false },
    [DOCKER_HEALTHCHECK] = { "HEALTHCHECK", false, false },
    [DOCKER_LABEL] = { "LABEL", false, false },
    [DOCKER_MAINTAINER] = { "MAINTAINER", false, false },
    [DOCKER_ONBUILD] = { "ONBUILD", false, false },
    [DOCKER_RUN] = { "RUN", true, true },
    [DOCKER_SHELL] = { "SHELL", true, false },
    [DOCKER_STOPSIGNAL] = { "STOPSIGNAL", false, false },
    [DOCKER_USER] = { "USER", false, false },
    [DOCKER_VOLUME] = { "VOLUME", true, false },
    [DOCKER_WORKDIR] = { "WORKDIR", false, false },
};

static size_t skip_blanks(const struct docker_instruction *instruction, size_t at)
{
    while (at < instruction->length && docker_is_blank(instruction->line[at]))
        at++;
    return at;
}

static size_t skip_name(const struct docker_instruction *instruction, size_t at)
{
    while (at < instruction->length && !docker_is_blank(instruction->line[at]))
        at++;
    return at;
}

/* --- words ------------------------------------------------------------------------------------ */

static void add_word(struct dockerfile *dockerfile, struct docker_instruction *instruction,
                     size_t *room, struct docker_word word)
{
    if (instruction->word_count == *room) {
        const size_t count = instruction->word_count;
        *room = *room > 0 ? *room * 2 : 8;
        struct docker_word *const words = pool_take(&dockerfile->pool, *room * sizeof(words[0]));
        if (count > 0)
            memcpy(words, instruction->words, count * sizeof(words[0]));
        instruction->words = words;
    }
    instruction->words[instruction->word_count++] = word;
}

/* Goes to where the word ends that begins at `at`, and writes what it means. */
static size_t read_word(const struct dockerfile *dockerfile,
                        const struct docker_instruction *instruction, size_t at, char *value)
{
    const char *const line = instruction->line;
    char quote = '\0';

    for (; at < instruction->length && (quote != '\0' || !docker_is_blank(line[at])); at++) {
        const char c = line[at];
        if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (quote != '\0' && c == quote) {
            quote = '\0';
        } else if (c == dockerfile->escape && quote != '\'' && at + 1 < instruction->length) {
            *value++ = line[++at];
        } else {
            *value++ = c;
        }
    }
    *value = '\0';
    return at;
}

/* Splits what is left of the line from `at`; words in front that begin with -- are flags. */
static void split_words(struct dockerfile *dockerfile, struct docker_instruction *instruction,
                        size_t at)
{
    char *const values = pool_take(&dockerfile->pool, (instruction->length - at + 1) * 2);
    bool is_flag = true;
    size_t room = 0, used = 0;

    instruction->arguments = at = skip_blanks(instruction, at);
    while (at < instruction->length) {
        struct docker_word word = { .from = at, .value = values + used };
        word.end = at = read_word(dockerfile, instruction, at, values + used);
        used += strlen(values + used) + 1;
        at = skip_blanks(instruction, at);
        word.is_flag = is_flag = is_flag && strncmp(word.value, "--", 2) == 0;
        if (is_flag)
            instruction->arguments = at;
        add_word(dockerfile, instruction, &room, word);
    }
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Whether all of it is strings; BuildKit takes what is no such list for a command. */
static bool is_list(const struct json_document *list)
{
    if (list->faults.count > 0 || list->root == NULL || list->root->kind != JSON_ARRAY)
        return false;
    for (const struct json *item = list->root->first; item != NULL; item = item->next)
        if (item->kind != JSON_STRING)
            return false;
    return true;
}

/* Takes the arguments for a list of JSON, if they are one: its strings are then the words. */
static void read_list(struct dockerfile *dockerfile, struct docker_instruction *instruction)
{
    const size_t from = instruction->arguments;
    struct json_document list;
    struct text text;
    size_t flags = 0, room = 0, end = instruction->length;

    if (from == instruction->length || instruction->line[from] != '[')
        return;
    /* more than JSON takes for white space */
    while (docker_is_blank(instruction->line[end - 1]))
        end--;
    text_of(&text, "", instruction->line + from, end - from);
    json_read(&list, &text);
    instruction->is_json = is_list(&list);
    if (instruction->is_json) {
        while (flags < instruction->word_count && instruction->words[flags].is_flag)
            flags++;
        room = instruction->word_count = flags;
        for (const struct json *item = list.root->first; item != NULL; item = item->next) {
            char *const value = pool_take(&dockerfile->pool, item->string_length + 1);
            memcpy(value, item->string, item->string_length);
            add_word(dockerfile, instruction, &room,
                     (struct docker_word){ .from = from + item->at.offset,
                                           .end = from + item->at.offset + item->at.length,
                                           .value = value });
        }
    }
    json_free(&list);
    text_free(&text);
}

/* --- the keyword ------------------------------------------------------------------------------ */

static enum docker_keyword keyword_of(const char *name, size_t length)
{
    for (size_t i = 0; i < DOCKER_UNKNOWN; i++)
        if (strlen(keywords[i].name) == length && strncasecmp(keywords[i].name, name, length) == 0)
            return (enum docker_keyword)i;
    return DOCKER_UNKNOWN;
}

/* Reads the keyword at *at, and moves *at behind it. */
static bool read_keyword(struct docker_instruction *instruction, size_t *at, struct fault *fault)
{
    const size_t from = skip_blanks(instruction, *at);
    const size_t end = skip_name(instruction, from);

    instruction->keyword = keyword_of(instruction->line + from, end - from);
    instruction->keyword_at = docker_span(instruction, from, end);
    *at = end;
    if (instruction->keyword != DOCKER_UNKNOWN)
        return true;
    return fail_at(fault, instruction->keyword_at.offset, "%.*s is no instruction",
                   (int)(end - from < 50 ? end - from : 50), instruction->line + from);
}

bool docker_read_words(struct dockerfile *dockerfile, struct docker_instruction *instruction,
                       struct fault *fault)
{
    size_t at = 0;

    if (!read_keyword(instruction, &at, fault))
        return false;
    if (instruction->keyword == DOCKER_ONBUILD) {
        instruction->is_onbuild = true;
        if (!read_keyword(instruction, &at, fault))
            return false;
    }
    split_words(dockerfile, instruction, at);
    if (keywords[instruction->keyword].takes_list)
        read_list(dockerfile, instruction);
    return true;
}

/* --- heredocs --------------------------------------------------------------------------------- */

/* Digits, <<, perhaps a minus, then a name without <. Its place in the word; 0: it is none. */
static size_t heredoc_name(const char *word, size_t length, bool *is_chomped)
{
    size_t at = 0;

    while (at < length && isdigit((unsigned char)word[at]))
        at++;
    if (length - at < 3 || word[at] != '<' || word[at + 1] != '<')
        return 0;
    at += 2;
    *is_chomped = word[at] == '-';
    at += *is_chomped;
    return at < length && memchr(word + at, '<', length - at) == NULL ? at : 0;
}

/* Takes the quotes out of a name; they only say that the shell expands nothing in it. */
static const char *unquote(struct dockerfile *dockerfile, const char *name, size_t length)
{
    char *const value = pool_take(&dockerfile->pool, length + 1);
    size_t count = 0;
    char quote = '\0';

    for (size_t i = 0; i < length; i++) {
        if (quote == '\0' && (name[i] == '"' || name[i] == '\''))
            quote = name[i];
        else if (quote != '\0' && name[i] == quote)
            quote = '\0';
        else
            value[count++] = name[i];
    }
    return value;
}

void docker_find_heredocs(struct dockerfile *dockerfile, struct docker_instruction *instruction)
{
    if (!keywords[instruction->keyword].takes_heredocs || instruction->is_json ||
        strstr(instruction->line, "<<") == NULL)
        return;
    instruction->heredocs =
        pool_take(&dockerfile->pool, instruction->word_count * sizeof(instruction->heredocs[0]));
    for (size_t i = 0; i < instruction->word_count; i++) {
        const struct docker_word *const word = &instruction->words[i];
        const char *const raw = instruction->line + word->from;
        const size_t length = word->end - word->from;
        bool is_chomped = false;
        const size_t at = heredoc_name(raw, length, &is_chomped);
        if (at == 0)
            continue;
        const char *const name = unquote(dockerfile, raw + at, length - at);
        if (name[0] != '\0')
            instruction->heredocs[instruction->heredoc_count++] =
                (struct docker_heredoc){ .name = name, .is_chomped = is_chomped };
    }
}
