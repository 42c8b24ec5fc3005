#include "core/diff.h"

#include "core/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* So many changes are looked for one by one before all in between is one. */
enum { CHANGES_MAX = 1000 };

/* How many lines around a change are shown. */
static const size_t context = 3;

/* The lines of both that are left between what is the same at the beginning and at the end. */
struct sides {
    const struct text *before, *after;
    size_t before_count, after_count; /* lines; an empty one behind the last newline is none */
    bool *is_removed, *is_added;
};

/* --- lines ------------------------------------------------------------------------------------ */

static size_t count_lines(const struct text *text)
{
    return text->lines[text->line_count - 1] == text->length ? text->line_count - 1
                                                             : text->line_count;
}

/* With what ends it, from 0. */
static const char *line_of(const struct text *text, size_t index, size_t *length)
{
    const size_t from = text->lines[index];

    *length = (index + 1 < text->line_count ? text->lines[index + 1] : text->length) - from;
    return text->bytes + from;
}

static bool is_same_line(const struct sides *sides, size_t i, size_t j)
{
    size_t length, other_length;
    const char *const line = line_of(sides->before, i, &length);
    const char *const other = line_of(sides->after, j, &other_length);

    return length == other_length && memcmp(line, other, length) == 0;
}

/* --- which lines go, and which come (Myers, An O(ND) Difference Algorithm, 1986) -------------- */

/* A part of both: `n` lines from `from`, and `m` from `other_from`. */
struct part {
    size_t from, n, other_from, m;
};

/* How far along diagonal k one comes by d changes; `v` is for d - 1, with its middle at k = 0. */
static long reach(const struct sides *sides, const struct part *part, const long *v, long d, long k)
{
    long x = k == -d || (k != d && v[k - 1] < v[k + 1]) ? v[k + 1] : v[k - 1] + 1;

    while (x < (long)part->n && x - k < (long)part->m && x - k >= 0 &&
           is_same_line(sides, part->from + (size_t)x, part->other_from + (size_t)(x - k)))
        x++;
    return x;
}

/* Follows the saved rounds back from the end, and marks what each one changed. */
static void mark_back(struct sides *sides, const struct part *part, long *const *rounds, long d)
{
    long x = (long)part->n, y = (long)part->m;

    for (; d > 0; d--) {
        const long *const v = rounds[d - 1];
        const long k = x - y;
        const bool is_down = k == -d || (k != d && v[k - 1] < v[k + 1]);
        const long from_k = is_down ? k + 1 : k - 1;
        const long from_x = v[from_k], from_y = from_x - from_k;
        if (is_down)
            sides->is_added[part->other_from + (size_t)from_y] = true;
        else
            sides->is_removed[part->from + (size_t)from_x] = true;
        x = from_x;
        y = from_y;
    }
}

static void mark_all(struct sides *sides, const struct part *part)
{
    for (size_t i = 0; i < part->n; i++)
        sides->is_removed[part->from + i] = true;
    for (size_t i = 0; i < part->m; i++)
        sides->is_added[part->other_from + i] = true;
}

/* False: they differ by more than CHANGES_MAX lines. */
static bool mark_shortest(struct sides *sides, const struct part *part)
{
    long *rounds[CHANGES_MAX + 1], *memory[CHANGES_MAX + 1];
    const long goal = (long)part->n - (long)part->m;
    bool is_found = false;
    long d = 0;

    for (; d <= CHANGES_MAX && !is_found; d++) {
        memory[d] = need((size_t)d * 2 + 3, sizeof(long));
        rounds[d] = memory[d] + d + 1;
        for (long k = -d; k <= d && !is_found; k += 2) {
            long first[3] = { 0, 0, 0 };
            rounds[d][k] = reach(sides, part, d > 0 ? rounds[d - 1] : first + 1, d, k);
            is_found = k == goal && rounds[d][k] >= (long)part->n;
        }
    }
    if (is_found)
        mark_back(sides, part, rounds, d - 1);
    while (d > 0)
        free(memory[--d]);
    return is_found;
}

static void mark(struct sides *sides)
{
    size_t head = 0, tail = 0;
    const size_t shorter =
        sides->before_count < sides->after_count ? sides->before_count : sides->after_count;

    while (head < shorter && is_same_line(sides, head, head))
        head++;
    while (tail < shorter - head &&
           is_same_line(sides, sides->before_count - tail - 1, sides->after_count - tail - 1))
        tail++;
    const struct part part = { .from = head,
                               .n = sides->before_count - head - tail,
                               .other_from = head,
                               .m = sides->after_count - head - tail };
    if (!mark_shortest(sides, &part))
        mark_all(sides, &part);
}

/* --- hunks ------------------------------------------------------------------------------------ */

static void put_line(struct bytes *out, char sign, const struct text *text, size_t index)
{
    size_t length;
    const char *const line = line_of(text, index, &length);

    bytes_add(out, &sign, 1);
    bytes_add(out, line, length);
    if (length == 0 || line[length - 1] != '\n')
        bytes_text(out, "\n\\ No newline at end of file\n");
}

/* A range of a hunk: the first line's number, which is the one before where there is none. */
static void put_range(struct bytes *out, char sign, size_t from, size_t count)
{
    bytes_format(out, " %c%zu", sign, count > 0 ? from + 1 : from);
    if (count != 1)
        bytes_format(out, ",%zu", count);
}

static bool is_changed(const struct sides *sides, size_t i, size_t j)
{
    return (i < sides->before_count && sides->is_removed[i]) ||
           (j < sides->after_count && sides->is_added[j]);
}

/* Moves both past a run of changes. */
static void skip_changes(const struct sides *sides, size_t *i, size_t *j)
{
    while (*i < sides->before_count && sides->is_removed[*i])
        ++*i;
    while (*j < sides->after_count && sides->is_added[*j])
        ++*j;
}

static void put_hunk_lines(struct bytes *out, const struct sides *sides, struct part hunk)
{
    size_t i = hunk.from, j = hunk.other_from;
    const size_t end = i + hunk.n, other_end = j + hunk.m;

    while (i < end || j < other_end) {
        if (i < end && sides->is_removed[i])
            put_line(out, '-', sides->before, i++);
        else if (j < other_end && sides->is_added[j])
            put_line(out, '+', sides->after, j++);
        else {
            put_line(out, ' ', sides->before, i++);
            j++;
        }
    }
}

/* Writes the hunk whose first change is at *i and *j, and moves them behind it. */
static void put_hunk(struct bytes *out, const struct sides *sides, size_t *i, size_t *j)
{
    const size_t lead = *i < context ? *i : context;
    const size_t from = *i - lead, other_from = *j - lead;
    size_t same = 0;

    while (is_changed(sides, *i, *j)) {
        skip_changes(sides, i, j);
        for (same = 0; *i + same < sides->before_count && same <= 2 * context &&
                       !is_changed(sides, *i + same, *j + same);
             same++)
            continue;
        if (same <= 2 * context && is_changed(sides, *i + same, *j + same)) {
            *i += same;
            *j += same;
        }
    }
    const size_t after = same < context ? same : context;
    *i += after;
    *j += after;
    const struct part hunk = {
        .from = from, .n = *i - from, .other_from = other_from, .m = *j - other_from
    };
    bytes_text(out, "@@");
    put_range(out, '-', hunk.from, hunk.n);
    put_range(out, '+', hunk.other_from, hunk.m);
    bytes_text(out, " @@\n");
    put_hunk_lines(out, sides, hunk);
}

/* As git writes names: in quotes where something in it would end it; a tab ends one with a blank.
 */
static void put_name(struct bytes *out, const char *sign, const char *side, const char *name)
{
    if (strcmp(name, "/dev/null") == 0) {
        bytes_format(out, "%s %s\n", sign, name);
        return;
    }
    const bool is_quoted = strpbrk(name, "\"\\\a\b\t\n\v\f\r") != NULL;

    while (name[0] == '/')
        name++;
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    bytes_format(out, "%s %s%s/", sign, is_quoted ? "\"" : "", side);
    for (const char *c = name; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (is_quoted && (byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7f))
            bytes_format(out, "\\%03o", byte);
        else
            bytes_add(out, c, 1);
    }
    bytes_text(out, is_quoted ? "\"\n" : strchr(name, ' ') != NULL ? "\t\n" : "\n");
}

void diff_unified(struct bytes *out, const struct text *before, const struct text *after)
{
    struct sides sides = {
        .before = before,
        .after = after,
        .before_count = count_lines(before),
        .after_count = count_lines(after),
    };

    if (before->length == after->length && memcmp(before->bytes, after->bytes, before->length) == 0)
        return;
    sides.is_removed = need(sides.before_count, sizeof(bool));
    sides.is_added = need(sides.after_count, sizeof(bool));
    mark(&sides);
    put_name(out, "---", "a", before->name);
    put_name(out, "+++", "b", after->name);
    for (size_t i = 0, j = 0; i < sides.before_count || j < sides.after_count;) {
        if (is_changed(&sides, i, j)) {
            put_hunk(out, &sides, &i, &j);
        } else {
            i++;
            j++;
        }
    }
    free(sides.is_removed);
    free(sides.is_added);
}
