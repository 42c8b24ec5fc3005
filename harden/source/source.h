/*
 * Source and settings of any program, as far as secrets and calls are found in them: which bytes
 * are code, which are comments, and which are strings. Languages are rows of a table; what is no
 * language is a plain text, in which only tokens and keys are looked for.
 */
#ifndef BULKHEAD_SOURCE_H
#define BULKHEAD_SOURCE_H

#include "core/reader.h"

/* A bit each, so that a check's row may say several. */
enum source_kind {
    SOURCE_PLAIN = 0,
    SOURCE_PYTHON = 1,
    SOURCE_SCRIPT = 2, /* JavaScript and TypeScript */
    SOURCE_PHP = 4,
    SOURCE_RUBY = 8,
    SOURCE_SHELL = 16,
    SOURCE_C = 32,
    SOURCE_GO = 64,
    SOURCE_JAVA = 128, /* and Kotlin, C# */
    SOURCE_PERL = 256,
    SOURCE_JSON = 512,
    SOURCE_SETTINGS = 1024, /* a line NAME=VALUE or NAME: VALUE each */
};

struct source_language {
    enum source_kind kind;
    const char *suffixes;     /* with a blank around each: " py pyi " */
    const char *interpreters; /* of #!: likewise */
    const char *line[3];      /* what begins a comment that ends with its line */
    const char *open, *close; /* a comment that may have several; NULL: there is none */
    const char *quotes;       /* what is around strings */
    const char *raw;          /* those of them in which a backslash is one */
    const char *multiline;    /* those that may have several lines */
    const char *fields[2];    /* what begins code in a string; its bracket ends it */
    const char *fielded;      /* quotes of strings that have such */
    bool has_triple, has_regex, has_heredocs;
};

/* A string: what is between its quotes. One in a field of another is within that. */
struct source_literal {
    struct span at;
    size_t end;        /* behind the quote that ends it */
    bool is_put_in_to; /* a part of it is a variable's: f"", `${}`, "#{}" */
};

struct source {
    const struct text *text;
    const struct source_language *language; /* NULL: a plain text, or a binary file */
    bool is_binary;

    /*
     * The text with blanks for comments and SOURCE_FILLER for what is in strings, but for the code
     * in their fields; of the same length, and a NUL behind it. NULL where there is no language,
     * or lines are all that counts.
     */
    char *code;
    struct source_literal *literals; /* in their order */
    size_t count, room;
};

#define SOURCE_FILLER '\1'

extern const struct reader source_reader;

/* The language of a file of that name, and that begins so; NULL: none that is known. */
const struct source_language *source_language_of(const struct text *text);

/* Finds comments and strings. */
void source_scan(struct source *source);

/* --- for the checks --------------------------------------------------------------------------- */

static inline bool source_is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Where white space ends, from `at` on; or begins, before `at`. */
size_t source_skip(const struct source *source, size_t at);
size_t source_back(const struct source *source, size_t at);

/* The name that ends before `end`; length 0: none does. */
struct span source_name_before(const struct source *source, size_t end);

/* The literal whose quote is at that place; NULL: none is. */
const struct source_literal *source_literal_at(const struct source *source, size_t quote);

bool source_is(const struct source *source, struct span span, const char *word);

/* Rules have functions of this form: reader.h. */
#define SOURCE_FIND(name)                                                                          \
    void name(const struct document *document, const struct rule *rule, struct findings *findings)

SOURCE_FIND(source_find_credentials); /* S1 */
SOURCE_FIND(source_find_tokens);      /* S2 */
SOURCE_FIND(source_find_calls);       /* S3 to S6 */

/* S1 in what has no code: lines NAME=VALUE. */
void source_find_settings(const struct source *source, const struct rule *rule,
                          struct findings *findings);

/* Whether something of that name is a credential, and that value could be one. */
bool source_is_credential(const char *name, size_t length, const char *value, size_t size);

/* Whether it has the form SCHEME://NAME:PASSWORD@HOST, with a password that could be one. */
bool source_has_password(const char *value, size_t length);

#endif
