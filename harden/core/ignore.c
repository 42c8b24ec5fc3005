/*
 * Comments that say to ignore a finding, with the reason:
 *
 *     # harden: ignore K3 because the registry serves this tag alone
 *
 * on its line, alone on the line before, or alone before the statement that it is in. One without a
 * reason, or about a check that there is not, is itself a finding (X1) and counts for nothing.
 */
#include "core/memory.h"
#include "core/reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char word[] = "harden: ignore";

struct wish {
    size_t line;
    bool is_alone; /* on its line: then it is about the next one */
    struct ids ids;
};

struct wishes {
    struct wish *list;
    size_t count, room;
};

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* Where the word is, if a comment begins with it, and where that does; else NULL. */
static const char *find_word(const char *line, const char *end, const char *const *comments,
                             const char **comment)
{
    const char *at = line;

    while ((at = memmem(at, (size_t)(end - at), word, sizeof(word) - 1)) != NULL) {
        const char *before = at;
        while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
            before--;
        for (size_t i = 0; comments[i] != NULL; i++) {
            const size_t length = strlen(comments[i]);
            if ((size_t)(before - line) >= length &&
                memcmp(before - length, comments[i], length) == 0) {
                *comment = before - length;
                return at;
            }
        }
        at++;
    }
    return NULL;
}

/* Why that is no list of checks and a reason; NULL: it is. */
static const char *parse_wish(const char *at, const char *end, struct ids *ids)
{
    static const char because[] = "because";
    const char *wrong;
    size_t length;

    at = skip_blanks(at, end);
    const char *const list = at;
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    char *const copy = copy_bytes(list, (size_t)(at - list));
    const bool is_known = ids_add(ids, copy, &wrong, &length);
    free(copy);
    if (!is_known)
        return "it names a check that there is not: `harden explain --list` has them";
    at = skip_blanks(at, end);
    if ((size_t)(end - at) < sizeof(because) - 1 ||
        strncasecmp(at, because, sizeof(because) - 1) != 0)
        return "it has no reason: write `harden: ignore ID because REASON`";
    at = skip_blanks(at + sizeof(because) - 1, end);
    if (end - at >= 2 && memcmp(end - 2, "*/", 2) == 0)
        end -= 2;
    return skip_blanks(at, end) < end ? NULL : "nothing follows `because`";
}

static void read_line(const struct document *document, struct findings *findings, size_t number,
                      struct wishes *wishes)
{
    const struct reader *const reader = document->reader;
    const struct text *const text = findings->text;
    const struct span line = text_line(text, number);
    const char *const begin = text->bytes + line.offset, *const end = begin + line.length;
    const char *comment;
    const char *const at = find_word(begin, end, reader->comments, &comment);
    struct wish wish = { .line = number };

    if (at == NULL || (reader->is_comment != NULL &&
                       !reader->is_comment(document, (size_t)(comment - text->bytes))))
        return;
    wish.is_alone = skip_blanks(begin, comment) == comment;
    const char *const why = parse_wish(at + sizeof(word) - 1, end, &wish.ids);
    if (why != NULL) {
        const struct span span = { .offset = (size_t)(at - text->bytes),
                                   .length = (size_t)(end - at) };
        found(findings, "X1", (struct where){ .at = span }, "the comment is not heeded: %s", why);
        return;
    }
    wishes->list =
        need_room(wishes->list, &wishes->room, wishes->count + 1, sizeof(wishes->list[0]));
    wishes->list[wishes->count++] = wish;
}

/* Whether a wish on this line, or alone on the one before, names the check. */
static bool is_wished(const struct wishes *wishes, size_t line, const struct check *check)
{
    size_t low = 0, high = wishes->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (wishes->list[middle].line + 1 < line)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < wishes->count && wishes->list[low].line <= line; low++)
        if ((wishes->list[low].line == line || wishes->list[low].is_alone) &&
            ids_have(&wishes->list[low].ids, check))
            return true;
    return false;
}

void document_ignore(const struct document *document, struct findings *findings)
{
    const struct text *const text = findings->text;
    struct wishes wishes = { .list = NULL };
    size_t kept = 0;

    if (memmem(text->bytes, text->length, word, sizeof(word) - 1) == NULL)
        return;
    for (size_t line = 1; line <= text->line_count; line++)
        read_line(document, findings, line, &wishes);
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *const finding = &findings->list[i];
        const size_t line = text_position(text, finding->at.offset).line;
        const size_t first = text_position(text, finding->within.offset).line;
        if (is_wished(&wishes, line, finding->check) || is_wished(&wishes, first, finding->check)) {
            free(finding->subject);
            free(finding->message);
            findings->ignored++;
        } else {
            findings->list[kept++] = *finding;
        }
    }
    findings->count = kept;
    free(wishes.list);
}
