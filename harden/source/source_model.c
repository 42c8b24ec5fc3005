/* What checks ask of code. */
#include "source/source.h"

#include <ctype.h>
#include <string.h>

size_t source_skip(const struct source *source, size_t at)
{
    while (at < source->text->length && isspace((unsigned char)source->code[at]))
        at++;
    return at;
}

size_t source_back(const struct source *source, size_t at)
{
    while (at > 0 && isspace((unsigned char)source->code[at - 1]))
        at--;
    return at;
}

struct span source_name_before(const struct source *source, size_t end)
{
    size_t from = end;

    while (from > 0 && source_is_name(source->code[from - 1]))
        from--;
    return (struct span){ .offset = from, .length = end - from };
}

const struct source_literal *source_literal_at(const struct source *source, size_t quote)
{
    size_t low = 0, high = source->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (source->literals[middle].at.offset <= quote)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == source->count)
        return NULL;
    const size_t width = source->literals[low].at.offset - quote;
    return width == 1 || (width == 3 && source->code[quote] == source->code[quote + 1])
               ? &source->literals[low]
               : NULL;
}

bool source_is(const struct source *source, struct span span, const char *word)
{
    const char *const bytes = source->text->bytes + span.offset;

    return bytes[0] == word[0] && strncmp(bytes, word, span.length) == 0 &&
           word[span.length] == '\0';
}
