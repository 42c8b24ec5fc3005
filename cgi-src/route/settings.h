/* Settings: environment variables, read and checked once at start-up. Readers are in route.h. */
#ifndef BULKHEAD_SETTINGS_H
#define BULKHEAD_SETTINGS_H

#include "route.h"

/*
 * Reads the runtime's own settings and the route's, and asks the route's check_settings. False
 * after every malformed one was logged with its name, its value and what is allowed.
 */
bool settings_load(const struct route *route);

/*
 * All of text as a decimal integer. False, with *value untouched, for anything else: blanks, a plus
 * sign, and what a long can't hold included.
 */
bool parse_integer(const char *text, long *value);

/* Writes the names, what they allow and their defaults to standard output, for --help. */
void settings_describe(const struct route *route);

#endif
