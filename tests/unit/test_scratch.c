/* GMP's memory: taken from what an evaluation provides, used again, and never the program's end. */
#include "calc/scratch.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <stdlib.h>

static struct scratch scratch;

static void set_up(void)
{
    scratch_install();
    scratch.memory = malloc(SCRATCH_BYTES);
    cr_assert_not_null(scratch.memory);
}

static void tear_down(void)
{
    free(scratch.memory);
}

TestSuite(scratch, .init = set_up, .fini = tear_down);

Test(scratch, what_is_too_much_is_jumped_out_of)
{
    mpz_t number;

    for (int i = 0; i < 2; i++) {
        volatile int jumps = 0;
        scratch_begin(&scratch);
        if (setjmp(scratch.exhausted) == 0) {
            mpz_init(number);
            mpz_ui_pow_ui(number, 3, 8UL * SCRATCH_BYTES);
            cr_assert(false, "a number of more bytes than there are");
        } else {
            jumps = jumps + 1;
        }
        scratch_end();
        cr_expect_eq(jumps, 1);
    }
}

Test(scratch, what_is_given_back_is_used_again)
{
    mpz_t number;

    scratch_begin(&scratch);
    if (setjmp(scratch.exhausted) != 0)
        cr_assert(false,
                  "a hundred thousand blocks of 8 KiB had room for one after the other only");
    for (int i = 0; i < 100000; i++) {
        mpz_init2(number, 65536);
        mpz_set_ui(number, 7);
        mpz_mul(number, number, number);
        cr_assert_eq(mpz_get_ui(number), 49u);
        mpz_clear(number);
    }
    scratch_end();
}

Test(scratch, a_number_grows_and_keeps_its_value)
{
    mpz_t number;

    scratch_begin(&scratch);
    if (setjmp(scratch.exhausted) != 0)
        cr_assert(false, "never");
    mpz_init_set_ui(number, 1);
    for (int i = 0; i < 5000; i++)
        mpz_mul_ui(number, number, 10);
    for (int i = 0; i < 5000; i++)
        cr_assert_eq(mpz_tdiv_q_ui(number, number, 10), 0u);
    cr_expect_eq(mpz_cmp_ui(number, 1), 0);
    scratch_end();
}

Test(scratch, outside_of_an_evaluation_it_is_malloc)
{
    mpz_t number;

    mpz_init(number);
    mpz_ui_pow_ui(number, 2, 8UL * SCRATCH_BYTES);
    cr_expect_eq(mpz_sizeinbase(number, 2), 8UL * SCRATCH_BYTES + 1);
    mpz_clear(number);
}
