/*
 * What somebody would try who runs code in a program that may ask a database: the calls beside
 * those that calls_of_database allows.
 */
#ifndef BULKHEAD_DATABASE_ATTACKS_H
#define BULKHEAD_DATABASE_ATTACKS_H

#include <stdbool.h>

bool is_attack(const char *name);

/* Makes it; `text` is the name of a socket. Returns 0, or the errno of the refusal. */
int attack(const char *name, const char *text);

#endif
