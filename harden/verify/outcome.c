#include "verify/outcome.h"

#include "core/discover.h"
#include "core/memory.h"
#include "core/secrets.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { TAIL_LINES = 20, SECRET_MIN = 4 };

/* --- the changes ------------------------------------------------------------------------------ */

static bool has_note(const struct notes *notes, const struct check *check)
{
    for (size_t i = 0; i < notes->count; i++)
        if (notes->list[i].check == check && notes->list[i].refusal == NULL)
            return true;
    return false;
}

bool changes_of(struct outcome_context *context, struct notes *notes, struct fault *fault)
{
    struct text after = { .name = NULL };
    struct besides besides = { .list = NULL };

    if (!fix_text(context->reader, context->verification->text, context->selection, &after,
                  &besides, notes, fault))
        return false;
    for (const struct rule *rule = context->reader->rules; rule->id != NULL; rule++) {
        const struct check *const check = check_named(rule->id, strlen(rule->id));
        if (check != NULL && has_note(notes, check) && context->count < CHANGES_MAX)
            context->checks[context->count++] = check;
    }
    besides_cut(&besides, 0);
    text_free(&after);
    return true;
}

void change_text(const struct outcome_context *context, const bool *chosen, struct text *after,
                 struct besides *besides)
{
    struct selection selection = { .with = context->selection->with };
    struct notes notes = { .list = NULL };
    struct fault fault;

    for (size_t i = 0; i < context->count; i++)
        if (chosen[i])
            selection.only.list[selection.only.count++] = context->checks[i];
    /* it was read before, and is the same text */
    (void)fix_text(context->reader, context->verification->text, &selection, after, besides, &notes,
                   &fault);
    notes_free(&notes);
}

void put_chosen(struct bytes *out, const struct outcome_context *context, const bool *chosen,
                const char *between)
{
    const char *before = "";

    for (size_t i = 0; i < context->count; i++)
        if (chosen[i]) {
            bytes_format(out, "%s%s", before, context->checks[i]->id);
            before = between;
        }
}

enum outcome try_changes(void *context, const bool *chosen)
{
    struct outcome_context *const outcome = context;
    struct trial *const trial = &outcome->trial;
    struct besides besides = { .list = NULL };
    struct bytes names = { .data = NULL };
    struct text after;

    put_chosen(&names, outcome, chosen, ", ");
    complain(outcome->verification->text->name, "trying it with the fixes of %s", names.data);
    change_text(outcome, chosen, &after, &besides);
    trial_free(trial);
    verify_text(outcome->verification, outcome->method, &after, &besides, trial);
    if (trial->outcome == OUTCOME_UP && trial->is_ended != outcome->is_ended)
        conclude(trial, OUTCOME_DOWN, "%s",
                 trial->is_ended ? "it ends, which it did not before"
                                 : "it does not end, which it did before");
    complain(outcome->verification->text->name, "%s: %s",
             trial->outcome == OUTCOME_UP     ? "up"
             : trial->outcome == OUTCOME_DOWN ? "down"
                                              : "trouble",
             trial->what);
    besides_cut(&besides, 0);
    text_free(&after);
    bytes_free(&names);
    return trial->outcome;
}

/* --- what is gone ----------------------------------------------------------------------------- */

static bool has_fingerprint(const struct findings *findings, uint64_t fingerprint)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].fingerprint == fingerprint)
            return true;
    return false;
}

static void put_difference(struct bytes *out, const struct findings *old,
                           const struct findings *new)
{
    const struct text *const text = old->text;

    for (size_t i = 0; i < old->count; i++) {
        const struct finding *const finding = &old->list[i];
        if (has_fingerprint(new, finding->fingerprint))
            continue;
        const struct position position = text_position(text, finding->at.offset);
        bytes_text(out, "gone: ");
        put_visible(out, text->name, strlen(text->name));
        bytes_format(out, ":%zu:%zu: %s %s: ", position.line, position.column,
                     severity_name(finding->check->severity), finding->check->id);
        put_visible(out, finding->message, strlen(finding->message));
        bytes_text(out, "\n");
    }
    bytes_format(out, "%zu findings before, %zu after\n", old->count, new->count);
}

void put_gone(struct bytes *out, const struct outcome_context *context, const struct text *after)
{
    struct findings old = { .selection = NULL }, new = { .selection = NULL };
    struct document before_document, after_document;
    struct fault fault;

    if (!document_open(&before_document, context->reader, context->verification->text, &fault))
        return;
    if (document_open(&after_document, context->reader, after, &fault)) {
        document_audit(&before_document, &old);
        document_audit(&after_document, &new);
        put_difference(out, &old, &new);
        document_close(&after_document);
    }
    findings_free(&old);
    findings_free(&new);
    document_close(&before_document);
}

/* --- what it said ----------------------------------------------------------------------------- */

/* Values that were found to be secrets: of NAME=VALUE, the value. */
static void add_secrets(const struct outcome_context *context, struct facts *secrets)
{
    const struct text *const text = context->verification->text;
    struct findings findings = { .selection = NULL };
    struct document document;
    struct fault fault;

    if (!document_open(&document, context->reader, text, &fault))
        return;
    document_audit(&document, &findings);
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *const finding = &findings.list[i];
        if (!finding->check->is_secret)
            continue;
        const char *value = text->bytes + finding->at.offset;
        size_t length = finding->at.length;
        const char *const equals = memchr(value, '=', length);
        if (equals != NULL) {
            length -= (size_t)(equals + 1 - value);
            value = equals + 1;
        }
        while (length > 0 && strchr("\"' \t", value[0]) != NULL) {
            value++;
            length--;
        }
        while (length > 0 && strchr("\"' \t\r\n", value[length - 1]) != NULL)
            length--;
        if (length >= SECRET_MIN)
            fact_add(secrets, value, length);
    }
    findings_free(&findings);
    document_close(&document);
}

/* NAME=VALUE by its name, or a token by its form. */
static bool is_secret_word(const char *word, size_t length)
{
    const char *const equals = memchr(word, '=', length);

    if (equals != NULL && is_secret_name(word, (size_t)(equals - word)) &&
        equals + 1 < word + length)
        return true;
    if (equals != NULL) {
        length -= (size_t)(equals + 1 - word);
        word = equals + 1;
    }
    return is_secret_value(word, length);
}

static bool has_secret(const char *line, size_t length, const struct facts *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        size_t size;
        const char *const secret = fact_at(secrets, i, &size);
        if (memmem(line, length, secret, size) != NULL)
            return true;
    }
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && strchr(" \t\r\"'", line[end]) == NULL)
            end++;
        if (end > at && is_secret_word(line + at, end - at))
            return true;
        at = end + 1;
    }
    return false;
}

void put_tail(struct bytes *out, const struct outcome_context *context, const struct bytes *tail)
{
    struct facts secrets = { .ends = NULL };
    size_t from = tail->length, lines = 0;

    while (from > 0 &&
           (tail->data[from - 1] != '\n' || from == tail->length || ++lines < TAIL_LINES))
        from--;
    add_secrets(context, &secrets);
    while (from < tail->length) {
        const char *const line = tail->data + from;
        const char *const newline = memchr(line, '\n', tail->length - from);
        const size_t length = newline != NULL ? (size_t)(newline - line) : tail->length - from;
        bytes_text(out, "    | ");
        if (has_secret(line, length, &secrets))
            bytes_text(out, "(a line that has a secret)");
        else
            put_visible(out, line, length);
        bytes_text(out, "\n");
        from += length + 1;
    }
    facts_free(&secrets);
}
