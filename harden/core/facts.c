#include "core/facts.h"

#include "core/memory.h"

#include <stdlib.h>

void fact_add(struct facts *facts, const char *fact, size_t length)
{
    if (facts->is_full || length > FACTS_MAX - facts->bytes.length) {
        facts->is_full = true;
        return;
    }
    bytes_add(&facts->bytes, fact, length);
    facts->ends = need_room(facts->ends, &facts->room, facts->count + 1, sizeof(facts->ends[0]));
    facts->ends[facts->count++] = facts->bytes.length;
}

const char *fact_at(const struct facts *facts, size_t index, size_t *length)
{
    const size_t from = index > 0 ? facts->ends[index - 1] : 0;

    *length = facts->ends[index] - from;
    return facts->bytes.data + from;
}

void facts_free(struct facts *facts)
{
    bytes_free(&facts->bytes);
    free(facts->ends);
    *facts = (struct facts){ .ends = NULL };
}
