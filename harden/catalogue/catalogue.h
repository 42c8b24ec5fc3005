/* The rows of the catalogue, a file for each type; check.h has what they are. */
#ifndef BULKHEAD_CATALOGUE_H
#define BULKHEAD_CATALOGUE_H

#include "core/check.h"

/* Each ends with a row without id. */
extern const struct check checks_daemon[];
extern const struct check checks_dockerfile[];
extern const struct check checks_compose[];
extern const struct check checks_system[];
extern const struct check checks_nginx[];
extern const struct check checks_source[];

#endif
