/* Which files to look at. */
#ifndef BULKHEAD_DISCOVER_H
#define BULKHEAD_DISCOVER_H

#include "core/reader.h"

/* What is done with each file; it may keep neither. */
typedef void visit_fn(void *context, const struct reader *reader, const struct text *text);

struct discovery {
    const struct reader *type; /* all files that are named are of this type; NULL: by their names */
    visit_fn *visit;
    void *context;
    struct seen *seen; /* files that were visited, by whatever name; NULL at first */
    size_t files;      /* visited */
    size_t troubles;   /* files and folders that could not be read, each with a complaint */
};

/*
 * Visits the file, or the files below the folder whose type is known by their names, sorted.
 * Folders .git and node_modules are left out, and so are backups and symbolic links to folders;
 * folders are followed to a depth of 64. A folder's .hardenignore says what in it is left out too:
 * lines `NAME because REASON`, the name an fnmatch(3) pattern; what is named is looked at anyway.
 * A file is visited once, whatever it is called.
 */
void discover(struct discovery *discovery, const char *path);
void discovery_free(struct discovery *discovery);

/* A line on standard error: "harden: WHAT: WHY". */
void complain(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
