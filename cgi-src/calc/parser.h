/* From text to instructions: see code.h. Inside calc/ only. */
#ifndef BULKHEAD_PARSER_H
#define BULKHEAD_PARSER_H

#include "state.h"

/*
 * Parses all of calc->source to calc->code. False after calc_fail: CALC_SYNTAX for what is not of
 * the language, CALC_LIMIT for what is nested deeper than CALC_MAX_DEPTH.
 */
bool parser_parse(struct calc *calc);

#endif
