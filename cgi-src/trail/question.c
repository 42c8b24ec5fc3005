#include "trail/question.h"

#include "route/buffer.h"
#include "trail/escape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[VERDICTS] = { "allowed", "rejected", "failed" };

/* A question in the making. Its parts are ours and bounded: one that does not fit is a bug. */
struct writer {
    struct question *question;
    struct buffer sql;
    struct buffer store;
};

static struct writer begin(struct question *question)
{
    question->count = 0;
    return (struct writer){
        .question = question,
        .sql = { .bytes = question->sql, .size = sizeof(question->sql) },
        .store = { .bytes = question->store, .size = sizeof(question->store) },
    };
}

static void end(struct writer *writer)
{
    put_bytes(&writer->sql, "", 1);
    if (writer->sql.is_full || writer->store.is_full)
        abort();
}

/* The number of the parameter that the value becomes. */
static int add_value(struct writer *writer, const char *value)
{
    if (writer->question->count == QUESTION_VALUES_MAX)
        abort();
    writer->question->values[writer->question->count] = value;
    return ++writer->question->count;
}

/* What has been written to the store since `start`, as a text of its own. */
static const char *stored_since(struct writer *writer, size_t start)
{
    put_bytes(&writer->store, "", 1);
    return writer->store.bytes + start;
}

static int add_number(struct writer *writer, int64_t number)
{
    const size_t start = writer->store.length;

    put_format(&writer->store, "%" PRId64, number);
    return add_value(writer, stored_since(writer, start));
}

/* The least id of a moment: UUIDv7 begins with 48 bits of milliseconds. */
static int add_first_id(struct writer *writer, int64_t milliseconds)
{
    const size_t start = writer->store.length;
    const uint64_t time = (uint64_t)milliseconds;

    put_format(&writer->store, "%08" PRIx64 "-%04" PRIx64 "-0000-0000-000000000000", time >> 16,
               time & 0xffff);
    return add_value(writer, stored_since(writer, start));
}

/* --- the records ------------------------------------------------------------------------------ */

/* The text as a query has it, a space as `space`. */
static const char *store_encoded(struct writer *writer, const char *text, const char *space)
{
    const size_t start = writer->store.length;

    for (; *text != '\0'; text++) {
        const char one[] = { *text, '\0' };
        if (*text == ' ')
            put_text(&writer->store, space);
        else
            put_percent(&writer->store, one, "-._~");
    }
    return stored_since(writer, start);
}

static void put_search(struct writer *writer, const char *text)
{
    const char *const forms[] = { text, store_encoded(writer, text, "%20"),
                                  store_encoded(writer, text, "+") };
    const char *between = " AND (";

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (i > 0 && (strcmp(forms[i], text) == 0 || strcmp(forms[i], forms[i - 1]) == 0))
            continue;
        put_format(&writer->sql, "%sstrpos(lower(input), lower($%d::text)) > 0", between,
                   add_value(writer, forms[i]));
        between = " OR ";
    }
    put_text(&writer->sql, ")");
}

/* One address is asked for by equality, which the index has in the order of the ids. */
static void put_client(struct writer *writer, const struct network_range *client)
{
    if (strcmp(client->first, client->last) == 0)
        put_format(&writer->sql, " AND client = $%d::inet", add_value(writer, client->first));
    else {
        put_format(&writer->sql, " AND client >= $%d::inet", add_value(writer, client->first));
        put_format(&writer->sql, " AND client <= $%d::inet", add_value(writer, client->last));
    }
}

static void put_route_and_verdict(struct writer *writer, const struct filter_texts *texts)
{
    if (texts->route[0] != '\0')
        put_format(&writer->sql, " AND route = $%d::text", add_value(writer, texts->route));
    if (texts->verdict[0] != '\0')
        put_format(&writer->sql, " AND verdict = $%d::trail.verdict",
                   add_value(writer, texts->verdict));
}

void question_records(const struct filters *filters, struct question *question)
{
    const struct filter_texts *const texts = &filters->texts;
    struct writer writer = begin(question);

    put_text(&writer.sql, "SELECT id, to_char(\"time\" AT TIME ZONE 'UTC', "
                          "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), route, host(client), method, "
                          "verdict, status, reason, input, microseconds, "
                          "replace(request_id::text, '-', '') FROM trail.records WHERE true");
    if (texts->before[0] != '\0')
        put_format(&writer.sql, " AND id < $%d::uuid", add_value(&writer, texts->before));
    if (texts->since[0] != '\0')
        put_format(&writer.sql, " AND id >= $%d::uuid", add_first_id(&writer, filters->since));
    if (texts->until[0] != '\0')
        put_format(&writer.sql, " AND id < $%d::uuid", add_first_id(&writer, filters->until));
    put_route_and_verdict(&writer, texts);
    if (texts->client[0] != '\0')
        put_client(&writer, &filters->client);
    if (texts->q[0] != '\0')
        put_search(&writer, texts->q);
    put_format(&writer.sql, " ORDER BY id DESC LIMIT $%d::int",
               add_number(&writer, (int64_t)filters->limit + 1));
    end(&writer);
}

/* --- the picture ------------------------------------------------------------------------------ */

#define MINUTE  INT64_C(60)
#define HOUR    (60 * MINUTE)
#define DAY     (24 * HOUR)
#define COUNTED (10 * MINUTE)

/* The least that makes few enough buckets, of those that a reader can name. */
static int64_t choose_width(int64_t seconds)
{
    static const int64_t widths[] = {
        COUNTED,   30 * MINUTE, HOUR,    2 * HOUR, 3 * HOUR, 6 * HOUR,
        12 * HOUR, DAY,         2 * DAY, 7 * DAY,  14 * DAY, 28 * DAY
    };
    const int64_t most = SPAN_BUCKETS_MAX - 2; /* the first and the last may be cut */

    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
        if (seconds <= widths[i] * most)
            return widths[i];
    return (seconds / most / DAY + 1) * DAY;
}

struct span span_choose(const struct filters *filters, int64_t now)
{
    const bool has_since = filters->texts.since[0] != '\0';
    const bool has_until = filters->texts.until[0] != '\0';
    const int64_t since = filters->since / 1000;
    int64_t until = has_until ? (filters->until + 999) / 1000 : now;

    const int64_t wanted = has_since ? since : until > DAY ? until - DAY : 0;
    if (until <= wanted)
        until = wanted + COUNTED;
    const int64_t width = choose_width(until - wanted);
    const int64_t begin_at = wanted / width * width;

    return (struct span){ .begin = begin_at,
                          .width = width,
                          .buckets = (unsigned)((until - begin_at + width - 1) / width) };
}

void question_activity(const struct filters *filters, const struct span *span,
                       struct question *question)
{
    struct writer writer = begin(question);
    const int from = add_number(&writer, span->begin);
    const int to = add_number(&writer, span->begin + span->width * span->buckets);
    const int width = add_number(&writer, span->width);

    put_format(&writer.sql,
               "SELECT route, (extract(epoch FROM began)::bigint - $%d::bigint) / $%d::bigint, "
               "verdict, sum(requests) FROM trail.activity WHERE began >= "
               "to_timestamp($%d::bigint) AND began < to_timestamp($%d::bigint)",
               from, width, from, to);
    put_route_and_verdict(&writer, &filters->texts);
    put_text(&writer.sql, " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 10000");
    end(&writer);
}
