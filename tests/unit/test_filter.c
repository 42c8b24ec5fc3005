/* The rules of a route as a filter: what would let through more than it says is refused. */
#include "route/filter.h"

#include "route/calls.h"
#include "route/sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>

/* What comes of a route with these calls. */
static int add(const struct call *calls)
{
    const struct sandbox sandbox = { .calls = calls };
    const struct route route = { .name = "test", .sandbox = &sandbox, .workers = 1 };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    cr_assert(filter != NULL);
    const int error = filter_add_rules(filter, &route, false);
    seccomp_release(filter);
    return error;
}

Test(filter, good_rules_are_taken)
{
    static const struct call calls[] = {
        ALLOW(getppid, "a test"),
        ALLOW(ioctl, "a test", IS(1, 7)),
        ALLOW(ioctl, "a test", IS(1, 8), NONE_OF(2, 1)),
        ALLOW_JOURNAL_OPEN("a test"),
        CALLS_END,
    };

    cr_expect_eq(add(calls), 0);
    cr_expect_eq(add(NULL), 0);
}

Test(filter, a_mask_of_no_bits_is_a_mistake)
{
    static const struct call calls[] = { ALLOW(ioctl, "a test", NONE_OF(1, 0)), CALLS_END };

    cr_expect_eq(add(calls), -EINVAL);
}

/* A polite refusal is the opposite of one value of one argument. */
Test(filter, what_is_refused_has_one_form_at_most)
{
    static const struct call two[] = { ALLOW(openat, "a test", IS(2, 1)),
                                       ALLOW(openat, "a test", IS(2, 2)), CALLS_END };
    static const struct call bits[] = { ALLOW(openat, "a test", NONE_OF(2, 1)), CALLS_END };
    static const struct call any[] = { ALLOW(openat, "a test"), CALLS_END };

    cr_expect_eq(add(two), -EINVAL);
    cr_expect_eq(add(bits), -EINVAL);
    cr_expect_eq(add(any), -EINVAL);
}
