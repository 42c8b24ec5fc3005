/* The functions on numbers, and what they have in common. Inside calc/ only; see number.h. */
#ifndef BULKHEAD_FUNCTIONS_H
#define BULKHEAD_FUNCTIONS_H

#include "number.h"

/* A call whose number of arguments is right. */
struct call {
    struct calc *calc;
    const struct function *function;
    const struct value *arguments;
    size_t count;
    struct place place;
};

enum { ANY_COUNT = 255 };

struct function {
    const char *name;
    uint8_t least, most; /* arguments */
    bool (*call)(const struct call *call, struct value *out);
    /* Of functions from float to float: C's function, and the arguments that it is for, in words;
     * NULL where it is for all of them and can only overflow. */
    double (*real)(double);
    const char *domain;
};

/* Fails with "NAME takes WHAT, not int". Always false. */
bool call_refuse(const struct call *call, const char *what, const struct value *argument);
/* Fails with "NAME takes WHAT". Always false. */
bool call_outside(const struct call *call, const char *what);

/* The argument is absent, or None where that means the same. */
bool call_omits(const struct call *call, size_t index);
bool call_integer(const struct call *call, size_t index, mpz_t view, mpz_srcptr *n);
bool call_real(const struct call *call, size_t index, double *x);

/* Puts a value that lives above place.mark there. */
bool call_return(const struct call *call, const struct value *value, struct value *out);

/* functions_number.c: Python's own */
bool call_abs(const struct call *call, struct value *out);
bool call_divmod(const struct call *call, struct value *out);
bool call_float(const struct call *call, struct value *out);
bool call_int(const struct call *call, struct value *out);
bool call_max(const struct call *call, struct value *out);
bool call_min(const struct call *call, struct value *out);
bool call_pow(const struct call *call, struct value *out);
bool call_round(const struct call *call, struct value *out);
bool call_sum(const struct call *call, struct value *out);

/* functions_integer.c */
bool call_comb(const struct call *call, struct value *out);
bool call_factorial(const struct call *call, struct value *out);
bool call_gcd(const struct call *call, struct value *out);
bool call_isqrt(const struct call *call, struct value *out);
bool call_lcm(const struct call *call, struct value *out);
bool call_perm(const struct call *call, struct value *out);

/* functions_real.c */
bool call_real_function(const struct call *call, struct value *out);
bool call_to_integer(const struct call *call, struct value *out);
bool call_atan2(const struct call *call, struct value *out);
bool call_copysign(const struct call *call, struct value *out);
bool call_fmod(const struct call *call, struct value *out);
bool call_remainder(const struct call *call, struct value *out);
bool call_log(const struct call *call, struct value *out);
bool call_logarithm(const struct call *call, struct value *out);
double real_degrees(double x);
double real_radians(double x);

#endif
