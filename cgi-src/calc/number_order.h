/* Comparison of numbers. Inside calc/ only; see number.h. */
#ifndef BULKHEAD_NUMBER_ORDER_H
#define BULKHEAD_NUMBER_ORDER_H

#include "number.h"

/* OP_EQUAL to OP_GREATER_EQUAL, exact between integers and floats. Complex numbers have no order.
 */
bool number_compare(enum op op, const struct value *left, const struct value *right);

#endif
