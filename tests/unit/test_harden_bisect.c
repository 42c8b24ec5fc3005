/* Which of several changes breaks something. */
#include "verify/bisect.h"

#include <criterion/criterion.h>
#include <string.h>

/* Sets that are down: each in brackets of its own, by letters; whatever has all of one is down. */
struct world {
    const char *down;
    size_t trouble_at; /* the try that can't be made; 0: none */
    size_t tries;
};

static enum outcome attempt(void *context, const bool *chosen)
{
    struct world *const world = context;
    bool is_all = true, is_down = false;

    if (++world->tries == world->trouble_at)
        return OUTCOME_TROUBLE;
    for (const char *c = world->down; *c != '\0'; c++) {
        if (*c == ' ') {
            is_down |= is_all;
            is_all = true;
        } else {
            is_all &= chosen[*c - 'a'];
        }
    }
    return is_down ? OUTCOME_DOWN : OUTCOME_UP;
}

Test(harden_bisect, culprits)
{
    static const struct {
        size_t count;
        const char *down, *left_out, *culprits, *reason;
        size_t tries;
    } rows[] = {
        { 1, "a ", "a", "1", "the only one needs no try", 0 },
        { 2, "a ", "a", "10", "the first of two", 2 },
        { 2, "b ", "b", "01", "the second of two: and that it is it alone", 3 },
        { 8, "e ", "e", "00001000", "in the middle", 5 },
        { 8, "a h ", "ah", "10000002", "two, each alone: the first that breaks it comes first", 9 },
        { 4, "ab ", "a", "1100", "two together: the lighter is left out", 5 },
        { 8, "bcg ", "b", "01100010", "three together", 14 },
        { 3, "a b c ", "abc", "123", "each: nothing is left", 6 },
        { 4, "ab cd ", "ac", "1122", "two pairs", 10 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world world = { .down = rows[i].down };
        struct bisection bisection = { .count = rows[i].count,
                                       .attempt = attempt,
                                       .context = &world };
        char left_out[CHANGES_MAX + 1] = "", groups[CHANGES_MAX + 1] = "";
        size_t length = 0;
        for (size_t j = 0; j < rows[i].count; j++)
            bisection.weight[j] = (int)j;
        cr_expect_eq(bisect(&bisection), OUTCOME_UP, "%s", rows[i].reason);
        for (size_t j = 0; j < rows[i].count; j++) {
            groups[j] = (char)('0' + bisection.group[j]);
            if (bisection.is_left_out[j])
                left_out[length++] = (char)('a' + j);
        }
        cr_expect_str_eq(left_out, rows[i].left_out, "%s: %s", rows[i].reason, left_out);
        cr_expect_str_eq(groups, rows[i].culprits, "%s: %s", rows[i].reason, groups);
        cr_expect_leq(bisection.tries, rows[i].tries, "%s: %zu", rows[i].reason, bisection.tries);
    }
}

Test(harden_bisect, trouble_ends_it)
{
    for (size_t at = 1; at <= 5; at++) {
        struct world world = { .down = "e ", .trouble_at = at };
        struct bisection bisection = { .count = 8, .attempt = attempt, .context = &world };
        cr_expect_eq(bisect(&bisection), OUTCOME_TROUBLE, "%zu", at);
        cr_expect_eq(world.tries, at);
    }
}

static enum outcome all_down(void *context, const bool *chosen)
{
    (void)context;
    (void)chosen;
    return OUTCOME_DOWN;
}

Test(harden_bisect, it_is_bounded)
{
    struct bisection bisection = { .count = CHANGES_MAX, .attempt = all_down };

    cr_expect_eq(bisect(&bisection), OUTCOME_TROUBLE);
    cr_expect_eq(bisection.tries, TRIES_MAX);
}
