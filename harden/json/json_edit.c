/* Members of an object of JSON that are put there, in the style of what is there. */
#include "json/json.h"

#include <string.h>

/* --- white space ------------------------------------------------------------------------------ */

/* The white space before an offset. */
static struct span space_before(const struct text *text, size_t offset)
{
    size_t from = offset;

    while (from > text->begin && strchr(" \t\r\n", text->bytes[from - 1]) != NULL)
        from--;
    return (struct span){ .offset = from, .length = offset - from };
}

/* Of white space, the last newline and what follows it; all of it where there is none. */
static struct span last_line(const struct text *text, struct span space)
{
    const char *const bytes = text->bytes + space.offset;
    const char *const newline = memrchr(bytes, '\n', space.length);

    if (newline == NULL)
        return space;
    size_t from = (size_t)(newline - bytes);
    from -= from > 0 && bytes[from - 1] == '\r';
    return (struct span){ .offset = space.offset + from, .length = space.length - from };
}

static void put_span(struct bytes *out, const struct text *text, struct span span)
{
    bytes_add(out, text->bytes + span.offset, span.length);
}

/* By how much the file indents: as far as its first member, if that is on a line of its own. */
static void put_unit(struct bytes *out, const struct text *text, const struct json *value)
{
    while (value->parent != NULL)
        value = value->parent;
    if (value->kind == JSON_OBJECT && value->count > 0) {
        const struct span space = space_before(text, value->first->name.offset);
        const char *const newline = memrchr(text->bytes + space.offset, '\n', space.length);
        const size_t from = newline != NULL ? (size_t)(newline + 1 - text->bytes) : 0;
        if (newline != NULL && from < space.offset + space.length) {
            bytes_add(out, text->bytes + from, space.offset + space.length - from);
            return;
        }
    }
    bytes_text(out, "    ");
}

/* The indentation of the line that the offset is in. */
static void put_indent(struct bytes *out, const struct text *text, size_t offset)
{
    const struct span line = text_line(text, text_position(text, offset).line);
    size_t length = 0;

    while (length < line.length && strchr(" \t", text->bytes[line.offset + length]) != NULL)
        length++;
    bytes_add(out, text->bytes + line.offset, length);
}

/* --- what goes where -------------------------------------------------------------------------- */

/* Behind the last member: a comma, then as that one stands after what is before it. */
static void add_member(struct edits *edits, const struct text *text, const struct json *object,
                       const char *name, const char *value)
{
    const struct json *const last = object->last;
    const size_t name_end = last->name.offset + last->name.length;
    const size_t at = last->at.offset + last->at.length;
    const struct span space = last_line(text, space_before(text, last->name.offset));
    const struct span colon = { .offset = name_end, .length = last->at.offset - name_end };
    struct bytes out = { .data = NULL };

    bytes_text(&out, ",");
    put_span(&out, text, space);
    if (object->count == 1 && space.length == 0 && colon.length > 1)
        bytes_text(&out, " "); /* {"a": 1} has no blank where {"a": 1, "b": 2} has one */
    bytes_format(&out, "\"%s\"", name);
    if (memchr(text->bytes + colon.offset, '\n', colon.length) == NULL)
        put_span(&out, text, colon);
    else
        bytes_text(&out, ": ");
    bytes_text(&out, value);
    edit(edits, at, 0, out.data, out.length);
    bytes_free(&out);
}

/* Into an object that has none: on a line of its own. */
static void add_first(struct edits *edits, const struct text *text, const struct json *object,
                      const char *name, const char *value)
{
    const size_t open = object->at.offset;
    struct bytes out = { .data = NULL };

    bytes_text(&out, text->newline);
    put_indent(&out, text, open);
    put_unit(&out, text, object);
    bytes_format(&out, "\"%s\": %s%s", name, value, text->newline);
    put_indent(&out, text, open);
    edit(edits, open + 1, object->at.length - 2, out.data, out.length);
    bytes_free(&out);
}

/* The first value of a text that has none. */
static void add_object(struct edits *edits, const struct text *text, const char *name,
                       const char *value)
{
    struct bytes out = { .data = NULL };

    bytes_format(&out, "{%s    \"%s\": %s%s}%s", text->newline, name, value, text->newline,
                 text->newline);
    edit(edits, text->begin, 0, out.data, out.length);
    expect_gain(edits, ANYWHERE, " {", 2);
    bytes_free(&out);
}

static void expect_member(struct edits *edits, const struct text *text, const struct json *object,
                          const char *name, const char *value)
{
    const struct json *const old = json_member(object, name);
    struct bytes fact = { .data = NULL };

    /* a name that is there stays as it is written */
    if (object != NULL)
        json_path(&fact, text, old != NULL ? old : object);
    if (old == NULL)
        bytes_format(&fact, "/%s", name);
    if (value[0] == '{')
        bytes_text(&fact, " {");
    else
        bytes_format(&fact, " = %s", value);
    expect_gain(edits, ANYWHERE, fact.data, fact.length);
    bytes_free(&fact);
}

static void expect_no_value(struct edits *edits, const struct text *text, const struct json *value)
{
    struct bytes fact = { .data = NULL };

    json_path(&fact, text, value);
    bytes_text(&fact, " = ");
    put_span(&fact, text, value->at);
    expect_loss(edits, ANYWHERE, fact.data, fact.length);
    bytes_free(&fact);
}

bool json_set(struct edits *edits, const struct text *text, const struct json *object,
              const char *name, const char *value)
{
    const struct json *const old = json_member(object, name);

    if (old != NULL && (old->kind == JSON_ARRAY || old->kind == JSON_OBJECT))
        return refuse(edits, "the value of %s holds others: see to it by hand", name);
    if (old != NULL) {
        edit(edits, old->at.offset, old->at.length, value, strlen(value));
        expect_no_value(edits, text, old);
    } else if (object == NULL) {
        add_object(edits, text, name, value);
    } else if (object->count > 0) {
        add_member(edits, text, object, name, value);
    } else {
        add_first(edits, text, object, name, value);
    }
    expect_member(edits, text, object, name, value);
    return true;
}
