#include "accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { QUALITY_NONE = -1, QUALITY_FULL = 1000 };

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/*
 * qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths;
 * QUALITY_NONE for anything else. `length` is that of the text up to the next delimiter.
 */
static int parse_quality(const char *text, size_t length)
{
    if (length == 0 || length > 5 || (text[0] != '0' && text[0] != '1'))
        return QUALITY_NONE;
    int quality = (text[0] - '0') * QUALITY_FULL;
    if (length > 1 && text[1] != '.')
        return QUALITY_NONE;
    int unit = QUALITY_FULL / 10;
    for (size_t i = 2; i < length; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return QUALITY_NONE;
        quality += (text[i] - '0') * unit;
    }
    return quality > QUALITY_FULL ? QUALITY_NONE : quality;
}

/* The quality among a range's parameters, from their first `;` to the end of the range. */
static int range_quality(const char *at, const char *end)
{
    int quality = QUALITY_FULL;

    while (at < end && *at == ';') {
        at = skip_blanks(at + 1);
        const size_t length = strcspn(at, ";, \t");
        if (length >= 2 && strncasecmp(at, "q=", 2) == 0)
            quality = parse_quality(at + 2, length - 2);
        at = skip_blanks(at + length);
    }
    return at < end ? QUALITY_NONE : quality;
}

/* The highest quality at which exactly this type is named; QUALITY_NONE: it is not. */
static int named_quality(const char *accept, const char *type)
{
    const size_t type_length = strlen(type);
    int best = QUALITY_NONE;

    for (const char *at = accept; at != NULL && *at != '\0';) {
        at = skip_blanks(at);
        const char *end = at + strcspn(at, ",");
        const size_t length = strcspn(at, ";, \t");
        const int quality = range_quality(skip_blanks(at + length), end);

        if (length == type_length && strncasecmp(at, type, length) == 0)
            best = quality > best ? quality : best;
        at = *end == ',' ? end + 1 : end;
    }
    return best;
}

bool accept_prefers_json(const char *accept)
{
    const int json = named_quality(accept, "application/json");

    return json > 0 && json >= named_quality(accept, "text/plain");
}

size_t accept_choose(const char *accept, const char *const offered[])
{
    size_t chosen = 0;
    int best = 0;

    for (size_t i = 0; offered[i] != NULL; i++) {
        const int quality = named_quality(accept, offered[i]);
        if (quality > best) {
            best = quality;
            chosen = i;
        }
    }
    return chosen;
}
