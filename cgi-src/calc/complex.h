/* Complex numbers, as CPython 3.11 computes with them. Inside calc/ only; see number.h. */
#ifndef BULKHEAD_COMPLEX_H
#define BULKHEAD_COMPLEX_H

#include "number.h"

struct complex_number {
    double real, imaginary;
};

/* Puts the result at place.mark. Always true. */
bool complex_store(struct calc *calc, struct complex_number z, struct place place,
                   struct value *out);
/* OP_ADD, OP_SUBTRACT, OP_MULTIPLY, OP_DIVIDE, OP_POWER; the others fail. */
bool complex_binary(struct calc *calc, enum op op, struct complex_number left,
                    struct complex_number right, struct place place, struct value *out);
bool complex_power(struct calc *calc, struct complex_number base, struct complex_number exponent,
                   struct place place, struct value *out);
/* abs(z) */
bool complex_magnitude(struct calc *calc, struct complex_number z, struct place place,
                       struct value *out);

#endif
