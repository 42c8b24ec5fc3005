/* Rows of expressions on numbers and what CPython 3.11 makes of them. */
#ifndef BULKHEAD_NUMBER_ROWS_H
#define BULKHEAD_NUMBER_ROWS_H

#include "calc/calc.h"

#include <criterion/criterion.h>
#include <string.h>

struct row {
    const char *expression;
    const char *answer; /* NULL: Python raises, or one of our limits is reached */
    const char *reason;
};

static void expect_row(struct calc *calc, const struct row *row)
{
    struct calc_result result;

    calc_evaluate(calc, row->expression, strlen(row->expression), &result);
    if (row->answer == NULL) {
        cr_expect(result.status == CALC_VALUE || result.status == CALC_LIMIT,
                  "%s is refused (%s), not %s %s", row->expression, row->reason,
                  result.status == CALC_OK ? result.text : "", result.detail);
        return;
    }
    cr_assert_eq(result.status, CALC_OK, "%s: %s (%s)", row->expression, result.detail,
                 row->reason);
    cr_expect_str_eq(result.text, row->answer, "%s is %s, not %s (%s)", row->expression,
                     row->answer, result.text, row->reason);
}

static void expect_rows(const struct row *rows, size_t count)
{
    struct calc *const calc = calc_new();

    cr_assert_not_null(calc);
    for (size_t i = 0; i < count; i++)
        expect_row(calc, &rows[i]);
    calc_free(calc);
}

#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
