#include "trail/filters.h"

#include "trail/moment.h"

#include <string.h>

static bool is_one_of(const char *value, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(value, *words) == 0)
            return true;
    return false;
}

bool filter_takes_route(const char *value, size_t bytes)
{
    return bytes <= FILTER_ROUTE_BYTES &&
           strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-_") == bytes;
}

bool filter_takes_verdict(const char *value, size_t bytes)
{
    static const char *const words[] = { "", "allowed", "rejected", "failed", NULL };

    return strlen(value) == bytes && is_one_of(value, words);
}

bool filter_takes_client(const char *value, size_t bytes)
{
    struct network_range range;

    return bytes == 0 || network_parse(value, bytes, &range);
}

bool filter_takes_time(const char *value, size_t bytes)
{
    int64_t milliseconds;

    return bytes == 0 || moment_parse(value, bytes, &milliseconds);
}

bool filter_takes_text(const char *value, size_t bytes)
{
    return bytes <= FILTER_TEXT_BYTES && strlen(value) == bytes;
}

/* 0: no number from 1 to FILTER_LIMIT_MAX. */
static unsigned parse_limit(const char *value, size_t bytes)
{
    unsigned limit = 0;

    if (bytes > 4 || strspn(value, "0123456789") != bytes || value[0] == '0')
        return 0;
    for (size_t i = 0; i < bytes; i++)
        limit = limit * 10 + (unsigned)(value[i] - '0');
    return limit <= FILTER_LIMIT_MAX ? limit : 0;
}

bool filter_takes_limit(const char *value, size_t bytes)
{
    return bytes == 0 || parse_limit(value, bytes) != 0;
}

bool filter_takes_before(const char *value, size_t bytes)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    _Static_assert(sizeof(form) - 1 == FILTER_ID_LENGTH, "the form of a UUID");

    if (bytes == 0)
        return true;
    if (bytes != FILTER_ID_LENGTH)
        return false;
    for (size_t i = 0; i < bytes; i++)
        if (form[i] == '-' ? value[i] != '-' : strchr("0123456789abcdefABCDEF", value[i]) == NULL)
            return false;
    return true;
}

static const char *const formats[] = {
    [FORMAT_NONE] = "",   [FORMAT_JSON] = "json",  [FORMAT_HTML] = "html",
    [FORMAT_CSV] = "csv", [FORMAT_CSV + 1] = NULL,
};

bool filter_takes_format(const char *value, size_t bytes)
{
    return strlen(value) == bytes && is_one_of(value, formats);
}

static enum filter_format format_of(const char *value)
{
    enum filter_format format = FORMAT_CSV;

    while (format != FORMAT_NONE && strcmp(formats[format], value) != 0)
        format--;
    return format;
}

/* "" is 0. */
static bool read_time(const char *value, int64_t *milliseconds)
{
    *milliseconds = 0;
    return value[0] == '\0' || moment_parse(value, strlen(value), milliseconds);
}

bool filters_read(const struct filter_texts *texts, struct filters *filters)
{
    *filters = (struct filters){ .texts = *texts, .limit = FILTER_LIMIT_DEFAULT };
    if (texts->client[0] != '\0' &&
        !network_parse(texts->client, strlen(texts->client), &filters->client))
        return false;
    if (texts->limit[0] != '\0')
        filters->limit = parse_limit(texts->limit, strlen(texts->limit));
    filters->format = format_of(texts->format);
    return filters->limit != 0 && read_time(texts->since, &filters->since) &&
           read_time(texts->until, &filters->until) &&
           (texts->since[0] == '\0' || texts->until[0] == '\0' || filters->since <= filters->until);
}
