/*
 * Whether what a file describes still comes up when it is fixed. That RUNS what the file says, with
 * the rights of the engine.
 */
#ifndef BULKHEAD_VERIFY_H
#define BULKHEAD_VERIFY_H

#include "core/reader.h"
#include "verify/bisect.h"
#include "verify/process.h"

struct verification;

/* What became of one text. */
struct trial {
    enum outcome outcome;
    bool is_ended;     /* up: all that it has to do is done, and nothing of it runs any more */
    char *what;        /* "healthy after 3 s", "it ended with code 1" */
    struct bytes tail; /* down: the last that it said */
};

/* How texts of one type are tried. */
struct method {
    const char *type;

    /* Before anything else; false, with *why: it can't be tried here. NULL: nothing to prepare. */
    bool (*prepare)(struct verification *verification, char **why);

    /* Leaves nothing running, whatever became of it. The trial is all 0. */
    void (*attempt)(struct verification *verification, const struct text *text,
                    struct trial *trial);

    /* Removes what the attempts have left for the next ones. NULL: nothing. */
    void (*finish)(struct verification *verification);
};

struct verification {
    const struct text *text; /* the file */
    const char *context;     /* the folder that it is built in; NULL: the file's */
    int seconds;             /* that it has to become healthy */
    char **extra;            /* arguments of `docker run`; ends with NULL */
    struct runner runner;
    char *folder;        /* the file's */
    char *name;          /* of all that is made: nobody else has it */
    char *temporary;     /* a folder for files that are to be read; NULL: there is none */
    struct bytes layers; /* ids of images without a name that were built, each with a blank */
    size_t attempts;
    bool is_plugin; /* Compose is a part of docker's command line */
};

/* NULL: there is none for that type. */
const struct method *method_for(const char *type);

extern const struct method method_compose, method_daemon, method_dockerfile;

/* Makes the names, and notes signals from here on. False, with *why. */
bool verification_begin(struct verification *verification, const struct method *method, char **why);
void verification_end(struct verification *verification, const struct method *method);

/* Tries it; after that nothing of it runs any more. The caller frees the trial. */
void verify_text(struct verification *verification, const struct method *method,
                 const struct text *text, const struct besides *besides, struct trial *trial);
void trial_free(struct trial *trial);

/* --- for methods ------------------------------------------------------------------------------ */

/* Sets what became of it. `why` is a format. */
void conclude(struct trial *trial, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The program has ended with that code, which is not 0: the end of its log is the trial's. */
void conclude_failure(struct verification *verification, struct trial *trial, int code,
                      const char *what);

/* Makes a file in the folder for these, of what the text says; NULL: it can't. To be freed. */
char *put_temporary(struct verification *verification, const char *name, const struct text *text);

/* Until the containers are up, or will not be: `ids` are their names, with white space between. */
void watch_containers(struct verification *verification, const char *ids, struct trial *trial);

/* Adds each word of it as an argument; it is cut into them for that. */
void argue_words(struct arguments *arguments, char *words);

#endif
