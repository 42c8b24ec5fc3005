/* How a Dockerfile is changed: lines that are put in, and parts of a line that are replaced. */
#include "dockerfile/dockerfile.h"

#include <ctype.h>
#include <string.h>

/* The first fact is the directives'. */
size_t docker_fact_at(const struct dockerfile *dockerfile,
                      const struct docker_instruction *instruction)
{
    return 1 + (size_t)(instruction - dockerfile->instructions);
}

/* In small letters where the instruction before is. */
static void put_line(struct bytes *out, const struct dockerfile *dockerfile,
                     const struct docker_instruction *like, const char *line)
{
    const char *const keyword = dockerfile->text->bytes + like->keyword_at.offset;
    const size_t length = strcspn(line, " ");

    for (size_t i = 0; i < length; i++) {
        const char c =
            (char)(islower((unsigned char)keyword[0]) ? tolower((unsigned char)line[i]) : line[i]);
        bytes_add(out, &c, 1);
    }
    bytes_text(out, line + length);
}

bool docker_insert(struct edits *edits, const struct dockerfile *dockerfile,
                   const struct docker_instruction *after, const char *line)
{
    const struct text *const text = dockerfile->text;
    const bool is_open = after->end > 0 && text->bytes[after->end - 1] != '\n';
    struct bytes fact = { .data = NULL }, out = { .data = NULL };

    if (after->is_open)
        return refuse(edits, "the file ends in the middle of an instruction");
    put_line(&fact, dockerfile, after, line);
    bytes_text(&out, is_open ? text->newline : "");
    bytes_add(&out, fact.data, fact.length);
    bytes_text(&out, is_open ? "" : text->newline);
    edit(edits, after->end, 0, out.data, out.length);
    expect_gain(edits, docker_fact_at(dockerfile, after) + 1, fact.data, fact.length);
    bytes_free(&fact);
    bytes_free(&out);
    return true;
}

static bool is_blank(const char *bytes, size_t first, size_t past)
{
    while (first < past && strchr(" \t", bytes[first]) != NULL)
        first++;
    return first == past;
}

struct docker_part docker_cut(const struct docker_instruction *instruction, size_t from, size_t end)
{
    const size_t piece = docker_piece_at(instruction, from);
    const size_t begin = instruction->pieces[piece].logical;
    const size_t after = piece + 1 < instruction->piece_count
                             ? instruction->pieces[piece + 1].logical
                             : instruction->length;
    struct docker_part part = { .from = from, .end = end, .value = "" };

    /* the last line would leave the one before it open */
    if (piece > 0 && piece + 1 < instruction->piece_count && end <= after &&
        /* NOLINTNEXTLINE(readability-suspicious-call-argument): before it, and behind it */
        is_blank(instruction->line, begin, from) && is_blank(instruction->line, end, after))
        return (struct docker_part){ .from = begin, .end = after, .value = "", .is_line = true };
    while (part.from > begin && strchr(" \t", instruction->line[part.from - 1]) != NULL)
        part.from--;
    if (part.from == begin)
        part.from = from; /* its indentation */
    return part;
}

/* Where a part is in the text; of a whole line with what ends it. */
static struct span part_span(const struct text *text, const struct docker_instruction *instruction,
                             const struct docker_part *part)
{
    if (part->is_in_heredoc)
        return (struct span){ .offset = part->from, .length = part->end - part->from };
    const struct span span = docker_span(instruction, part->from, part->end);
    if (!part->is_line)
        return span;
    const size_t line = text_position(text, span.offset).line;
    const size_t begin = text->lines[line - 1], end = text->lines[line];
    return (struct span){ .offset = begin, .length = end - begin };
}

/* The bytes with those of the parts in their places that begin within them. */
static void put_parts(struct bytes *out, const char *bytes, struct span span, bool is_in_heredoc,
                      const struct docker_part *parts, size_t count)
{
    size_t done = span.offset;

    for (size_t i = 0; i < count; i++) {
        if (parts[i].is_in_heredoc != is_in_heredoc || parts[i].from < done ||
            parts[i].end > span.offset + span.length)
            continue;
        bytes_add(out, bytes + done, parts[i].from - done);
        bytes_text(out, parts[i].value);
        done = parts[i].end;
    }
    bytes_add(out, bytes + done, span.offset + span.length - done);
}

static void put_changed_fact(struct bytes *out, const struct text *text,
                             const struct docker_instruction *instruction,
                             const struct docker_part *parts, size_t count)
{
    const struct span line = { .length = instruction->length };

    put_parts(out, instruction->line, line, false, parts, count);
    for (size_t i = 0; i < instruction->heredoc_count; i++) {
        const struct docker_heredoc *const heredoc = &instruction->heredocs[i];
        bytes_format(out, "\n<<%s\n", heredoc->name);
        put_parts(out, text->bytes, heredoc->body, true, parts, count);
    }
}

/* Whether nothing would be left on the last line: the one before it would go on in the next. */
static bool empties_last_line(const struct docker_instruction *instruction,
                              const struct docker_part *parts, size_t count)
{
    size_t at = instruction->pieces[instruction->piece_count - 1].logical;

    if (instruction->piece_count == 1)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].is_in_heredoc || parts[i].end <= at)
            continue;
        if (!is_blank(instruction->line, at, parts[i].from) || parts[i].value[0] != '\0')
            return false;
        at = parts[i].end;
    }
    return is_blank(instruction->line, at, instruction->length);
}

bool docker_rewrite(struct edits *edits, const struct dockerfile *dockerfile,
                    const struct docker_instruction *instruction, const struct docker_part *parts,
                    size_t count)
{
    const struct text *const text = dockerfile->text;
    const size_t at = docker_fact_at(dockerfile, instruction);
    struct bytes fact = { .data = NULL };

    if (empties_last_line(instruction, parts, count))
        return refuse(edits, "its last line would be empty: see to it by hand");
    for (size_t i = 0; i < count; i++) {
        const struct span span = part_span(text, instruction, &parts[i]);
        if (!parts[i].is_line && memchr(text->bytes + span.offset, '\n', span.length) != NULL)
            return refuse(edits, "what has to change goes over the end of a line");
        edit(edits, span.offset, span.length, parts[i].value, strlen(parts[i].value));
    }
    put_changed_fact(&fact, text, instruction, NULL, 0);
    expect_loss(edits, at, fact.data, fact.length);
    bytes_clear(&fact);
    put_changed_fact(&fact, text, instruction, parts, count);
    expect_gain(edits, at, fact.data, fact.length);
    bytes_free(&fact);
    return true;
}

void docker_put_fact(struct bytes *out, const struct text *text,
                     const struct docker_instruction *instruction)
{
    put_changed_fact(out, text, instruction, NULL, 0);
}
