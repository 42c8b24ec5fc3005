/* Values as text. Inside calc/ only. */
#ifndef BULKHEAD_PRINT_H
#define BULKHEAD_PRINT_H

#include "state.h"

/*
 * Writes Python's str(value) to calc->output. False after calc_fail: CALC_LIMIT over
 * CALC_MAX_OUTPUT, CALC_VALUE for a str that UTF-8 has no bytes for.
 */
bool print_value(struct calc *calc, const struct value *value);

#endif
