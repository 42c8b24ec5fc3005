#include "comparison/comparison.h"

#include <stdlib.h>
#include <string.h>

const char *fate_name(enum fate fate)
{
    static const char *const names[] = {
        [FATE_NEW] = "new", [FATE_LEFT] = "left", [FATE_FIXED] = "fixed"
    };
    return names[fate];
}

size_t tally_found(const struct tally *tally)
{
    return tally->fates[FATE_FIXED] + tally->fates[FATE_LEFT];
}

size_t tally_now(const struct tally *tally)
{
    return tally->fates[FATE_NEW] + tally->fates[FATE_LEFT];
}

/* --- the order -------------------------------------------------------------------------------- */

static int compare_pieces(struct piece a, struct piece b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

/* Those that are equal are the same finding. */
static int compare_identity(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;
    const int order = compare_pieces(x->file, y->file);

    if (order != 0)
        return order;
    return (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
}

static int compare_shown(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;

    if (x->fate != y->fate)
        return x->fate < y->fate ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    const int order = compare_pieces(x->file, y->file);
    if (order != 0)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    const int ids = compare_pieces(x->id, y->id);
    return ids != 0 ? ids : compare_identity(x, y);
}

static void sort(struct entry *list, size_t count, int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(list, count, sizeof(list[0]), compare);
}

/* --- what became of them ---------------------------------------------------------------------- */

static const char *known_type(struct piece type)
{
    for (size_t i = 0; i < check_count(); i++) {
        const char *const name = check_at(i)->type;
        if (strlen(name) == type.length && memcmp(name, type.bytes, type.length) == 0)
            return name;
    }
    return "other";
}

static struct tally *tally_of_type(struct comparison *comparison, const char *name)
{
    size_t i = 0;

    while (i < comparison->type_count && strcmp(comparison->types[i].name, name) != 0)
        i++;
    if (i == comparison->type_count && i < TYPES_MAX)
        comparison->types[comparison->type_count++].name = name;
    return &comparison->types[i < TYPES_MAX ? i : TYPES_MAX - 1].tally;
}

static void add(struct comparison *comparison, const struct entry *entry, enum fate fate)
{
    comparison->list = need_room(comparison->list, &comparison->room, comparison->count + 1,
                                 sizeof(comparison->list[0]));
    comparison->list[comparison->count] = *entry;
    comparison->list[comparison->count++].fate = fate;
    comparison->all.fates[fate]++;
    comparison->severities[entry->severity].fates[fate]++;
    tally_of_type(comparison, known_type(entry->type))->fates[fate]++;
}

static int compare_types(const void *a, const void *b)
{
    const struct type_tally *const x = a, *const y = b;

    return strcmp(x->name, y->name);
}

void compare_scans(struct comparison *comparison, struct scan *first, struct scan *second)
{
    size_t i = 0, j = 0;

    *comparison = (struct comparison){ .first = first, .second = second };
    sort(first->list, first->count, compare_identity);
    sort(second->list, second->count, compare_identity);
    while (i < first->count || j < second->count) {
        const int order = i == first->count ? 1
                          : j == second->count
                              ? -1
                              : compare_identity(&first->list[i], &second->list[j]);
        if (order < 0)
            add(comparison, &first->list[i++], FATE_FIXED);
        else
            add(comparison, &second->list[j++], order > 0 ? FATE_NEW : FATE_LEFT);
        i += order == 0;
    }
    sort(comparison->list, comparison->count, compare_shown);
    if (comparison->type_count > 1)
        qsort(comparison->types, comparison->type_count, sizeof(comparison->types[0]),
              compare_types);
}

void comparison_free(struct comparison *comparison)
{
    free(comparison->list);
    comparison->list = NULL;
}
