/*
 * What a model says, as a list of lines in a fixed order: "/icc = false", "USER root". Two texts
 * mean the same when their facts are the same. A fix says beforehand which facts it takes away and
 * which it adds; whatever else its edit changed makes it be refused.
 */
#ifndef BULKHEAD_FACTS_H
#define BULKHEAD_FACTS_H

#include "core/bytes.h"

#include <stdbool.h>

/* Facts of more bytes than this are not compared: such a file is not changed. */
enum { FACTS_MAX = 64 * 1024 * 1024 };

struct facts {
    struct bytes bytes;
    size_t *ends; /* of each fact */
    size_t count, room;
    bool is_full;
};

void fact_add(struct facts *facts, const char *fact, size_t length);
void facts_free(struct facts *facts);

/* The fact of that number; *length is its length. */
const char *fact_at(const struct facts *facts, size_t index, size_t *length);

#endif
