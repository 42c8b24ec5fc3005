/* Values of a YAML text that are put in or replaced, in the style of what is there. */
#include "yaml/yaml_edit.h"

#include <string.h>

/* --- what may be changed at all --------------------------------------------------------------- */

bool tree_may_edit(struct edits *edits, const struct tree *tree)
{
    if (tree->has_odd_breaks)
        return refuse(edits, "some lines end with what is no newline to most programs");
    if (tree->has_twin_anchors)
        return refuse(edits, "an anchor is there twice: programs disagree about what it means");
    if (tree->has_odd_merges)
        return refuse(edits, "a << has what is no mapping: programs refuse that");
    if (tree->count != 1)
        return refuse(edits, "there are several documents in the file");
    return true;
}

static bool may_edit_mapping(struct edits *edits, const struct tree *tree,
                             const struct node *mapping)
{
    if (!tree_may_edit(edits, tree))
        return false;
    if (mapping->twin != NULL)
        return refuse(edits, "a name is there twice: programs disagree about which counts");
    return true;
}

/* --- facts ------------------------------------------------------------------------------------ */

void tree_expect_loss(struct edits *edits, const struct node *node)
{
    struct bytes fact = { .data = NULL };

    node_put_fact(&fact, node);
    expect_loss(edits, node->fact, fact.data, fact.length);
    bytes_free(&fact);
}

static void expect_value(struct edits *edits, size_t at, const struct bytes *path,
                         const char *value, bool is_plain)
{
    struct bytes fact = { .data = NULL };

    bytes_add(&fact, path->data, path->length);
    bytes_format(&fact, is_plain ? " = %s" : " = '%s'", value);
    expect_gain(edits, at, fact.data, fact.length);
    bytes_free(&fact);
}

/* What a new entry of a mapping means. */
static void expect_entry(struct edits *edits, size_t at, const struct node *mapping,
                         const struct fresh *fresh)
{
    struct bytes path = { .data = NULL };

    node_put_path(&path, mapping);
    bytes_format(&path, "/%s", fresh->name);
    if (fresh->is_list) {
        const size_t length = path.length;
        bytes_text(&path, " [");
        expect_gain(edits, at, path.data, path.length);
        path.length = length;
        bytes_text(&path, "[]");
    }
    for (size_t i = 0; fresh->values[i] != NULL; i++)
        expect_value(edits, at, &path, fresh->values[i], !fresh->is_quoted);
    bytes_free(&path);
}

/* --- lines ------------------------------------------------------------------------------------ */

size_t tree_line_start(const struct text *text, size_t offset)
{
    while (offset > text->begin && text->bytes[offset - 1] != '\n')
        offset--;
    return offset;
}

void tree_keep_comment(struct bytes *out, const struct text *text, size_t offset)
{
    bytes_text(out, offset < text->length && text->bytes[offset] == '#' ? " " : "");
}

static bool is_blank(const struct text *text, size_t from, size_t end)
{
    for (; from < end; from++)
        if (text->bytes[from] != ' ')
            return false;
    return true;
}

/* Whether the line has nothing but white space, and a comment perhaps. */
static bool is_silent(const struct text *text, size_t from)
{
    from += strspn(text->bytes + from, " \t\r");
    return text->bytes[from] == '\n' || text->bytes[from] == '#';
}

/* The first of the lines before this one that say nothing; itself, if the one before does. */
static size_t first_silent(const struct text *text, size_t line)
{
    while (line > text->begin) {
        const size_t before = tree_line_start(text, line - 1);
        if (!is_silent(text, before))
            break;
        line = before;
    }
    return line;
}

size_t tree_line_end(const struct text *text, size_t offset)
{
    while (offset < text->length && text->bytes[offset] != '\n')
        offset++;
    if (offset > 0 && offset < text->length && text->bytes[offset - 1] == '\r')
        offset--;
    return offset;
}

/* --- new entries ------------------------------------------------------------------------------ */

static void put_quoted(struct bytes *out, const char *value, enum node_style style)
{
    const char *const quote = style == STYLE_DOUBLE ? "\"" : style == STYLE_SINGLE ? "'" : "";

    bytes_format(out, "%s%s%s", quote, value, quote);
}

static void put_entry(struct bytes *out, const struct fresh *fresh)
{
    bytes_format(out, "%s: %s", fresh->name, fresh->is_list ? "[" : "");
    for (size_t i = 0; fresh->values[i] != NULL; i++) {
        bytes_text(out, i > 0 ? ", " : "");
        put_quoted(out, fresh->values[i], fresh->is_quoted ? STYLE_DOUBLE : STYLE_PLAIN);
    }
    bytes_text(out, fresh->is_list ? "]" : "");
}

/* Into braces: before the first, or between them. */
static bool insert_flow(struct edits *edits, const struct tree *tree, const struct node *mapping,
                        const struct fresh *fresh, size_t count)
{
    const struct text *const text = tree->text;
    const struct node *const first = mapping->first;
    struct bytes out = { .data = NULL };

    if (text->bytes[mapping->at.offset] != '{' || (first != NULL && first->key->at.length == 0))
        return refuse(edits, "the braces are not plain enough to put something in");
    for (size_t i = 0; i < count; i++) {
        put_entry(&out, &fresh[i]);
        bytes_text(&out, i + 1 < count || first != NULL ? ", " : "");
    }
    const size_t at = first != NULL ? first->key->begin : mapping->at.offset + 1;
    tree_keep_comment(&out, text, at);
    edit(edits, at, 0, out.data, out.length);
    bytes_free(&out);
    return true;
}

/*
 * On lines of their own, right below what the mapping is the value of: a comment before its first
 * entry stays with that. Where the first is on a line with something else, as in a list, before it.
 */
static bool insert_lines(struct edits *edits, const struct tree *tree, const struct node *mapping,
                         const struct fresh *fresh, size_t count)
{
    const struct text *const text = tree->text;
    const size_t begin = mapping->at.offset, line = tree_line_start(text, begin);
    const bool is_alone = is_blank(text, line, begin);
    struct bytes indent = { .data = NULL }, out = { .data = NULL };

    for (size_t i = line; i < begin; i++) {
        if (strchr(" \t-?:", text->bytes[i]) == NULL) {
            bytes_free(&indent);
            return refuse(edits, "it begins on a line with something else");
        }
        bytes_text(&indent, " ");
    }
    bytes_text(&indent, "");
    for (size_t i = 0; i < count; i++) {
        bytes_text(&out, is_alone ? indent.data : "");
        put_entry(&out, &fresh[i]);
        bytes_format(&out, "%s%s", text->newline, is_alone ? "" : indent.data);
    }
    edit(edits, is_alone ? first_silent(text, line) : begin, 0, out.data, out.length);
    bytes_free(&indent);
    bytes_free(&out);
    return true;
}

bool node_insert(struct edits *edits, const struct tree *tree, const struct node *mapping,
                 const struct fresh *fresh, size_t count)
{
    if (!may_edit_mapping(edits, tree, mapping))
        return false;
    for (size_t i = 0; i < count; i++)
        if (node_own(mapping, fresh[i].name) != NULL)
            return refuse(edits, "%s is there already, and is nothing", fresh[i].name);
    const size_t at = mapping->first != NULL ? mapping->first->key->fact : mapping->fact + 1;
    const bool is_done = mapping->style == STYLE_FLOW
                             ? insert_flow(edits, tree, mapping, fresh, count)
                             : insert_lines(edits, tree, mapping, fresh, count);
    for (size_t i = 0; i < count && is_done; i++)
        expect_entry(edits, at, mapping, &fresh[i]);
    return is_done;
}

/* --- new items -------------------------------------------------------------------------------- */

/* Whether a list of lines has its first dash alone on its line, and its last item on one line. */
static bool is_plain_list(const struct text *text, const struct node *sequence)
{
    const struct node *const last = sequence->last;
    const size_t dash = sequence->at.offset;

    return text->bytes[dash] == '-' && is_blank(text, tree_line_start(text, dash), dash) &&
           memchr(text->bytes + last->at.offset, '\n', last->at.length) == NULL;
}

static void put_item(struct bytes *out, const struct tree *tree, const struct node *sequence,
                     const char *value, enum node_style style)
{
    const struct text *const text = tree->text;
    const size_t dash = sequence->at.offset, line = tree_line_start(text, dash);

    if (sequence->style == STYLE_FLOW) {
        bytes_text(out, sequence->last != NULL || out->length > 0 ? ", " : "");
    } else {
        bytes_text(out, text->newline);
        bytes_add(out, text->bytes + line, dash - line);
        bytes_text(out, "- ");
    }
    put_quoted(out, value, style);
}

bool node_append(struct edits *edits, const struct tree *tree, const struct node *sequence,
                 const struct fresh *fresh)
{
    const struct text *const text = tree->text;
    const struct node *const last = sequence->last;
    const bool is_flow = sequence->style == STYLE_FLOW;
    enum node_style style = fresh->is_quoted ? STYLE_DOUBLE : STYLE_PLAIN;
    struct bytes out = { .data = NULL }, path = { .data = NULL };

    if (!tree_may_edit(edits, tree))
        return false;
    if (last == NULL ? !is_flow || text->bytes[sequence->at.offset] != '['
                     : (last->kind != NODE_SCALAR && last->kind != NODE_ALIAS) ||
                           last->style == STYLE_BLOCK || last->at.length == 0 ||
                           (!is_flow && !is_plain_list(text, sequence)))
        return refuse(edits, "the list is not plain enough to put something behind its last item");
    if (last != NULL && last->kind == NODE_SCALAR && (!is_flow || last->style != STYLE_PLAIN))
        style = last->style;
    node_put_path(&path, sequence);
    bytes_text(&path, "[]");
    const size_t at = (last != NULL ? last->fact : sequence->fact) + 1;
    for (size_t i = 0; fresh->values[i] != NULL; i++) {
        put_item(&out, tree, sequence, fresh->values[i], style);
        expect_value(edits, at, &path, fresh->values[i], style == STYLE_PLAIN);
    }
    const size_t end = last != NULL ? last->at.offset + last->at.length : sequence->at.offset + 1;
    tree_keep_comment(&out, text, end);
    edit(edits, is_flow ? end : tree_line_end(text, end), 0, out.data, out.length);
    bytes_free(&out);
    bytes_free(&path);
    return true;
}
