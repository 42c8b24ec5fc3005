#include "trail/links.h"

#include "trail/escape.h"
#include "trail/moment.h"

#include <stdlib.h>
#include <string.h>

static const char unreserved[] = "-._~:/";

static void put_pair(struct buffer *buffer, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    put_text(buffer, buffer->bytes[buffer->length - 1] == '?' ? "" : "&");
    put_format(buffer, "%s=", name);
    put_percent(buffer, value, unreserved);
}

/* An offset's `+` or the space that it became would depend on who reads it. */
static void put_time(struct buffer *buffer, const char *name, const char *value)
{
    char canonical[MOMENT_BYTES];
    int64_t milliseconds;

    if (value[0] == '\0' || !moment_parse(value, strlen(value), &milliseconds))
        return;
    moment_format(milliseconds, canonical);
    put_pair(buffer, name, canonical);
}

void link_write(const struct filter_texts *texts, char link[LINK_BYTES])
{
    struct buffer buffer = { .bytes = link, .size = LINK_BYTES };

    put_text(&buffer, "/audit?");
    put_pair(&buffer, "route", texts->route);
    put_pair(&buffer, "verdict", texts->verdict);
    put_pair(&buffer, "client", texts->client);
    put_time(&buffer, "since", texts->since);
    put_time(&buffer, "until", texts->until);
    put_pair(&buffer, "q", texts->q);
    put_pair(&buffer, "limit", texts->limit);
    put_pair(&buffer, "before", texts->before);
    put_pair(&buffer, "format", texts->format);
    put_bytes(&buffer, "", 1);
    if (buffer.is_full) /* the filters are bounded: a bug */
        abort();
}

void link_write_next(const struct filters *filters, const char *last_id, char link[LINK_BYTES])
{
    struct filter_texts texts = filters->texts;

    texts.before = last_id;
    link_write(&texts, link);
}
