/* The lines of a Dockerfile: directives, comments, continuations, heredocs. */
#include "dockerfile/docker_parser.h"
#include "dockerfile/docker_shell.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct parser {
    struct dockerfile *dockerfile;
    const struct text *text;
    struct fault *fault;
    size_t line; /* that comes next, from 0 */
    size_t count;
    bool is_past_directives;
};

/* An instruction whose lines are put together. */
struct building {
    struct bytes line;
    struct docker_piece *pieces;
    size_t count, room;
    size_t end; /* of the text: behind the last line's last byte */
};

/* --- lines ------------------------------------------------------------------------------------ */

/* A line without what ends it, by its number from 0. */
static struct span line_at(const struct parser *parser, size_t index)
{
    struct span line = text_line(parser->text, index + 1);

    while (line.length > 0 && parser->text->bytes[line.offset + line.length - 1] == '\r')
        line.length--;
    return line;
}

static struct span trim_left(const struct parser *parser, struct span line)
{
    while (line.length > 0 && docker_is_blank(parser->text->bytes[line.offset])) {
        line.offset++;
        line.length--;
    }
    return line;
}

static bool is_comment(const struct parser *parser, struct span line)
{
    line = trim_left(parser, line);
    return line.length > 0 && parser->text->bytes[line.offset] == '#';
}

/*
 * Whether the line goes on in the next: it ends with the escape character, blanks behind it or not,
 * and not with two. What counts of it is then before that.
 */
static bool is_continued(const struct parser *parser, struct span *line)
{
    const char *const bytes = parser->text->bytes + line->offset;
    const char escape = parser->dockerfile->escape;
    size_t length = line->length;

    while (length > 0 && (bytes[length - 1] == ' ' || bytes[length - 1] == '\t'))
        length--;
    if (length == 0 || bytes[length - 1] != escape || (length > 1 && bytes[length - 2] == escape))
        return false;
    line->length = length - 1;
    return true;
}

/* --- directives ------------------------------------------------------------------------------- */

static bool is_key(const char *key, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(key, name, length) == 0;
}

/* # KEY = VALUE; false: it is none, and then none follows. The value has no blanks around it. */
static bool split_directive(const char *at, const char *end, struct span *key, struct span *value)
{
    const char *const begin = at;

    for (at++; at < end && docker_is_blank(*at); at++)
        continue;
    key->offset = (size_t)(at - begin);
    while (at < end && strchr("=# \t\v\f\r", *at) == NULL)
        at++;
    key->length = (size_t)(at - begin) - key->offset;
    while (at < end && docker_is_blank(*at))
        at++;
    if (key->length == 0 || at == end || *at != '=')
        return false;
    for (at++; at < end && docker_is_blank(*at); at++)
        continue;
    while (end > at && docker_is_blank(end[-1]))
        end--;
    *value = (struct span){ .offset = (size_t)(at - begin), .length = (size_t)(end - at) };
    return value->length > 0;
}

/* Reads a comment at the top. False, with the fault: it is a directive that is wrong. */
static bool read_directive(struct parser *parser, struct span line)
{
    struct dockerfile *const dockerfile = parser->dockerfile;
    const char *const begin = parser->text->bytes + line.offset;
    struct span key, value;

    if (line.length == 0 || begin[0] != '#' ||
        !split_directive(begin, begin + line.length, &key, &value)) {
        parser->is_past_directives = true;
        return true;
    }
    if (is_key(begin + key.offset, key.length, "syntax")) {
        dockerfile->has_syntax = true;
        return true;
    }
    if (!is_key(begin + key.offset, key.length, "escape"))
        return true;
    const char escape = begin[value.offset];
    if (dockerfile->has_escape)
        return fail_at(parser->fault, line.offset, "the directive escape is there twice");
    if (value.length != 1 || (escape != '\\' && escape != '`'))
        return fail_at(parser->fault, line.offset, "the escape character is \\ or `");
    dockerfile->has_escape = true;
    dockerfile->escape = escape;
    return true;
}

/* --- instructions ----------------------------------------------------------------------------- */

static void add_line(struct parser *parser, struct building *building, struct span line)
{
    building->pieces = need_room(building->pieces, &building->room, building->count + 1,
                                 sizeof(building->pieces[0]));
    building->pieces[building->count++] =
        (struct docker_piece){ .logical = building->line.length, .offset = line.offset };
    bytes_add(&building->line, parser->text->bytes + line.offset, line.length);
}

/* Takes all lines of the instruction that begins with `line`, which was the last to be read. */
static void gather_lines(struct parser *parser, struct building *building, struct span line,
                         struct docker_instruction *instruction)
{
    for (;;) {
        const size_t whole = line.offset + line.length;
        const bool is_open = is_continued(parser, &line);
        add_line(parser, building, line);
        building->end = is_open ? whole : line.offset + line.length;
        if (!is_open)
            return;
        for (;; parser->line++) {
            if (parser->line == parser->count) {
                instruction->is_open = true;
                return;
            }
            line = line_at(parser, parser->line);
            if (is_comment(parser, line))
                instruction->has_comments = true;
            else if (trim_left(parser, line).length > 0)
                break;
        }
        parser->line++;
    }
}

static size_t line_begin(const struct parser *parser, size_t index)
{
    return index < parser->count ? parser->text->lines[index] : parser->text->length;
}

/* Whether the line is what ends a heredoc. */
static bool is_terminator(const struct parser *parser, struct span line, const char *name,
                          bool is_chomped)
{
    while (is_chomped && line.length > 0 && parser->text->bytes[line.offset] == '\t') {
        line.offset++;
        line.length--;
    }
    return text_is(parser->text, line, name);
}

static bool read_heredoc(struct parser *parser, struct docker_heredoc *heredoc)
{
    const size_t from = line_begin(parser, parser->line);

    for (; parser->line < parser->count; parser->line++) {
        if (!is_terminator(parser, line_at(parser, parser->line), heredoc->name,
                           heredoc->is_chomped))
            continue;
        heredoc->body =
            (struct span){ .offset = from, .length = line_begin(parser, parser->line) - from };
        parser->line++;
        return true;
    }
    return fail_at(parser->fault, from, "the heredoc %.100s has no end", heredoc->name);
}

static struct docker_instruction *add_instruction(struct dockerfile *dockerfile)
{
    dockerfile->instructions =
        need_room(dockerfile->instructions, &dockerfile->room, dockerfile->count + 1,
                  sizeof(dockerfile->instructions[0]));
    struct docker_instruction *const instruction = &dockerfile->instructions[dockerfile->count++];
    *instruction = (struct docker_instruction){ .stage = NO_STAGE };
    return instruction;
}

/* Moves what was put together to memory of the Dockerfile. */
static void settle(struct dockerfile *dockerfile, struct docker_instruction *instruction,
                   const struct building *building)
{
    const size_t bytes = building->count * sizeof(building->pieces[0]);
    char *const line = pool_take(&dockerfile->pool, building->line.length + 1);

    if (building->line.length > 0)
        memcpy(line, building->line.data, building->line.length);
    instruction->line = line;
    instruction->length = building->line.length;
    instruction->pieces = pool_take(&dockerfile->pool, bytes);
    memcpy(instruction->pieces, building->pieces, bytes);
    instruction->piece_count = building->count;
}

static bool is_blank_line(const struct docker_instruction *instruction)
{
    for (size_t i = 0; i < instruction->length; i++)
        if (!docker_is_blank(instruction->line[i]))
            return false;
    return true;
}

static bool read_rest(struct parser *parser, struct docker_instruction *instruction)
{
    if (!docker_read_words(parser->dockerfile, instruction, parser->fault))
        return false;
    docker_find_heredocs(parser->dockerfile, instruction);
    for (size_t i = 0; i < instruction->heredoc_count; i++)
        if (!read_heredoc(parser, &instruction->heredocs[i]))
            return false;
    instruction->end = line_begin(parser, parser->line);
    return true;
}

static bool read_instruction(struct parser *parser, struct span line)
{
    struct dockerfile *const dockerfile = parser->dockerfile;
    struct docker_instruction *const instruction = add_instruction(dockerfile);
    struct building building = { .count = 0 };
    const size_t from = line.offset;

    gather_lines(parser, &building, line, instruction);
    settle(dockerfile, instruction, &building);
    instruction->at = (struct span){ .offset = from, .length = building.end - from };
    free(building.pieces);
    bytes_free(&building.line);
    if (is_blank_line(instruction)) {
        dockerfile->count--;
        return true;
    }
    return read_rest(parser, instruction);
}

static bool read_all(struct parser *parser)
{
    while (parser->line < parser->count) {
        const struct span line = trim_left(parser, line_at(parser, parser->line++));
        if (!parser->is_past_directives && !read_directive(parser, line))
            return false;
        if (line.length > 0 && !is_comment(parser, line) && !read_instruction(parser, line))
            return false;
    }
    return true;
}

struct dockerfile *docker_read(const struct text *text, struct fault *fault)
{
    struct dockerfile *const dockerfile = need(1, sizeof(*dockerfile));
    struct parser parser = {
        .dockerfile = dockerfile, .text = text, .fault = fault, .count = text->line_count
    };

    const char *const nul = memchr(text->bytes, '\0', text->length);
    if (nul != NULL) {
        fail_at(fault, (size_t)(nul - text->bytes), "a NUL byte, which no shell takes");
        docker_free(dockerfile);
        return NULL;
    }
    dockerfile->text = text;
    dockerfile->escape = '\\';
    if (text->lines[text->line_count - 1] == text->length)
        parser.count--; /* behind the last newline is no line */
    if (read_all(&parser) && docker_find_stages(dockerfile, fault)) {
        docker_find_commands(dockerfile);
        return dockerfile;
    }
    docker_free(dockerfile);
    return NULL;
}

void docker_free(struct dockerfile *dockerfile)
{
    pool_free(&dockerfile->pool);
    free(dockerfile->instructions);
    free(dockerfile->stages);
    free(dockerfile->commands);
    free(dockerfile);
}
