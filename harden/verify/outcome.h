/* The fixes of one file, as changes that are tried together, and what is to be told of that. */
#ifndef BULKHEAD_OUTCOME_H
#define BULKHEAD_OUTCOME_H

#include "core/fix.h"
#include "verify/verify.h"

struct outcome_context {
    struct verification *verification;
    const struct method *method;
    const struct reader *reader;
    const struct selection *selection;       /* what was asked for */
    const struct check *checks[CHANGES_MAX]; /* whose fix changes something, in the rules' order */
    size_t count;
    bool is_ended;      /* the original does what it has to do, and ends */
    struct trial trial; /* of the last try */
};

/* Finds the checks whose fix changes something; notes of what is refused go to `notes`. */
bool changes_of(struct outcome_context *context, struct notes *notes, struct fault *fault);

/* Makes the text with the chosen fixes. */
void change_text(const struct outcome_context *context, const bool *chosen, struct text *after,
                 struct besides *besides);

/* "K1, K2" of the chosen. */
void put_chosen(struct bytes *out, const struct outcome_context *context, const bool *chosen,
                const char *between);

/* Tries the text with the chosen fixes; its `context` is this one. */
enum outcome try_changes(void *context, const bool *chosen);

/* Adds each finding of the original that is not in `after` any more, and how many are left. */
void put_gone(struct bytes *out, const struct outcome_context *context, const struct text *after);

/* Adds the lines, indented, without those that have what is found to be a secret. */
void put_tail(struct bytes *out, const struct outcome_context *context, const struct bytes *tail);

#endif
