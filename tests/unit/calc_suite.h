/* One calculator for each test of a suite. */
#ifndef BULKHEAD_CALC_SUITE_H
#define BULKHEAD_CALC_SUITE_H

#include "calc/calc.h"

#include <criterion/criterion.h>
#include <string.h>

static struct calc *calc;

static void set_up(void)
{
    calc = calc_new();
    cr_assert_not_null(calc);
}

static void tear_down(void)
{
    calc_free(calc);
}

static struct calc_result evaluate(const char *source)
{
    struct calc_result result;

    calc_evaluate(calc, source, strlen(source), &result);
    return result;
}

#endif
