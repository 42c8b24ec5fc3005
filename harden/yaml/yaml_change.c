/* Values of a YAML text that become others, or are taken out. */
#include "yaml/yaml_edit.h"

#include <string.h>

/* --- other values ----------------------------------------------------------------------------- */

/* Puts `out` in the place of a part of the text; the scalar then means `value`. */
static void swap(struct edits *edits, const struct node *scalar, struct span part,
                 const struct bytes *out, const struct bytes *value, bool is_plain)
{
    struct node after = *scalar;
    struct bytes fact = { .data = NULL };

    edit(edits, part.offset, part.length, out->data, out->length);
    tree_expect_loss(edits, scalar);
    after.value = value->data;
    after.length = value->length;
    after.style = is_plain ? STYLE_PLAIN : STYLE_DOUBLE;
    node_put_fact(&fact, &after);
    expect_gain(edits, scalar->fact, fact.data, fact.length);
    bytes_free(&fact);
}

/* Whether a plain scalar would be none any more with these bytes in it. */
static bool needs_quotes(const struct node *scalar, size_t from, const char *bytes)
{
    bool is_in_flow = false;

    for (const struct node *above = scalar->parent; above != NULL; above = above->parent)
        is_in_flow |= above->style == STYLE_FLOW;
    return scalar->style == STYLE_PLAIN && ((is_in_flow && strpbrk(bytes, ",[]{}") != NULL) ||
                                            (from == 0 && strchr("[{", bytes[0]) != NULL));
}

static bool quote_whole(struct edits *edits, const struct tree *tree, const struct node *scalar,
                        const struct bytes *value)
{
    if (strpbrk(value->data, "\"\\") != NULL || strlen(value->data) != value->length)
        return refuse(edits, "its value would have to be written with escapes");
    return node_set(edits, tree, scalar, value->data, true);
}

bool node_replace(struct edits *edits, const struct tree *tree, const struct node *scalar,
                  size_t from, size_t removed, const char *bytes)
{
    const size_t quote = scalar->style == STYLE_PLAIN ? 0 : 1;
    const size_t begin = scalar->at.offset + quote;
    struct bytes out = { .data = NULL }, value = { .data = NULL };

    if (!tree_may_edit(edits, tree))
        return false;
    if (scalar->kind != NODE_SCALAR || scalar->style == STYLE_BLOCK ||
        scalar->at.length != scalar->length + 2 * quote ||
        memcmp(tree->text->bytes + begin, scalar->value, scalar->length) != 0)
        return refuse(edits, "it is written with escapes, or over several lines");
    bytes_add(&value, scalar->value, from);
    bytes_text(&value, bytes);
    bytes_add(&value, scalar->value + from + removed, scalar->length - from - removed);
    bytes_text(&out, bytes);
    const bool is_quoted = needs_quotes(scalar, from, bytes);
    const bool is_done = !is_quoted || quote_whole(edits, tree, scalar, &value);
    if (!is_quoted)
        swap(edits, scalar, (struct span){ .offset = begin + from, .length = removed }, &out,
             &value, quote == 0);
    bytes_free(&out);
    bytes_free(&value);
    return is_done;
}

bool node_set(struct edits *edits, const struct tree *tree, const struct node *scalar,
              const char *value, bool is_quoted)
{
    struct bytes out = { .data = NULL }, meant = { .data = NULL };
    const bool has_quotes = scalar->style != STYLE_PLAIN;

    if (!tree_may_edit(edits, tree))
        return false;
    if (scalar->kind != NODE_SCALAR || scalar->style == STYLE_BLOCK ||
        (scalar->at.length == 0 && (scalar->tag != NULL || scalar->anchor != NULL)))
        return refuse(edits, "it is not plain enough to put another value in its place");
    const char *const quote = scalar->style == STYLE_SINGLE ? "'"
                              : has_quotes || is_quoted     ? "\""
                                                            : "";
    bytes_format(&out, "%s%s%s%s", scalar->at.length == 0 ? " " : "", quote, value, quote);
    tree_keep_comment(&out, tree->text, scalar->at.offset + scalar->at.length);
    bytes_text(&meant, value);
    swap(edits, scalar, scalar->at, &out, &meant, quote[0] == '\0');
    bytes_free(&out);
    bytes_free(&meant);
    return true;
}

/* --- what is taken out ------------------------------------------------------------------------ */

static size_t end_of(const struct node *node)
{
    while (node->style == STYLE_BLOCK && node->last != NULL)
        node = node->last;
    return node->at.offset + node->at.length;
}

/* Whether all in it is of a kind whose end is known, and nothing names any of it. */
static bool is_removable(const struct node *node)
{
    const bool is_block_scalar = node->kind == NODE_SCALAR && node->style == STYLE_BLOCK;

    if (is_block_scalar || node->aliases > 0 ||
        (node->key != NULL && (node->key->kind != NODE_SCALAR || node->key->aliases > 0)))
        return false;
    for (const struct node *child = node->first; child != NULL; child = child->next)
        if (!is_removable(child))
            return false;
    return true;
}

static void expect_losses(struct edits *edits, const struct node *node)
{
    tree_expect_loss(edits, node);
    for (const struct node *child = node->first; child != NULL; child = child->next)
        expect_losses(edits, child);
}

static size_t begin_of(const struct node *value)
{
    return value->key != NULL ? value->key->begin : value->begin;
}

static bool cut(struct edits *edits, const struct text *text, size_t from, size_t end)
{
    if (from >= end || memchr(text->bytes + from, '#', end - from) != NULL)
        return refuse(edits, "a comment is in what would be taken away");
    edit(edits, from, end - from, "", 0);
    return true;
}

/* Whether nothing but blanks, and the dash of an item, is before it on its line. */
static bool is_alone(const struct text *text, const struct node *value)
{
    const size_t begin = begin_of(value);
    size_t at = tree_line_start(text, begin);

    at += strspn(text->bytes + at, " ");
    if (value->key == NULL && text->bytes[at] == '-') {
        at++;
        at += strspn(text->bytes + at, " \t");
    }
    return at == begin;
}

/*
 * Where what stays behind the value begins: the next one, if the value has a line of its own; else
 * what follows the comma on its line.
 */
static size_t begin_behind(const struct text *text, const struct node *value)
{
    const char *const bytes = text->bytes + end_of(value);
    const size_t comma = strcspn(bytes, ",") + 1;
    const size_t end = end_of(value) + comma + strspn(bytes + comma, " \t");

    return is_alone(text, value) || text->bytes[end] == '#' ? begin_of(value->next) : end;
}

/*
 * With the comma before it, if anything before it stays; else with the one behind it. So those that
 * are taken out beside each other have no byte in common.
 */
static bool remove_flow(struct edits *edits, const struct text *text, const struct node *value,
                        bool (*goes)(const struct node *value))
{
    const struct node *before = NULL;
    bool has_kept = false;

    for (const struct node *other = value->parent->first; other != value; other = other->next) {
        has_kept |= !goes(other);
        before = other;
    }
    if (has_kept)
        return cut(edits, text, end_of(before), end_of(value));
    return cut(edits, text, begin_of(value), begin_behind(text, value));
}

static bool has_kept(const struct node *parent, bool (*goes)(const struct node *value))
{
    for (const struct node *value = parent->first; value != NULL; value = value->next)
        if (!goes(value))
            return true;
    return false;
}

/* Whether a line of its own, from the second on, is a comment. */
static bool has_comment(const struct text *text, size_t from, size_t end)
{
    const char *line = text->bytes + from;
    const char *const last = text->bytes + end;

    while ((line = memchr(line, '\n', (size_t)(last - line))) != NULL) {
        line++;
        if (line[strspn(line, " \t")] == '#')
            return true;
    }
    return false;
}

/*
 * With all of its lines, and the newline before: where the file ends without one, it still does.
 * But where the line before has another newline, it keeps that.
 */
static bool remove_lines(struct edits *edits, const struct text *text, const struct node *value)
{
    const size_t line = tree_line_start(text, begin_of(value));

    if (!is_alone(text, value) || line == text->begin)
        return refuse(edits, "it is on a line with something else");
    const size_t before = tree_line_end(text, tree_line_start(text, line - 1));
    const size_t last = tree_line_end(text, end_of(value));

    if (has_comment(text, line, last))
        return refuse(edits, "a comment is in what would be taken away");
    const size_t next = last + (text->bytes[last] == '\r') + 1;
    const bool is_other = last < text->length && text->bytes[last] != text->bytes[before];
    const size_t from = is_other ? line : before;
    edit(edits, from, (is_other ? next : last) - from, "", 0);
    return true;
}

bool node_remove(struct edits *edits, const struct tree *tree, const struct node *value,
                 bool (*goes)(const struct node *value))
{
    const struct node *const parent = value->parent;

    if (!tree_may_edit(edits, tree))
        return false;
    if (parent == NULL || !has_kept(parent, goes))
        return refuse(edits, "nothing would be left of what it is in");
    if (!is_removable(value))
        return refuse(edits, "other parts of the file refer to it, or it is no plain value");
    if (parent->twin != NULL)
        return refuse(edits, "a name is there twice: programs disagree about which counts");
    const bool is_done = parent->style == STYLE_FLOW ? remove_flow(edits, tree->text, value, goes)
                                                     : remove_lines(edits, tree->text, value);
    if (is_done)
        expect_losses(edits, value);
    return is_done;
}
