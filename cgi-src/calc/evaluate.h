/* The machine that runs instructions: see code.h. Inside calc/ only. */
#ifndef BULKHEAD_EVALUATE_H
#define BULKHEAD_EVALUATE_H

#include "state.h"

/*
 * Runs calc->code. The result lies on top of the memory, its parts behind it. False after
 * calc_fail.
 */
bool evaluate_run(struct calc *calc, struct value *result);

#endif
