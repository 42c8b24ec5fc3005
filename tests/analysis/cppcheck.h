/* For cppcheck alone, which reads no system header: what it would misread without. */
#ifndef BULKHEAD_CPPCHECK_H
#define BULKHEAD_CPPCHECK_H

/* GMP's: an array, so a function that gets one may set it. */
typedef struct {
    int allocated, size;
    unsigned long *limbs;
} mpz_t[1];

/* json-c's: two variables and a loop. */
#define json_object_object_foreach(object, key, value)                                             \
    for (const char *key = ""; key != 0;)                                                          \
        for (struct json_object *value = json_object_new_null(); value != 0;)

/* Criterion's: functions. */
#define Test(suite, ...)      void suite##_test(void)
#define TestSuite(suite, ...) extern int suite

#endif
