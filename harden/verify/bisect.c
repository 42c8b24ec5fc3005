#include "verify/bisect.h"

#include <string.h>

static enum outcome attempt(struct bisection *bisection, const bool *chosen)
{
    if (bisection->tries == TRIES_MAX)
        return OUTCOME_TROUBLE;
    bisection->tries++;
    return bisection->attempt(bisection->context, chosen);
}

/* Changes that are still in, in their order, and those of them that are known to be culprits. */
struct search {
    struct bisection *bisection;
    size_t rest[CHANGES_MAX];
    size_t count;
    bool is_culprit[CHANGES_MAX];
};

/* The culprits so far, with the first `end` of the rest. */
static enum outcome attempt_first(struct search *search, size_t end)
{
    bool chosen[CHANGES_MAX];

    memcpy(chosen, search->is_culprit, sizeof(chosen));
    for (size_t i = 0; i < end; i++)
        chosen[search->rest[i]] = true;
    return attempt(search->bisection, chosen);
}

/* The least *end with which it is down; with 0 it is up, with *end down. */
static enum outcome narrow(struct search *search, size_t *end)
{
    size_t up = 0;

    while (*end - up > 1) {
        const size_t middle = up + (*end - up) / 2;
        const enum outcome outcome = attempt_first(search, middle);
        if (outcome == OUTCOME_TROUBLE)
            return outcome;
        if (outcome == OUTCOME_DOWN)
            *end = middle;
        else
            up = middle;
    }
    return OUTCOME_DOWN;
}

/* Finds one smallest set: each of its members is the last that it took to be down. */
static enum outcome find_culprits(struct search *search)
{
    size_t end = search->count;

    for (;;) {
        if (narrow(search, &end) == OUTCOME_TROUBLE)
            return OUTCOME_TROUBLE;
        search->is_culprit[search->rest[--end]] = true;
        if (end == 0)
            return OUTCOME_DOWN;
        const enum outcome outcome = attempt_first(search, 0);
        if (outcome != OUTCOME_UP)
            return outcome;
    }
}

static void leave_out(struct bisection *bisection, const struct search *search, size_t group)
{
    size_t lightest = CHANGES_MAX;

    for (size_t i = 0; i < bisection->count; i++) {
        if (!search->is_culprit[i])
            continue;
        bisection->group[i] = group;
        if (lightest == CHANGES_MAX || bisection->weight[i] < bisection->weight[lightest])
            lightest = i;
    }
    if (lightest < CHANGES_MAX)
        bisection->is_left_out[lightest] = true;
}

enum outcome bisect(struct bisection *bisection)
{
    for (size_t group = 1;; group++) {
        struct search search = { .bisection = bisection };
        for (size_t i = 0; i < bisection->count; i++)
            if (!bisection->is_left_out[i])
                search.rest[search.count++] = i;
        if (search.count == 0)
            return OUTCOME_UP;
        if (group > 1) {
            const enum outcome outcome = attempt_first(&search, search.count);
            if (outcome != OUTCOME_DOWN)
                return outcome;
        }
        if (find_culprits(&search) == OUTCOME_TROUBLE)
            return OUTCOME_TROUBLE;
        leave_out(bisection, &search, group);
    }
}
