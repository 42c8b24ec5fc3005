#include "core/fix.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* The text after some steps, and what is made of it once for all that asks. */
struct stage {
    struct text text;
    struct document document;
    struct findings findings; /* all of them, whoever asked */
    struct facts facts;
    size_t *lines; /* for each of its lines, which it was in the file; NULL: that one */
};

struct fixing {
    const struct reader *reader;
    struct stage *stage; /* as far as it has come */
    struct besides *besides;
    struct notes *notes;
};

/*
 * How many findings are fixed in one step; and how many steps a check has in which it is searched
 * which of them can't be.
 */
enum { STEP_MAX = 10000, STEPS_MAX = 100 };

/* --- stages ----------------------------------------------------------------------------------- */

static void stage_free(struct stage *stage)
{
    if (stage == NULL)
        return;
    document_close(&stage->document);
    findings_free(&stage->findings);
    facts_free(&stage->facts);
    text_free(&stage->text);
    free(stage->lines);
    free(stage);
}

/* Reads the text, which is there; false, with the fault: it can't be. */
static bool stage_read(struct stage *stage, const struct reader *reader,
                       const struct besides *besides, struct fault *fault)
{
    if (!document_open(&stage->document, reader, &stage->text, fault))
        return false;
    stage->document.besides = besides;
    stage->document.beside_count = besides->count;
    return true;
}

static void stage_audit(struct stage *stage)
{
    document_audit(&stage->document, &stage->findings);
}

static size_t first_line(const struct fixing *fixing, size_t offset)
{
    const struct stage *const stage = fixing->stage;
    const size_t line = text_position(&stage->text, offset).line;

    return stage->lines != NULL ? stage->lines[line - 1] : line;
}

/* The same of the text that the edits, which are in order, have made of it. */
static size_t *follow_lines(const struct fixing *fixing, const struct edits *edits,
                            const struct text *after)
{
    size_t *const lines = need(after->line_count, sizeof(lines[0]));
    size_t i = 0, added = 0, removed = 0; /* by the splices before splice i */

    for (size_t line = 0; line < after->line_count; line++) {
        const size_t at = text_line(after, line + 1).offset;
        const struct splice *splice = edits->splices;
        for (; i < edits->splice_count; i++) {
            splice = &edits->splices[i];
            if (at + removed < splice->offset + added + splice->length)
                break;
            added += splice->length;
            removed += splice->removed;
        }
        const bool is_new = i < edits->splice_count && at + removed > splice->offset + added;
        lines[line] = first_line(fixing, is_new ? splice->offset : at + removed - added);
    }
    return lines;
}

static void note(struct fixing *fixing, const struct finding *finding, const char *refusal)
{
    struct notes *const notes = fixing->notes;

    notes->list = need_room(notes->list, &notes->room, notes->count + 1, sizeof(notes->list[0]));
    notes->list[notes->count++] = (struct note){
        .check = finding->check,
        .line = first_line(fixing, finding->at.offset),
        .message = copy_bytes(finding->message, strlen(finding->message)),
        .refusal = refusal != NULL ? copy_bytes(refusal, strlen(refusal)) : NULL,
    };
    notes->refused += refusal != NULL;
}

void notes_free(struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        free(notes->list[i].message);
        free(notes->list[i].refusal);
    }
    free(notes->list);
    *notes = (struct notes){ .list = NULL };
}

/* --- one step, and whether it may be taken ---------------------------------------------------- */

static size_t count_of(const struct findings *findings, const struct check *check)
{
    size_t count = 0;

    for (size_t i = 0; i < findings->count; i++)
        count += findings->list[i].check == check;
    return count;
}

/* NULL: `step` of the check's findings are gone, and no other came; else why not, to be freed. */
static char *compare_findings(const struct stage *before, const struct stage *after,
                              const struct check *check, size_t step)
{
    char *why = NULL;

    for (size_t i = 0; i < check_count() && why == NULL; i++) {
        const struct check *const other = check_at(i);
        const size_t old = count_of(&before->findings, other);
        const size_t new = count_of(&after->findings, other);
        if (other == check && new + step > old)
            why = format_text("it would still be found afterwards");
        else if (new > old)
            why = format_text("then %s would be found", other->id);
    }
    return why;
}

static char *compare_facts(struct stage *before, struct stage *after, struct edits *edits)
{
    char *why;

    if (before->facts.count == 0)
        before->document.reader->facts(&before->document, &before->facts);
    after->document.reader->facts(&after->document, &after->facts);
    edits_explain(edits, &before->facts, &after->facts, &why);
    return why;
}

/* What is beside the text is in `besides` already. */
static char *judge(struct fixing *fixing, struct stage *after, struct edits *edits,
                   const struct check *check, size_t step)
{
    const struct reader *const reader = fixing->reader;
    struct fault fault = { .offset = 0 };
    char *why;

    if (after->text.length > TEXT_MAX)
        return format_text("it would make the file larger than 16 MiB");
    if (!stage_read(after, reader, fixing->besides, &fault))
        return format_text("what it makes can't be read: %s", fault.why);
    if (reader->judge != NULL && !reader->judge(&after->document, &fault))
        return format_text("another parser reads something else in it: %s", fault.why);
    why = compare_facts(fixing->stage, after, edits);
    if (why == NULL) {
        stage_audit(after);
        why = compare_findings(fixing->stage, after, check, step);
    }
    return why;
}

/* Of the check's findings, `count` after the first `from`. */
struct step {
    const struct check *check;
    size_t from, count;
    const struct finding **findings;
    char **refusals; /* of each: why the fix won't touch it; NULL: it does */
};

static void begin_step(const struct fixing *fixing, struct step *step)
{
    const struct findings *const findings = &fixing->stage->findings;
    size_t seen = 0, count = 0;

    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers it is */
    step->findings = need(step->count, sizeof(step->findings[0]));
    step->refusals = need(step->count, sizeof(step->refusals[0]));
    for (size_t i = 0; i < findings->count && count < step->count; i++)
        if (findings->list[i].check == step->check && seen++ >= step->from)
            step->findings[count++] = &findings->list[i];
    step->count = count;
}

static void end_step(struct step *step)
{
    for (size_t i = 0; i < step->count; i++)
        free(step->refusals[i]);
    free(step->refusals);
    free(step->findings);
}

/* Collects the edits of the findings, and says of how many. */
static size_t gather(const struct fixing *fixing, struct step *step, struct edits *edits)
{
    const struct rule *const rule = rule_of(fixing->reader, step->check);
    size_t count = 0;

    for (size_t i = 0; i < step->count; i++) {
        const struct edits_mark mark = edits_mark(edits);
        if (rule->fix(&fixing->stage->document, step->findings[i], edits)) {
            count++;
            continue;
        }
        edits_cut(edits, mark);
        step->refusals[i] =
            format_text("%s", edits->refusal != NULL ? edits->refusal : "it can't be done here");
    }
    return count;
}

/* NULL: `after` has that done, or nothing is to do; else why it may not be, to be freed. */
static char *make(struct fixing *fixing, struct step *step, struct stage *after, size_t *count)
{
    const size_t beside_count = fixing->besides->count;
    struct edits edits = { .splices = NULL };
    char *why = NULL;

    *count = gather(fixing, step, &edits);
    besides_move(fixing->besides, &edits.besides);
    if (*count > 0 && !edits_apply(&edits, &fixing->stage->text, &after->text))
        why = format_text("two changes are at the same place");
    else if (*count > 0)
        why = judge(fixing, after, &edits, step->check, *count);
    if (*count > 0 && why == NULL)
        after->lines = follow_lines(fixing, &edits, &after->text);
    edits_free(&edits);
    if (why != NULL)
        besides_cut(fixing->besides, beside_count);
    return why;
}

/*
 * Does the step, with a note for each finding, and says how many of them are left as they are; or
 * else why not, to be freed.
 */
static char *take_step(struct fixing *fixing, struct step *step, size_t *left)
{
    struct stage *after = need(1, sizeof(*after));
    size_t count;

    begin_step(fixing, step);
    char *const why = make(fixing, step, after, &count);
    for (size_t i = 0; i < step->count && why == NULL; i++)
        note(fixing, step->findings[i], step->refusals[i]);
    *left = step->count - count;
    end_step(step);
    if (why == NULL && count > 0) {
        struct stage *const before = fixing->stage;
        fixing->stage = after;
        after = before;
    }
    stage_free(after);
    return why;
}

/* Says of all findings of the step that they are not fixed. */
static void note_refused(struct fixing *fixing, struct step *step, const char *why)
{
    begin_step(fixing, step);
    for (size_t i = 0; i < step->count; i++)
        note(fixing, step->findings[i], why);
    end_step(step);
}

/*
 * Fixes `count` findings of the check after the first *skip, which are left as they are: at once,
 * or else each half, down to the ones that can't be. As deep as the count has digits of two.
 */
static void fix_some(struct fixing *fixing, const struct check *check, size_t *skip, size_t count,
                     int *steps)
{
    struct step step = { .check = check, .from = *skip, .count = count };
    size_t left = 0;
    char *const why = --*steps >= 0 ? take_step(fixing, &step, &left)
                                    : format_text("too much of its kind can't be done");

    if (why == NULL) {
        *skip += left;
    } else if (count == 1 || *steps < 0) {
        step = (struct step){ .check = check, .from = *skip, .count = count };
        note_refused(fixing, &step, why);
        *skip += count;
    } else {
        fix_some(fixing, check, skip, count / 2, steps);
        fix_some(fixing, check, skip, count - count / 2, steps);
    }
    free(why);
}

static void fix_check(struct fixing *fixing, const struct check *check)
{
    size_t skip = 0, count = count_of(&fixing->stage->findings, check);
    int steps = STEPS_MAX;

    while (count > 0) {
        const size_t some = count < STEP_MAX ? count : STEP_MAX;
        fix_some(fixing, check, &skip, some, &steps);
        count -= some;
    }
}

bool fix_text(const struct reader *reader, const struct text *before,
              const struct selection *selection, struct text *after, struct besides *besides,
              struct notes *notes, struct fault *fault)
{
    struct fixing fixing = { .reader = reader, .besides = besides, .notes = notes };

    fixing.stage = need(1, sizeof(*fixing.stage));
    text_of(&fixing.stage->text, before->name, before->bytes, before->length);
    const bool is_read = stage_read(fixing.stage, reader, besides, fault);
    if (is_read)
        stage_audit(fixing.stage);
    for (const struct rule *rule = reader->rules; rule->id != NULL && is_read; rule++) {
        const struct check *const check = check_named(rule->id, strlen(rule->id));
        if (check != NULL && rule->fix != NULL && is_fix_selected(selection, check))
            fix_check(&fixing, check);
    }
    if (is_read)
        text_of(after, before->name, fixing.stage->text.bytes, fixing.stage->text.length);
    stage_free(fixing.stage);
    return is_read;
}
