/*
 * nginx's configuration, as nginx reads it (ngx_conf_file.c), with the place of everything: a tree
 * of directives, in the order of the text. Files that it includes are not read: what they may say
 * is not known, and nothing is found for the lack of it.
 */
#ifndef BULKHEAD_NGINX_H
#define BULKHEAD_NGINX_H

#include "core/memory.h"
#include "core/reader.h"

/* How deep blocks may be in each other. */
enum { NGINX_DEPTH_MAX = 64 };

struct nginx_word {
    struct span at;    /* of the text, with the quotes */
    const char *value; /* without quotes and escapes; ends with NUL */
    bool is_quoted;
};

/* No directive: above the outermost ones. */
#define NGINX_TOP ((size_t)-1)

struct nginx_directive {
    struct nginx_word *words; /* the first is its name */
    size_t count;
    size_t index;  /* of nginx.list, and the number of its fact */
    size_t past;   /* the index behind what is in it */
    size_t parent; /* the block that it is in; NGINX_TOP: none */
    size_t depth;
    bool is_block;
    bool is_table;      /* what is in the block are no directives: of map, types, geo */
    struct span inside; /* of a block, between its braces */
    size_t end;         /* behind its ; or } */
    struct span code;   /* of a Lua block, what is in it: no directives either */
};

struct nginx {
    const struct text *text;
    struct nginx_directive *list;
    size_t count, room;
    struct pool pool;
};

extern const struct reader nginx_reader;

/* NULL, with the fault: nginx would not read it either. nginx_free frees it. */
struct nginx *nginx_read(const struct text *text, struct fault *fault);
void nginx_free(struct nginx *nginx);

/*
 * Reads the words of the directive at *at, and moves that behind what ends them: ; or {. What is
 * returned is that, or } alone, or 0 at the end of the text; -1 with the fault.
 */
int nginx_read_words(struct nginx *nginx, size_t *at, struct nginx_directive *directive,
                     struct fault *fault);

/* The offset of the } that ends a block of Lua which begins at `at`; the text's length: none. */
size_t nginx_skip_lua(const struct text *text, size_t at);

/* --- for the checks --------------------------------------------------------------------------- */

bool nginx_is(const struct nginx_directive *directive, const char *name);

/* The word of that number, from 0; "" where there is none. */
const char *nginx_word(const struct nginx_directive *directive, size_t number);

/* The first directive in a block, or of NGINX_TOP; nginx.count and beyond: there is none. */
size_t nginx_first(const struct nginx *nginx, size_t block);
size_t nginx_past(const struct nginx *nginx, size_t block);

/* The first of that name that is directly in the block; NULL: there is none. */
const struct nginx_directive *nginx_find(const struct nginx *nginx, size_t block, const char *name);

/* The directive of that name in the block, or in the nearest block around it that has one. */
const struct nginx_directive *nginx_inherited(const struct nginx *nginx, size_t block,
                                              const char *name);

/* The block of that name that it is in, itself perhaps; NULL: none. */
const struct nginx_directive *nginx_within(const struct nginx *nginx, size_t index,
                                           const char *name);

/* Whether it is nginx's own, not a row of a map, nor of a stream or mail server. */
bool nginx_is_http(const struct nginx *nginx, const struct nginx_directive *directive);

/* What the includes directly in a block may say that is not known. */
enum nginx_unknown {
    NGINX_KNOWN,   /* nothing: there are none, or but of nginx's own types and parameters */
    NGINX_SERVERS, /* servers: conf.d/ and sites-enabled/; seldom more */
    NGINX_UNKNOWN, /* anything */
};
enum nginx_unknown nginx_unknown(const struct nginx *nginx, size_t block);

/* The same of the block and all around it. */
enum nginx_unknown nginx_unknown_above(const struct nginx *nginx, size_t block);

struct nginx_location {
    enum { NGINX_PREFIX, NGINX_EXACT, NGINX_REGEX, NGINX_NAMED } kind;
    bool is_final; /* ^~: no regular expression is asked */
    const char *path;
    const struct nginx_word *word;
};

/* False: the directive is none. */
bool nginx_location(const struct nginx_directive *directive, struct nginx_location *location);

/*
 * The next variable in a value from *at on, which moves behind it: its name without $ and braces.
 * False: there is none.
 */
bool nginx_variable(const char *value, size_t *at, struct span *name);

/* Where a word is, or a whole directive: its name. Without a subject. */
struct where nginx_where(const struct nginx_directive *directive, const struct nginx_word *word);

/* --- for the fixes ---------------------------------------------------------------------------- */

void nginx_put_fact(struct bytes *out, const struct nginx *nginx,
                    const struct nginx_directive *directive, size_t depth);

/* Puts another word in the place of that one, which means what is written. */
bool nginx_replace(struct edits *edits, const struct nginx *nginx,
                   const struct nginx_directive *directive, const struct nginx_word *word,
                   const char *value);

/* The same for words from the first to the last number; what is between them goes too. */
bool nginx_replace_words(struct edits *edits, const struct nginx *nginx,
                         const struct nginx_directive *directive, size_t first, size_t last,
                         const char *value);

/*
 * Puts directives into a block: behind `after`, which is directly in it, or in front of all with
 * NULL. Lines end with \n, without an indentation of their own but for what is deeper.
 */
bool nginx_insert(struct edits *edits, const struct nginx *nginx,
                  const struct nginx_directive *block, const struct nginx_directive *after,
                  const char *lines);

#endif
