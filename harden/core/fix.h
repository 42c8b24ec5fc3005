/* Texts without what was found in them. */
#ifndef BULKHEAD_FIX_H
#define BULKHEAD_FIX_H

#include "core/reader.h"

/* What became of a finding that was to be fixed. */
struct note {
    const struct check *check;
    size_t line;   /* of the text as it was before all, or that is closest to where it is now */
    char *message; /* what was wrong */
    char *refusal; /* why it was not fixed; NULL: it was */
};

struct notes {
    struct note *list;
    size_t count, room;
    size_t refused;
};

/*
 * Makes `after`, the text with every finding fixed whose fix is selected, and adds to `besides` the
 * files that have to be made with it (besides_cut(.., 0) frees them). After each step the
 * result is read again: its facts must have changed as the fix said and in nothing else, the
 * finding must be gone, and nothing new may be found; else that step is not taken, and a note says
 * why. False, with the fault: the text can't be read.
 */
bool fix_text(const struct reader *reader, const struct text *before,
              const struct selection *selection, struct text *after, struct besides *besides,
              struct notes *notes, struct fault *fault);

void notes_free(struct notes *notes);

#endif
