#include "container.h"

#include "number.h"

#include <math.h>
#include <string.h>

/* Nanoseconds, for calc_work: of an item, and of each comparison beyond those. */
enum { COST_ITEM = 50, COST_COMPARISON = 10 };

/* --- hashes ----------------------------------------------------------------------------------- */

/*
 * Only equality shows, for sets and dicts keep the order in which they were written: any function
 * does that gives equal keys equal hashes. This is FNV-1a on whole words, with its bits spread.
 */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static bool hash_value(struct calc *calc, const struct value *value, size_t position,
                       uint64_t *hash)
{
    uint64_t sum = (uint64_t)value->kind + UINT64_C(0xcbf29ce484222325);

    switch (value->kind) {
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
    case VALUE_COMPLEX:
        sum = number_hash(value);
        break;
    case VALUE_STR:
        for (size_t i = 0; i < value->str.length; i++)
            sum = mix(sum, value->str.code_points[i]);
        break;
    case VALUE_BYTES:
        for (size_t i = 0; i < value->bytes.length; i++)
            sum = mix(sum, value->bytes.data[i]);
        break;
    case VALUE_TUPLE:
        for (size_t i = 0; i < value->sequence.count; i++) {
            uint64_t item = 0;
            if (!hash_value(calc, &value->sequence.items[i], position, &item))
                return false;
            sum = mix(sum, item);
        }
        break;
    case VALUE_LIST:
    case VALUE_SET:
    case VALUE_DICT:
        return calc_fail(calc, CALC_VALUE, position, "unhashable type: '%s'",
                         value_type_name(value));
    default: /* None and ... */
        break;
    }
    *hash = mix(sum, value->kind == VALUE_TUPLE ? value->sequence.count : 0);
    return true;
}

/* --- equality --------------------------------------------------------------------------------- */

static bool is_nan(const struct value *value)
{
    return value->kind == VALUE_FLOAT && isnan(value->number);
}

/* What a set and a dict call the same: Python's `is` or ==. Of values that have a hash. */
static bool is_same(const struct value *left, const struct value *right)
{
    if (is_nan(left) && is_nan(right))
        return left->identity == right->identity;
    if (is_number(left) && is_number(right))
        return number_equal(left, right);
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case VALUE_STR:
        return left->str.length == right->str.length &&
               memcmp(left->str.code_points, right->str.code_points,
                      left->str.length * sizeof(*left->str.code_points)) == 0;
    case VALUE_BYTES:
        return left->bytes.length == right->bytes.length &&
               memcmp(left->bytes.data, right->bytes.data, left->bytes.length) == 0;
    case VALUE_TUPLE:
        if (left->sequence.count != right->sequence.count)
            return false;
        for (size_t i = 0; i < left->sequence.count; i++)
            if (!is_same(&left->sequence.items[i], &right->sequence.items[i]))
                return false;
        return true;
    default: /* None and ... are one object each */
        return true;
    }
}

/* --- keys ------------------------------------------------------------------------------------- */

struct slot {
    uint64_t hash;
    size_t key; /* its place in the items, counted from 1; 0: the slot is free */
};

/* The keys that are there already, by open addressing. */
struct keys {
    struct calc *calc;
    size_t position;
    struct slot *slots;
    size_t mask; /* their number, a power of two, less one */
};

/* Room for `count` keys, at most half of it used. */
static bool keys_init(struct keys *keys, size_t count)
{
    size_t slots = 4;

    while (slots < 2 * count)
        slots *= 2;
    keys->mask = slots - 1;
    keys->slots = calc_alloc(keys->calc, slots * sizeof(struct slot), keys->position);
    if (keys->slots == NULL)
        return false;
    memset(keys->slots, 0, slots * sizeof(struct slot));
    return true;
}

/*
 * The slot of the key that is the same as `key`, or the free one where it belongs; NULL after
 * calc_fail. `items` are what the slots' places count in.
 */
static struct slot *keys_find(struct keys *keys, const struct value *items, const struct value *key,
                              uint64_t hash)
{
    for (size_t at = hash & keys->mask;; at = (at + 1) & keys->mask) {
        struct slot *const slot = &keys->slots[at];
        if (slot->key == 0)
            return slot;
        if (!calc_work(keys->calc, COST_COMPARISON, keys->position))
            return NULL;
        if (slot->hash == hash && is_same(&items[slot->key - 1], key))
            return slot;
    }
}

/*
 * Copies items to `kept`, entries of `width` values each, the first of which is the key, and keeps
 * those that differ. In *count how many values there are, before and after.
 */
static bool keep_different(struct keys *keys, const struct value *items, size_t width,
                           struct value *kept, size_t *count)
{
    size_t length = 0;

    for (size_t i = 0; i < *count; i += width) {
        uint64_t hash = 0;
        if (!hash_value(keys->calc, &items[i], keys->position, &hash))
            return false;
        struct slot *const slot = keys_find(keys, kept, &items[i], hash);
        if (slot == NULL)
            return false;
        if (slot->key > 0) {
            /* Of a dict; a set's entry has nothing behind its key. */
            memcpy(&kept[slot->key], &items[i + 1], (width - 1) * sizeof(*kept));
            continue;
        }
        memcpy(&kept[length], &items[i], width * sizeof(*kept));
        *slot = (struct slot){ .hash = hash, .key = length + 1 };
        length += width;
    }
    *count = length;
    return true;
}

bool container_build(struct calc *calc, enum value_kind kind, const struct value *items,
                     size_t count, size_t position, struct value *out)
{
    struct keys keys = { .calc = calc, .position = position };
    struct value *kept;

    if (!calc_work(calc, count * COST_ITEM, position) ||
        (kept = calc_alloc(calc, count * sizeof(*kept), position)) == NULL)
        return false;
    const size_t mark = calc_mark(calc);
    if (kind == VALUE_SET || kind == VALUE_DICT) {
        const size_t width = kind == VALUE_DICT ? 2 : 1;
        if (!keys_init(&keys, count / width) || !keep_different(&keys, items, width, kept, &count))
            return false;
        calc_release(calc, mark);
    } else if (count > 0) {
        memcpy(kept, items, count * sizeof(*kept));
    }
    *out = (struct value){ .kind = kind, .sequence = { .items = kept, .count = count } };
    return true;
}
