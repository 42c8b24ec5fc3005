/* Where libyaml's marks are: they count characters, and not the byte order mark of the file. */
#include "core/utf8.h"
#include "yaml/yaml_parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 64 };

void tree_marks_make(struct tree_marks *marks, const struct text *text)
{
    size_t at = text->begin, room = 0;

    *marks = (struct tree_marks){ .text = text };
    for (size_t character = 0; at < text->length; character++) {
        if (character % STEP == 0) {
            marks->offsets =
                need_room(marks->offsets, &room, marks->count + 1, sizeof(marks->offsets[0]));
            marks->offsets[marks->count++] = at;
        }
        at += utf8_length(text->bytes + at, text->length - at);
    }
}

void tree_marks_free(struct tree_marks *marks)
{
    free(marks->offsets);
    *marks = (struct tree_marks){ .offsets = NULL };
}

size_t tree_marks_offset(const struct tree_marks *marks, size_t index)
{
    const struct text *const text = marks->text;

    if (index / STEP >= marks->count)
        return text->length;
    size_t at = marks->offsets[index / STEP];
    for (size_t i = index % STEP; i > 0 && at < text->length; i--)
        at += utf8_length(text->bytes + at, text->length - at);
    return at;
}

/* How many bytes of white space are there: lines end in more ways than one. */
static size_t space_at(const char *at)
{
    if (*at != '\0' && strchr(" \t\r\n", *at) != NULL)
        return 1;
    if (strncmp(at, "\xc2\x85", 2) == 0)
        return 2;
    if (strncmp(at, "\xe2\x80\xa8", 3) == 0 || strncmp(at, "\xe2\x80\xa9", 3) == 0)
        return 3;
    return 0;
}

/* An anchor has letters, digits, _ and -; a tag what an address has, or anything in < and >. */
static size_t skip_property(const struct text *text, size_t at, size_t end)
{
    const bool is_anchor = text->bytes[at] == '&';

    if (!is_anchor && at + 1 < end && text->bytes[at + 1] == '<') {
        while (at < end && text->bytes[at] != '>')
            at++;
        return at < end ? at + 1 : end;
    }
    for (at++; at < end && space_at(text->bytes + at) == 0; at++)
        if (is_anchor
                ? !isalnum((unsigned char)text->bytes[at]) && strchr("_-", text->bytes[at]) == NULL
                : strchr(",[]{}", text->bytes[at]) != NULL)
            break;
    return at;
}

/* libyaml passes over a byte order mark wherever a line begins. */
static bool is_mark_at_line(const struct text *text, size_t at)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (strncmp(text->bytes + at, mark, strlen(mark)) != 0 || at == 0)
        return false;
    const char last = text->bytes[at - 1];
    return last == '\n' || last == '\r' || (at > 1 && space_at(text->bytes + at - 2) == 2) ||
           (at > 2 && space_at(text->bytes + at - 3) == 3);
}

size_t tree_skip_properties(const struct text *text, size_t from, size_t end, int properties)
{
    size_t at = from;

    while (at < end) {
        const char c = text->bytes[at];
        if (space_at(text->bytes + at) > 0) {
            at += space_at(text->bytes + at);
        } else if (is_mark_at_line(text, at)) {
            at += 3;
        } else if (c == '#') {
            while (at < end && (space_at(text->bytes + at) == 0 || strchr(" \t", text->bytes[at])))
                at++;
        } else if ((c == '&' || c == '!') && properties > 0) {
            properties--;
            at = skip_property(text, at, end);
        } else {
            break;
        }
    }
    return at;
}
