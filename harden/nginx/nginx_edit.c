/* How nginx's configuration is changed: words that are replaced, and directives that are put in. */
#include "nginx/nginx.h"

#include <string.h>

/* A word follows a byte of 0, which is in none. */
static void put_words(struct bytes *out, const struct nginx_directive *directive, size_t from,
                      size_t past)
{
    for (size_t i = from; i < past && i < directive->count; i++) {
        bytes_add(out, "", 1);
        bytes_text(out, directive->words[i].value);
    }
}

static void put_rest(struct bytes *out, const struct nginx *nginx,
                     const struct nginx_directive *directive)
{
    bytes_text(out, directive->is_block ? " {" : ";");
    bytes_add(out, nginx->text->bytes + directive->code.offset, directive->code.length);
}

void nginx_put_fact(struct bytes *out, const struct nginx *nginx,
                    const struct nginx_directive *directive, size_t depth)
{
    bytes_format(out, "%zu", depth);
    put_words(out, directive, 0, directive->count);
    put_rest(out, nginx, directive);
}

bool nginx_replace_words(struct edits *edits, const struct nginx *nginx,
                         const struct nginx_directive *directive, size_t first, size_t last,
                         const char *value)
{
    const size_t from = directive->words[first].at.offset;
    const size_t end = directive->words[last].at.offset + directive->words[last].at.length;
    struct bytes fact = { .data = NULL };

    if (memchr(nginx->text->bytes + from, '\n', end - from) != NULL && first < last)
        return refuse(edits, "what has to change goes over the end of a line");
    edit(edits, from, end - from, value, strlen(value));
    nginx_put_fact(&fact, nginx, directive, directive->depth);
    expect_loss(edits, directive->index, fact.data, fact.length);
    bytes_clear(&fact);
    bytes_format(&fact, "%zu", directive->depth);
    put_words(&fact, directive, 0, first);
    bytes_add(&fact, "", 1);
    for (const char *c = value; *c != '\0'; c++)
        bytes_add(&fact, *c == ' ' ? "" : c, 1);
    put_words(&fact, directive, last + 1, directive->count);
    put_rest(&fact, nginx, directive);
    expect_gain(edits, directive->index, fact.data, fact.length);
    bytes_free(&fact);
    return true;
}

bool nginx_replace(struct edits *edits, const struct nginx *nginx,
                   const struct nginx_directive *directive, const struct nginx_word *word,
                   const char *value)
{
    const size_t number = (size_t)(word - directive->words);

    return nginx_replace_words(edits, nginx, directive, number, number, value);
}

/* --- what is put in --------------------------------------------------------------------------- */

/* The blanks that begin the line of an offset, if there is nothing else before it. */
static bool indentation(const struct text *text, size_t offset, struct span *blanks)
{
    size_t from = offset;

    while (from > text->begin && text->bytes[from - 1] != '\n')
        from--;
    size_t end = from;
    while (end < offset && (text->bytes[end] == ' ' || text->bytes[end] == '\t'))
        end++;
    *blanks = (struct span){ .offset = from, .length = end - from };
    return end == offset;
}

/* That of what is in the block, or the block's own and some more. */
static void put_indentation(struct bytes *out, const struct nginx *nginx,
                            const struct nginx_directive *block)
{
    const struct text *const text = nginx->text;
    struct span blanks;

    if (block->index + 1 < block->past &&
        indentation(text, nginx->list[block->index + 1].words[0].at.offset, &blanks)) {
        bytes_add(out, text->bytes + blanks.offset, blanks.length);
        return;
    }
    (void)indentation(text, block->words[0].at.offset, &blanks);
    bytes_add(out, text->bytes + blanks.offset, blanks.length);
    const bool has_tabs = blanks.length > 0 && text->bytes[blanks.offset] == '\t';
    bytes_text(out, has_tabs ? "\t" : "    ");
}

/* Whether nothing but a comment follows on the line; *next is where the next line begins. */
static bool ends_line(const struct text *text, size_t at, size_t *next)
{
    while (at < text->length && strchr(" \t\r", text->bytes[at]) != NULL)
        at++;
    if (at < text->length && text->bytes[at] != '#' && text->bytes[at] != '\n')
        return false;
    const char *const end = memchr(text->bytes + at, '\n', text->length - at);
    *next = end != NULL ? (size_t)(end - text->bytes) + 1 : text->length;
    return end != NULL;
}

/* What is said, by reading it. */
static void expect_lines(struct edits *edits, const char *lines, size_t at, size_t depth)
{
    struct bytes fact = { .data = NULL };
    struct fault fault;
    struct text text;

    text_of(&text, "", lines, strlen(lines));
    struct nginx *const nginx = nginx_read(&text, &fault);
    for (size_t i = 0; nginx != NULL && i < nginx->count; i++) {
        bytes_clear(&fact);
        nginx_put_fact(&fact, nginx, &nginx->list[i], nginx->list[i].depth + depth);
        expect_gain(edits, at, fact.data, fact.length);
    }
    if (nginx != NULL)
        nginx_free(nginx);
    text_free(&text);
    bytes_free(&fact);
}

static void put_lines(struct bytes *out, const struct text *text, const char *lines,
                      const struct bytes *indent)
{
    while (*lines != '\0') {
        const size_t length = strcspn(lines, "\n");
        bytes_add(out, indent->data, indent->length);
        bytes_add(out, lines, length);
        bytes_text(out, text->newline);
        lines += length + (lines[length] == '\n');
    }
}

/* On one line, which goes on behind it. */
static void put_inline(struct bytes *out, const char *lines)
{
    while (*lines != '\0') {
        const size_t blanks = strspn(lines, " "), length = strcspn(lines + blanks, "\n");
        bytes_text(out, " ");
        bytes_add(out, lines + blanks, length);
        lines += blanks + length + (lines[blanks + length] == '\n');
    }
}

bool nginx_insert(struct edits *edits, const struct nginx *nginx,
                  const struct nginx_directive *block, const struct nginx_directive *after,
                  const char *lines)
{
    const struct text *const text = nginx->text;
    const size_t from = after != NULL ? after->end : block->inside.offset;
    struct bytes out = { .data = NULL }, indent = { .data = NULL };
    size_t at = from, next;

    if (ends_line(text, from, &next)) {
        put_indentation(&indent, nginx, block);
        put_lines(&out, text, lines, &indent);
        at = next;
    } else {
        put_inline(&out, lines);
    }
    edit(edits, at, 0, out.data, out.length);
    expect_lines(edits, lines, after != NULL ? after->past : block->index + 1, block->depth + 1);
    bytes_free(&out);
    bytes_free(&indent);
    return true;
}
