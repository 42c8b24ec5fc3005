/*
 * What a type of file is to the rest of the program: one table of functions, in readers.c's list.
 * harden/README.md says how one is added, and how a check of one is.
 */
#ifndef BULKHEAD_READER_H
#define BULKHEAD_READER_H

#include "core/check.h"
#include "core/edits.h"
#include "core/facts.h"
#include "core/findings.h"
#include "core/text.h"

/* A text, and what its reader made of it. */
struct document {
    const struct reader *reader;
    const struct text *text;
    void *model;
    const struct besides *besides; /* files that fixes are about to make; NULL: none */
    size_t beside_count;           /* how many pieces of that are there for this document */
};

/* One check's code. */
struct rule {
    const char *id;

    /* Adds its findings by found(). NULL: the rule before it finds them as well. */
    void (*find)(const struct document *document, const struct rule *rule,
                 struct findings *findings);

    /*
     * Adds to `edits` the bytes that have to change so that this finding of this rule is gone, and
     * what that changes in the facts. False, by refuse(): it can't be done safely here, and why.
     * NULL: it is of FIX_NONE.
     */
    bool (*fix)(const struct document *document, const struct finding *finding,
                struct edits *edits);

    const void *detail; /* for the functions, when several rules share them */
};

struct reader {
    const char *type; /* of --type, and of its checks' rows */

    /* Files that are of this type by their name: fnmatch(3) patterns in lower case, ends with NULL.
     */
    const char *const *names;

    /* Whether such a file is one by what is in it too; NULL: its name is enough. */
    bool (*looks)(const struct text *text);

    /* What begins a comment, for those that tell us to ignore something; NULL: it has none. */
    const char *const *comments;

    /* Whether what looks like the beginning of one is it: else it is a string. NULL: always. */
    bool (*is_comment)(const struct document *document, size_t offset);

    /*
     * The model of a text, which lives no longer than that; never changed. NULL, with the fault: it
     * can't be read. What is wrong with it may be in the model instead, for a check to say.
     */
    void *(*parse)(const struct text *text, struct fault *fault);
    void (*release)(void *model);

    /* All that the model says, so that two can be compared: facts.h. */
    void (*facts)(const struct document *document, struct facts *facts);

    /* Whether somebody else's parser reads the same in it; asked of what a fix made. NULL: none. */
    bool (*judge)(const struct document *document, struct fault *fault);

    const struct rule *rules; /* ends with a row without id */
};

/* All of them; ends with NULL. */
extern const struct reader *const readers[];

/* The one of that type; NULL: there is none. */
const struct reader *reader_named(const char *type);

/* The one whose file this is by its base name, and by what is in it if `text` is not NULL. */
const struct reader *reader_for(const char *base, const struct text *text);

/* The reader's rule of that check; NULL: it is of another type, or X1, which ignore.c looks for. */
const struct rule *rule_of(const struct reader *reader, const struct check *check);

/* False, with the fault: it can't be read. The text must outlive the document. */
bool document_open(struct document *document, const struct reader *reader, const struct text *text,
                   struct fault *fault);
void document_close(struct document *document);

/* Whether something of that name is in the folder of the text, or will be when it is fixed. */
bool document_has_beside(const struct document *document, const char *name);

/*
 * Adds all findings of the selected checks that no comment in the text says to ignore, sorted by
 * their place, each with its fingerprint.
 */
void document_audit(const struct document *document, struct findings *findings);

/*
 * Takes out what a comment says to ignore, and adds what is wrong with such comments; a part of
 * document_audit.
 */
void document_ignore(const struct document *document, struct findings *findings);

#endif
