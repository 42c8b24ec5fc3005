/* Which of several changes breaks something, by trying some of them. Pure but for the tries. */
#ifndef BULKHEAD_BISECT_H
#define BULKHEAD_BISECT_H

#include <stdbool.h>
#include <stddef.h>

enum outcome {
    OUTCOME_UP,
    OUTCOME_DOWN,
    OUTCOME_TROUBLE, /* nothing can be said: it ends the search */
};

/* Tries those that are chosen, which are not none. */
typedef enum outcome try_fn(void *context, const bool *chosen);

enum { CHANGES_MAX = 64, TRIES_MAX = 32 };

struct bisection {
    size_t count;            /* of the changes */
    int weight[CHANGES_MAX]; /* of several that break it together, the lightest is left out */
    try_fn *attempt;
    void *context;
    size_t tries;                  /* done; at most TRIES_MAX */
    size_t group[CHANGES_MAX];     /* 0: no culprit; those with the same number break it together */
    bool is_left_out[CHANGES_MAX]; /* without these it is up */
};

/*
 * All together they are down, and none of them is up. Finds smallest sets that are down, one after
 * another, until what is left is up. TROUBLE: a try was, or there would be too many.
 */
enum outcome bisect(struct bisection *bisection);

#endif
