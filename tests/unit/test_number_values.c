/* Equality, hash, truth and identity: what containers ask of numbers. */
#include "calc/integer.h"
#include "calc/state.h"

#include <criterion/criterion.h>
#include <math.h>

static struct calc *calc;
static struct calc_result result;

static void set_up(void)
{
    calc = calc_new();
    cr_assert_not_null(calc);
    result = (struct calc_result){ .status = CALC_OK };
    calc->result = &result;
    calc->used = 0;
    calc->work_left = WORK;
    calc->identities = 0;
}

static void tear_down(void)
{
    calc_free(calc);
}

TestSuite(number_values, .init = set_up, .fini = tear_down);

static struct place here(void)
{
    return (struct place){ .mark = calc_mark(calc) };
}

static struct value integer(const char *hexadecimal)
{
    struct value value = { .kind = VALUE_NONE };
    mpz_t n;

    cr_assert_eq(mpz_init_set_str(n, hexadecimal, 16), 0);
    cr_assert(integer_store(calc, n, here(), &value));
    mpz_clear(n);
    return value;
}

static struct value real(double x)
{
    return (struct value){ .kind = VALUE_FLOAT, .number = x };
}

static struct value complex(double re, double im)
{
    return (struct value){ .kind = VALUE_COMPLEX, .complex = { .real = re, .imaginary = im } };
}

static struct value truth(bool is_true)
{
    return (struct value){ .kind = VALUE_BOOL, .truth = is_true };
}

Test(number_values, hashes_are_pythons)
{
    const struct {
        struct value value;
        int64_t hash; /* hash(value) in CPython */
        const char *reason;
    } rows[] = {
        { integer("0"), 0, "nothing" },
        { integer("-1"), -2, "-1 is an error there" },
        { integer("1fffffffffffffff"), 0, "the modulus" },
        { integer("-2000000000000000"), -2, "congruent to -1" },
        { integer("123456789abcdef0123456789abcdef"), INT64_C(0xa3d70a3d70a3d67), "two limbs" },
        { truth(true), 1, "a truth" },
        { real(1.0), 1, "as the integer" },
        { real(-1.0), -2, "as the integer" },
        { real(0.5), INT64_C(1) << 60, "the inverse of 2" },
        { real(INFINITY), 314159, "by definition" },
        { real(-INFINITY), -314159, "by definition" },
        { complex(1.0, 0.0), 1, "as the integer" },
        { complex(0.0, 1.0), 1000003, "by definition" },
        { complex(-1.0, 0.0), -2, "as the integer" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq((int64_t)number_hash(&rows[i].value), rows[i].hash, "row %zu: %s: %ld", i,
                     rows[i].reason, (long)number_hash(&rows[i].value));
}

Test(number_values, what_is_equal_has_one_hash)
{
    const struct value equal[] = {
        truth(true), integer("1"), real(1.0), complex(1.0, 0.0), complex(1.0, -0.0),
    };
    const size_t count = sizeof(equal) / sizeof(equal[0]);

    for (size_t i = 0; i < count * count; i++) {
        const struct value *const left = &equal[i / count], *const right = &equal[i % count];
        cr_expect(number_equal(left, right), "%zu and %zu", i / count, i % count);
        cr_expect_eq(number_hash(left), number_hash(right), "%zu and %zu", i / count, i % count);
    }
}

Test(number_values, neighbours_are_not_equal)
{
    const struct value exact = integer("20000000000001");
    const struct value near = real(9007199254740992.0), nearly = complex(9007199254740992.0, 0.0);
    const struct value nothing = real(NAN);

    cr_expect_not(number_equal(&exact, &near), "2**53 + 1 is no float");
    cr_expect_not(number_equal(&near, &exact), "in no order");
    cr_expect_not(number_equal(&exact, &nearly), "nor a complex number");
    cr_expect_not(number_equal(&nothing, &nothing), "identity is the container's business");
}

Test(number_values, every_computed_nan_is_another)
{
    struct value constant, first, second, kept;

    cr_assert(constant_find("nan", 3, &constant));
    cr_expect_eq(constant.identity, 0u);
    cr_assert(number_unary(calc, OP_MINUS, &constant, here(), &first));
    cr_assert(number_binary(calc, OP_ADD, &constant, &constant, here(), &second));
    cr_expect_neq(first.identity, 0u, "a new object");
    cr_expect_neq(second.identity, first.identity, "and another");
    cr_assert(number_unary(calc, OP_PLUS, &first, here(), &kept));
    cr_expect_eq(kept.identity, first.identity, "+x is x");
    cr_assert(function_call(calc, function_find("float", 5), &first, 1, here(), &kept));
    cr_expect_eq(kept.identity, first.identity, "float(x) is x");
    cr_assert(function_call(calc, function_find("fabs", 4), &first, 1, here(), &kept));
    cr_expect_neq(kept.identity, first.identity, "fabs(x) is not");
}

Test(number_values, truth_is_pythons)
{
    const struct value falses[] = { truth(false),
                                    integer("0"),
                                    real(0.0),
                                    real(-0.0),
                                    complex(0, -0.0),
                                    { .kind = VALUE_NONE },
                                    { .kind = VALUE_STR },
                                    { .kind = VALUE_DICT } };
    const struct value trues[] = {
        truth(true), integer("-1"), real(NAN), complex(0, 1), { .kind = VALUE_ELLIPSIS }
    };

    for (size_t i = 0; i < sizeof(falses) / sizeof(falses[0]); i++)
        cr_expect_not(value_truth(&falses[i]), "%zu", i);
    for (size_t i = 0; i < sizeof(trues) / sizeof(trues[0]); i++)
        cr_expect(value_truth(&trues[i]), "%zu", i);
}

Test(number_values, a_result_takes_the_place_of_its_operands)
{
    const struct place place = here();
    const struct value left = integer("123456789abcdef0123456789abcdef");
    const struct value right = integer("1");
    struct value sum;

    cr_assert(number_binary(calc, OP_SUBTRACT, &left, &right, place, &sum));
    cr_expect_eq((const char *)sum.integer.limbs, calc->memory + place.mark);
    cr_assert_eq(sum.integer.size, 2);
    cr_expect_eq(sum.integer.limbs[0], UINT64_C(0x0123456789abcdee));
    cr_expect_eq(calc_mark(calc), place.mark + 2 * sizeof(mp_limb_t));
}

Test(number_values, names_are_whole)
{
    struct value value;

    cr_expect_null(function_find("sqr", 3));
    cr_expect_null(function_find("sqrtx", 5));
    cr_expect_not_null(function_find("sqrtx", 4), "no NUL is needed");
    cr_expect_null(function_find("", 0));
    cr_expect_not(constant_find("p", 1, &value));
    cr_expect_not(constant_find("pie", 3, &value));
}
