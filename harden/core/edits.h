/*
 * How a text is changed: bytes are put in the place of others, and all the rest stays as it is.
 * With them goes what the change means, as facts, so that it can be checked afterwards.
 */
#ifndef BULKHEAD_EDITS_H
#define BULKHEAD_EDITS_H

#include "core/besides.h"
#include "core/facts.h"
#include "core/text.h"

#include <stdbool.h>

/* `removed` bytes at `offset` make place for `length` others. */
struct splice {
    size_t offset, removed;
    char *bytes;
    size_t length;
};

/* A fact that comes or goes. */
struct change {
    char *fact;
    size_t length;
    size_t at;
    bool is_gain, is_done;
};

struct edits {
    struct splice *splices;
    size_t splice_count, splice_room;
    struct change *changes;
    size_t change_count, change_room;
    struct besides besides;
    char *refusal;
};

/* Adds a splice. The same one again adds nothing: two findings may have one cure. */
void edit(struct edits *edits, size_t offset, size_t removed, const char *bytes, size_t length);

/* The fact is of no place: the order of such facts means nothing. */
#define ANYWHERE ((size_t)-1)

/*
 * Says that a fact will be gone, or be there. `at` counts the facts of the document before: it is
 * the one that goes, or the one that the new one will be directly before (their count: the end).
 * A fact that is ANYWHERE has no order: the first that is the same goes, and a new one may be in
 * any place. Elsewhere the same said again adds nothing.
 */
void expect_loss(struct edits *edits, size_t at, const char *fact, size_t length);
void expect_gain(struct edits *edits, size_t at, const char *fact, size_t length);

/* Whether something is expected of the fact of that number: its cure is there already. */
bool edits_expect(const struct edits *edits, size_t at);

/*
 * Has a file made beside the text's, of a name that nothing has yet; more for a name is appended.
 * document_has_beside() tells whether something has it.
 */
void edit_beside(struct edits *edits, const char *name, const char *bytes, size_t length,
                 mode_t mode);

/*
 * Says why the fix is not done here; false, so that it can be returned. "It would" is how the core
 * begins when it stops a fix that is wrong: tests and fuzzers take it for that.
 */
bool refuse(struct edits *edits, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How much was in it at some time; and what was added since taken away: a fix was refused. */
struct edits_mark {
    size_t splices, changes, besides;
};
struct edits_mark edits_mark(const struct edits *edits);
void edits_cut(struct edits *edits, struct edits_mark mark);

/* Makes `after`, of the same name, from the text. False: splices overlap, or lie beyond its end. */
bool edits_apply(struct edits *edits, const struct text *before, struct text *after);

/* Whether the facts changed as was said and in nothing else; else *why, which the caller frees. */
bool edits_explain(struct edits *edits, const struct facts *before, const struct facts *after,
                   char **why);

void edits_free(struct edits *edits);

#endif
