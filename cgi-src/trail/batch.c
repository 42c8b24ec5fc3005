#include "trail/batch.h"

#include "route/route.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 64 * 1024,         /* read at once */
    SEGMENT_BYTES = 16 * CHUNK_BYTES /* taken of a file at once: others have their turn too */
};
_Static_assert((int)CHUNK_BYTES > (int)RECORD_LINE_BYTES, "a line is in it whole");

#define EDGE "edge" /* the folder whose lines nginx writes */

bool batch_init(struct batch *batch)
{
    *batch = (struct batch){ .rows = malloc(BATCH_BYTES), .chunk = malloc(CHUNK_BYTES) };
    return batch->rows != NULL && batch->chunk != NULL;
}

static bool is_full(const struct batch *batch, size_t most)
{
    return batch->count >= most || batch->length + ENTRY_ROW_BYTES > BATCH_BYTES ||
           batch->segments == BATCH_SEGMENTS;
}

static void skip_line(struct batch *batch, const struct folder *folder, struct segment *segment,
                      const char *what)
{
    batch->skipped++;
    if (!segment->is_reported)
        log_warning("%s/%s: holds %s: skipped; only this is said of that file", folder->name,
                    segment->name, what);
    segment->is_reported = true;
}

/* A torn line had no answer: see route/journal.h. */
static void take_line(struct batch *batch, const struct folder *folder, struct segment *segment,
                      struct json_tokener *parser, const char *line, size_t length)
{
    char *const row = batch->rows + batch->length;

    if (length == 0 || line[length - 1] != '}') {
        skip_line(batch, folder, segment, "a torn line");
        return;
    }
    const size_t row_length = strcmp(folder->name, EDGE) == 0
                                  ? entry_row_of_edge(parser, line, length, row)
                                  : entry_row(parser, line, length, folder->name, row);
    if (row_length == 0) {
        skip_line(batch, folder, segment, "a line that is no record");
        return;
    }
    batch->length += row_length;
    batch->count++;
}

/* The whole lines of a chunk, while there is room. Returns how many bytes they were. */
static size_t take_lines(struct batch *batch, const struct folder *folder, struct segment *segment,
                         struct json_tokener *parser, const char *chunk, size_t length, size_t most)
{
    size_t taken = 0;

    while (!is_full(batch, most)) {
        const char *const line = chunk + taken;
        const char *const end = memchr(line, '\n', length - taken);
        if (end == NULL)
            break;
        take_line(batch, folder, segment, parser, line, (size_t)(end - line));
        taken += (size_t)(end - line) + 1;
    }
    return taken;
}

/*
 * The end of a file that is no whole line: it is being written, or never will be, since whoever
 * wrote there is gone. And nobody's line is as long as a chunk.
 */
static size_t take_rest(struct batch *batch, const struct folder *folder, struct segment *segment,
                        size_t length)
{
    if (length < CHUNK_BYTES && !segment_is_over(folder, segment))
        return 0;
    skip_line(batch, folder, segment, "a torn line");
    return length;
}

/* Returns how many bytes it was. */
static size_t take_chunk(struct batch *batch, const struct folder *folder, struct segment *segment,
                         int64_t from, struct json_tokener *parser, size_t most)
{
    const int64_t got = segment_read(folder, segment, from, batch->chunk, CHUNK_BYTES);

    if (got <= 0)
        return 0;
    const size_t taken =
        take_lines(batch, folder, segment, parser, batch->chunk, (size_t)got, most);
    return taken > 0 || is_full(batch, most) ? taken
                                             : take_rest(batch, folder, segment, (size_t)got);
}

static void take_segment(struct batch *batch, const struct folder *folder, struct segment *segment,
                         struct json_tokener *parser, size_t most)
{
    int64_t reached = segment->reached;

    while (!is_full(batch, most) && reached < segment->reached + SEGMENT_BYTES) {
        const size_t taken = take_chunk(batch, folder, segment, reached, parser, most);
        if (taken == 0)
            break;
        reached += (int64_t)taken;
    }
    if (reached == segment->reached)
        return;
    struct progress *const progress = &batch->progress[batch->segments++];
    progress->folder = folder;
    memcpy(progress->segment, segment->name, sizeof(progress->segment));
    progress->reached = reached;
}

void batch_take(struct batch *batch, struct spool *spool, struct json_tokener *parser, size_t most)
{
    batch->length = batch->count = batch->skipped = batch->segments = 0;
    for (size_t i = 0; i < spool->count; i++) {
        const struct folder *const folder = &spool->folders[(batch->turn + i) % spool->count];
        for (size_t j = 0; j < folder->count && !is_full(batch, most); j++)
            if (folder->segments[j].size > folder->segments[j].reached)
                take_segment(batch, folder, &folder->segments[j], parser, most);
    }
    batch->turn++;
}

int64_t batch_done(const struct batch *batch, struct spool *spool)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < batch->segments; i++) {
        const struct progress *const progress = &batch->progress[i];
        const struct folder *const folder = spool_find(spool, progress->folder->name);
        struct segment *const segment =
            folder != NULL ? folder_find(folder, progress->segment) : NULL;
        if (segment == NULL)
            continue;
        bytes += progress->reached - segment->reached;
        segment->reached = progress->reached;
    }
    return bytes;
}
