#include "core/findings.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line that it begins on, without its indentation; of one without end, what tells it apart. */
static char *line_subject(const struct text *text, size_t offset)
{
    enum { SUBJECT_MAX = 500 };
    struct span line = text_line(text, text_position(text, offset).line);

    while (line.length > 0 && strchr(" \t", text->bytes[line.offset]) != NULL) {
        line.offset++;
        line.length--;
    }
    return copy_bytes(text->bytes + line.offset,
                      line.length < SUBJECT_MAX ? line.length : SUBJECT_MAX);
}

void found(struct findings *findings, const char *id, struct where where, const char *format, ...)
{
    const struct check *const check = check_named(id, strlen(id));
    va_list args;
    char *message;

    if (check == NULL || !is_selected_at(findings->selection, check,
                                         where.as != NULL ? where.as->severity : check->severity))
        return;
    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = format_text("%s", check->title);
    va_end(args);
    findings->list =
        need_room(findings->list, &findings->room, findings->count + 1, sizeof(findings->list[0]));
    findings->list[findings->count++] = (struct finding){
        .check = check,
        .at = where.at,
        .within = where.within.length > 0 ? where.within : where.at,
        .node = where.node,
        .as = where.as,
        .subject = where.subject != NULL ? copy_bytes(where.subject, strlen(where.subject))
                   : check->is_secret    ? copy_bytes("", 0)
                                         : line_subject(findings->text, where.at.offset),
        .message = message,
    };
}

struct check finding_check(const struct finding *finding)
{
    const struct check *const as = finding->as;
    struct check check = *finding->check;

    if (as != NULL) {
        check.severity = as->severity;
        check.stride = as->stride;
        check.attack = as->attack;
        check.benchmark = as->benchmark;
        check.also = as->also;
        check.why = as->why;
        check.advice = as->advice;
        check.is_secret = check.is_secret || as->is_secret;
    }
    return check;
}

static int compare_places(const void *a, const void *b)
{
    const struct finding *const x = a, *const y = b;

    if (x->at.offset != y->at.offset)
        return x->at.offset < y->at.offset ? -1 : 1;
    if (x->check != y->check) {
        const size_t x_length = strlen(x->check->id), y_length = strlen(y->check->id);
        if (x_length != y_length)
            return x_length < y_length ? -1 : 1;
        return strcmp(x->check->id, y->check->id);
    }
    return strcmp(x->subject, y->subject);
}

void findings_sort(struct findings *findings)
{
    if (findings->count > 1)
        qsort(findings->list, findings->count, sizeof(findings->list[0]), compare_places);
}

void findings_drop(struct findings *findings, size_t index)
{
    free(findings->list[index].subject);
    free(findings->list[index].message);
    findings->count--;
    memmove(findings->list + index, findings->list + index + 1,
            (findings->count - index) * sizeof(findings->list[0]));
}

void findings_free(struct findings *findings)
{
    while (findings->count > 0)
        findings_drop(findings, findings->count - 1);
    free(findings->list);
    findings->list = NULL;
    findings->room = 0;
}

/* --- fingerprints ----------------------------------------------------------------------------- */

/* FNV-1a of the text and the NUL behind it. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return hash;
}

static int compare_fingerprints(const void *a, const void *b)
{
    const struct finding *const x = *(struct finding *const *)a, *const y =
                                                                     *(struct finding *const *)b;

    if (x->fingerprint != y->fingerprint)
        return x->fingerprint < y->fingerprint ? -1 : 1;
    return (x > y) - (x < y);
}

/* The n-th of the same check and subject in a text is told from the others by n. */
void findings_fingerprint(struct findings *findings)
{
    struct finding **const order = need(findings->count, sizeof(void *));
    uint64_t last = 0, before = 0;

    for (size_t i = 0; i < findings->count; i++) {
        struct finding *const finding = &findings->list[i];
        const uint64_t start = UINT64_C(0xcbf29ce484222325);
        finding->fingerprint = hash_text(hash_text(start, finding->check->id), finding->subject);
        order[i] = finding;
    }
    if (findings->count > 1)
        qsort(order, findings->count, sizeof(void *), compare_fingerprints);
    for (size_t i = 0; i < findings->count; i++) {
        before = i > 0 && order[i]->fingerprint == last ? before + 1 : 0;
        last = order[i]->fingerprint;
        order[i]->fingerprint += before * UINT64_C(0x9e3779b97f4a7c15);
    }
    free(order);
}
