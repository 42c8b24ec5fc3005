#include "core/edits.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_same(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

/* --- what to change --------------------------------------------------------------------------- */

void edit(struct edits *edits, size_t offset, size_t removed, const char *bytes, size_t length)
{
    edits->splices = need_room(edits->splices, &edits->splice_room, edits->splice_count + 1,
                               sizeof(edits->splices[0]));
    edits->splices[edits->splice_count++] = (struct splice){
        .offset = offset,
        .removed = removed,
        .bytes = copy_bytes(bytes, length),
        .length = length,
    };
}

static void expect(struct edits *edits, size_t at, const char *fact, size_t length, bool is_gain)
{
    edits->changes = need_room(edits->changes, &edits->change_room, edits->change_count + 1,
                               sizeof(edits->changes[0]));
    edits->changes[edits->change_count++] = (struct change){
        .fact = copy_bytes(fact, length), .length = length, .at = at, .is_gain = is_gain
    };
}

void expect_loss(struct edits *edits, size_t at, const char *fact, size_t length)
{
    expect(edits, at, fact, length, false);
}

void expect_gain(struct edits *edits, size_t at, const char *fact, size_t length)
{
    expect(edits, at, fact, length, true);
}

bool edits_expect(const struct edits *edits, size_t at)
{
    for (size_t i = 0; i < edits->change_count; i++)
        if (edits->changes[i].at == at)
            return true;
    return false;
}

void edit_beside(struct edits *edits, const char *name, const char *bytes, size_t length,
                 mode_t mode)
{
    beside_add(&edits->besides, name, bytes, length, mode);
}

bool refuse(struct edits *edits, const char *format, ...)
{
    va_list args;

    free(edits->refusal);
    edits->refusal = NULL;
    va_start(args, format);
    if (vasprintf(&edits->refusal, format, args) < 0)
        edits->refusal = NULL;
    va_end(args);
    return false;
}

struct edits_mark edits_mark(const struct edits *edits)
{
    return (struct edits_mark){ .splices = edits->splice_count,
                                .changes = edits->change_count,
                                .besides = edits->besides.count };
}

void edits_cut(struct edits *edits, struct edits_mark mark)
{
    while (edits->splice_count > mark.splices)
        free(edits->splices[--edits->splice_count].bytes);
    while (edits->change_count > mark.changes)
        free(edits->changes[--edits->change_count].fact);
    besides_cut(&edits->besides, mark.besides);
}

void edits_free(struct edits *edits)
{
    edits_cut(edits, (struct edits_mark){ .splices = 0 });
    free(edits->splices);
    free(edits->changes);
    free(edits->refusal);
    *edits = (struct edits){ .splices = NULL };
}

/* --- the changed text ------------------------------------------------------------------------- */

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
    const int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_splices(const void *a, const void *b)
{
    const struct splice *const x = a, *const y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    if (x->removed != y->removed)
        return x->removed < y->removed ? -1 : 1;
    return compare_bytes(x->bytes, x->length, y->bytes, y->length);
}

/* In their order, each once. */
static void sort_splices(struct edits *edits)
{
    struct splice *const splices = edits->splices;
    size_t kept = 0;

    if (edits->splice_count > 1)
        qsort(splices, edits->splice_count, sizeof(splices[0]), compare_splices);
    for (size_t i = 0; i < edits->splice_count; i++) {
        if (kept > 0 && compare_splices(&splices[kept - 1], &splices[i]) == 0)
            free(splices[i].bytes);
        else
            splices[kept++] = splices[i];
    }
    edits->splice_count = kept;
}

bool edits_apply(struct edits *edits, const struct text *before, struct text *after)
{
    struct bytes out = { .data = NULL };
    size_t at = 0;

    sort_splices(edits);
    for (size_t i = 0; i < edits->splice_count; i++) {
        const struct splice *const splice = &edits->splices[i];
        /* two insertions at one place have no order that anybody gave them */
        const bool is_tied = i > 0 && splice->offset == edits->splices[i - 1].offset;
        if (is_tied || splice->offset < at || splice->offset > before->length ||
            splice->removed > before->length - splice->offset) {
            bytes_free(&out);
            return false;
        }
        bytes_add(&out, before->bytes + at, splice->offset - at);
        bytes_add(&out, splice->bytes, splice->length);
        at = splice->offset + splice->removed;
    }
    bytes_add(&out, before->bytes + at, before->length - at);
    text_of(after, before->name, out.data, out.length);
    bytes_free(&out);
    return true;
}

/* --- what it means ---------------------------------------------------------------------------- */

/* How a change compares to one of that kind, place and text. */
static int compare_to(const struct change *change, bool is_gain, size_t at, const char *fact,
                      size_t length)
{
    if (change->at != at)
        return change->at < at ? -1 : 1;
    if (change->is_gain != is_gain)
        return change->is_gain ? 1 : -1;
    return compare_bytes(change->fact, change->length, fact, length);
}

static int compare_changes(const void *a, const void *b)
{
    const struct change *const other = b;

    return compare_to(a, other->is_gain, other->at, other->fact, other->length);
}

/* In their order, none done; each once, but where the place does not say that it is the same. */
static void sort_changes(struct edits *edits)
{
    struct change *const changes = edits->changes;
    size_t kept = 0;

    if (edits->change_count > 1)
        qsort(changes, edits->change_count, sizeof(changes[0]), compare_changes);
    for (size_t i = 0; i < edits->change_count; i++) {
        changes[i].is_done = false;
        if (kept > 0 && changes[i].at != ANYWHERE &&
            compare_changes(&changes[kept - 1], &changes[i]) == 0)
            free(changes[i].fact);
        else
            changes[kept++] = changes[i];
    }
    edits->change_count = kept;
}

/* Marks as done the first change of that kind, place and text that is not. False: there is none. */
static bool take(struct edits *edits, bool is_gain, size_t at, const char *fact, size_t length)
{
    struct change *const changes = edits->changes;
    size_t low = 0, high = edits->change_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_to(&changes[middle], is_gain, at, fact, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < edits->change_count; low++) {
        if (compare_to(&changes[low], is_gain, at, fact, length) != 0)
            return false;
        if (!changes[low].is_done)
            return changes[low].is_done = true;
    }
    return false;
}

/* The walk through both lists. */
struct walk {
    struct edits *edits;
    const struct facts *before, *after;
    size_t i, j;
};

/* Goes past the gains that may be where the walk is: those of this place first. */
static void skip_gains(struct walk *walk)
{
    for (; walk->j < walk->after->count; walk->j++) {
        size_t length, other_length;
        const char *const fact = fact_at(walk->after, walk->j, &length);
        if (take(walk->edits, true, walk->i, fact, length))
            continue;
        const char *const other =
            walk->i < walk->before->count ? fact_at(walk->before, walk->i, &other_length) : NULL;
        if (other != NULL && is_same(fact, length, other, other_length))
            return;
        if (!take(walk->edits, true, ANYWHERE, fact, length))
            return;
    }
}

static char *describe(const char *what, const char *fact, size_t length)
{
    struct bytes out = { .data = NULL };

    bytes_text(&out, what);
    put_visible(&out, fact, length < 100 ? length : 100);
    return out.data;
}

static bool walk_on(struct walk *walk, char **why)
{
    size_t length, other_length;

    for (; walk->i < walk->before->count; walk->i++) {
        const char *const fact = fact_at(walk->before, walk->i, &length);
        const bool is_lost = take(walk->edits, false, walk->i, fact, length) ||
                             take(walk->edits, false, ANYWHERE, fact, length);
        skip_gains(walk);
        if (is_lost)
            continue;
        const char *const other =
            walk->j < walk->after->count ? fact_at(walk->after, walk->j, &other_length) : NULL;
        if (other == NULL || !is_same(fact, length, other, other_length)) {
            *why = describe("it would change something else too: ", fact, length);
            return false;
        }
        walk->j++;
    }
    skip_gains(walk);
    return true;
}

bool edits_explain(struct edits *edits, const struct facts *before, const struct facts *after,
                   char **why)
{
    struct walk walk = { .edits = edits, .before = before, .after = after };
    size_t length;

    *why = NULL;
    sort_changes(edits);
    if (before->is_full || after->is_full) {
        *why = format_text("there is too much in the file to compare it");
        return false;
    }
    if (!walk_on(&walk, why))
        return false;
    if (walk.j < after->count) {
        const char *const fact = fact_at(after, walk.j, &length);
        *why = describe("it would also mean: ", fact, length);
        return false;
    }
    for (size_t i = 0; i < edits->change_count; i++)
        if (!edits->changes[i].is_done) {
            *why =
                describe("it would not mean: ", edits->changes[i].fact, edits->changes[i].length);
            return false;
        }
    return true;
}
