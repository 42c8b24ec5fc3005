/*
 * Files of each type that anybody wrote, with everything fixed that can be, asked for or not: no
 * fix is one that the core had to stop, and what they make stays as it is when it is fixed again.
 * The first byte says the type.
 */
#include "core/diff.h"
#include "core/fix.h"
#include "report/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct reader *reader_of(uint8_t byte)
{
    size_t count = 1;

    while (readers[count] != NULL)
        count++;
    return count > 0 ? readers[byte % count] : NULL;
}

/* All formats take all findings, and each is in the text. */
static void tell(const struct reader *reader, const struct text *text)
{
    static const struct format *const formats[] = { &format_text_lines, &format_json,
                                                    &format_sarif };
    struct findings findings = { .selection = NULL };
    struct document document;
    struct fault fault;
    char *said;
    size_t length;

    if (!document_open(&document, reader, text, &fault))
        return;
    document_audit(&document, &findings);
    struct report report = { .out = open_memstream(&said, &length) };
    for (size_t i = 0; i < findings.count && report.out != NULL; i++) {
        const struct span at = findings.list[i].at;
        if (at.offset > text->length || at.length > text->length - at.offset)
            abort();
        formats[i % 3]->finding(&report, text, &findings.list[i]);
    }
    if (report.out != NULL)
        fclose(report.out);
    free(said);
    findings_free(&findings);
    document_close(&document);
}

/*
 * Of several fixes that are right, one may make an item that another one has made: no fix knows of
 * the others, so that is for the core to stop.
 */
static bool is_twin(const char *refusal)
{
    static const char begin[] = "it would also mean: an item twice in ";

    return strncmp(refusal, begin, strlen(begin)) == 0;
}

/* What the core says when a fix is not what it was said to be: then that fix is wrong. */
static void expect_honest(const struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        const char *const refusal = notes->list[i].refusal;
        if (refusal != NULL && !is_twin(refusal) &&
            (strncmp(refusal, "it would ", 9) == 0 || strncmp(refusal, "what it makes", 13) == 0 ||
             strncmp(refusal, "another parser", 14) == 0 ||
             strncmp(refusal, "two changes", 11) == 0 || strncmp(refusal, "then ", 5) == 0)) {
            fprintf(stderr, "%s: %s\n", notes->list[i].check->id, refusal);
            abort();
        }
    }
}

static void ask_for_all(struct selection *selection)
{
    *selection = (struct selection){ .least = SEVERITY_INFO };
    for (size_t i = 0; i < check_count() && i < CHECKS_MAX; i++)
        selection->with.list[selection->with.count++] = check_at(i);
}

static void expect_settled(const struct reader *reader, const struct text *text,
                           const struct selection *selection)
{
    struct besides besides = { .list = NULL };
    struct notes notes = { .list = NULL };
    struct text again;
    struct fault fault;

    if (!fix_text(reader, text, selection, &again, &besides, &notes, &fault))
        abort();
    if (again.length != text->length || memcmp(again.bytes, text->bytes, text->length) != 0)
        abort();
    besides_cut(&besides, 0);
    notes_free(&notes);
    text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct besides besides = { .list = NULL };
    struct notes notes = { .list = NULL };
    struct bytes diff = { .data = NULL };
    struct selection selection;
    struct text before, after;
    struct fault fault;

    if (size == 0)
        return 0;
    const struct reader *const reader = reader_of(data[0]);
    text_of(&before, "name", (const char *)data + 1, size - 1);
    tell(reader, &before);
    ask_for_all(&selection);
    if (fix_text(reader, &before, &selection, &after, &besides, &notes, &fault)) {
        expect_honest(&notes);
        expect_settled(reader, &after, &selection);
        diff_unified(&diff, &before, &after);
        text_free(&after);
    }
    bytes_free(&diff);
    besides_cut(&besides, 0);
    notes_free(&notes);
    text_free(&before);
    return 0;
}
