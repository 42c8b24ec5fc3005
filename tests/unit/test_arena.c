/* Request memory. */
#include "route/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>

static char *__attribute__((format(printf, 3, 4)))
format(struct arena *arena, size_t *length, const char *text, ...)
{
    va_list args;

    va_start(args, text);
    char *result = arena_vformat(arena, length, text, args);
    va_end(args);
    return result;
}

Test(arena, blocks_are_aligned_and_apart)
{
    struct arena arena;

    cr_assert(arena_init(&arena, 4096));
    char *previous = arena_alloc(&arena, 1);
    for (int i = 0; i < 10; i++) {
        char *block = arena_alloc(&arena, 1);
        cr_expect_eq((uintptr_t)block % alignof(max_align_t), 0u);
        cr_expect_gt(block, previous);
        previous = block;
    }
    arena_free(&arena);
}

Test(arena, exactly_its_size_can_be_taken)
{
    struct arena arena;

    cr_assert(arena_init(&arena, 64));
    cr_expect_not_null(arena_alloc(&arena, 64));
    cr_expect_not(arena.exhausted);
    cr_expect_null(arena_alloc(&arena, 1));
    cr_expect(arena.exhausted);
    arena_reset(&arena);
    cr_expect_not(arena.exhausted);
    cr_expect_null(arena_alloc(&arena, SIZE_MAX), "no overflow of the sum");
    arena_reset(&arena);
    cr_expect_not_null(arena_alloc(&arena, 64), "all of it is back");
    arena_free(&arena);
}

Test(arena, text_that_does_not_fit_is_not_cut)
{
    struct arena arena;
    size_t length = 0;

    cr_assert(arena_init(&arena, 8));
    cr_expect_str_eq(format(&arena, &length, "%s", "1234567"), "1234567");
    cr_expect_eq(length, 7u);
    arena_reset(&arena);
    cr_expect_null(format(&arena, &length, "%s", "12345678"), "the NUL has no room");
    cr_expect(arena.exhausted);
    arena_free(&arena);
}
