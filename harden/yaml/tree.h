/*
 * YAML (1.1, as libyaml reads it) with the place of everything: a tree of nodes, in which an alias
 * is a node of its own that names another one, so nothing is there more often than in the text.
 * Pure.
 */
#ifndef BULKHEAD_TREE_H
#define BULKHEAD_TREE_H

#include "core/edits.h"
#include "core/memory.h"
#include "core/text.h"

enum {
    YAML_DEPTH_MAX = 64,        /* nodes in each other */
    YAML_NODES_MAX = 200000,    /* in the text */
    YAML_EXPANDED_MAX = 500000, /* when each alias is what it stands for */
    YAML_ANCHORS_MAX = 1000,
};

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING, NODE_ALIAS };

enum node_style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_BLOCK, STYLE_FLOW };

struct node {
    enum node_kind kind;
    /* of scalars: plain, in quotes of either kind, or a block; of collections: a block, or flow */
    enum node_style style;
    struct span at;     /* without tag and anchor; a collection that is a block has no sure end */
    size_t begin;       /* where its tag or anchor begins, or else it itself */
    const char *value;  /* of a scalar, decoded; of an alias, the name; ends with NUL */
    size_t length;      /* of it */
    const char *tag;    /* "!reset", "tag:yaml.org,2002:str"; NULL without */
    const char *anchor; /* NULL without */
    size_t aliases;     /* how many there are of it */
    size_t merges;      /* how many of those are values of a <<, or in the list that is one */
    size_t expanded;    /* how many nodes it is when each alias is what it stands for */
    size_t fact;        /* the number of its fact; a plain key has none */

    struct node *key;                 /* of a value in a mapping, its key; else NULL */
    struct node *target;              /* of an alias, what it stands for */
    struct node *parent;              /* of a key, its mapping; NULL: it is a document's */
    struct node *first, *last, *next; /* what is in it: of a mapping, the values */
    size_t count;                     /* of those */
    const struct node *twin;          /* the first value whose key was there before */
};

struct tree {
    const struct text *text;
    struct node **roots; /* of each document; an empty one has an empty scalar */
    size_t count, room;
    size_t fact_count;
    bool has_twin_anchors; /* a name is given twice: parsers disagree about that */
    bool has_odd_merges;   /* a << has what is no mapping: programs refuse that */
    bool has_odd_breaks;   /* lines end with what is no newline to most programs */
    struct pool pool;
};

/* False, with the fault: libyaml can't read it, or it is beyond a bound. tree_free in any case. */
bool tree_read(struct tree *tree, const struct text *text, struct fault *fault);
void tree_free(struct tree *tree);

/* --- questions -------------------------------------------------------------------------------- */

/* What an alias stands for; any other node is itself. NULL stays NULL. */
const struct node *node_resolve(const struct node *node);

/* Whether it is a scalar of just this value, however it is written. */
bool node_is(const struct node *node, const char *value);

/* Whether it is nothing: an empty plain scalar, ~ or null. */
bool node_is_null(const struct node *node);

/* Whether programs take it for true: true, yes, on; in quotes too. And false: false, no, off. */
bool node_is_true(const struct node *node);
bool node_is_false(const struct node *node);

/* Whether the value is a merge: << as a plain key. */
bool node_is_merge(const struct node *value);

/* The last value of that name in the mapping itself, not resolved; NULL: there is none. */
const struct node *node_own(const struct node *mapping, const char *name);

/* The same, or else that of what is merged into it; resolved. An alias is seen through. */
const struct node *node_get(const struct node *mapping, const char *name);

/* A value whose key is there before, in the mapping; NULL: no key is there twice. For the reader,
 * which keeps it in the node. */
const struct node *tree_find_twin(const struct node *mapping);

/* All nodes that are values, in the order of the text; start with a root, ends with NULL. */
const struct node *node_following(const struct node *node);

/* --- facts ------------------------------------------------------------------------------------ */

/* "PATH = VALUE" of plain scalars, "PATH = 'VALUE'" of others, "PATH [", "PATH {", "PATH *NAME". */
void tree_facts(struct facts *facts, const struct tree *tree);

/* Adds its fact; or only the path in that. */
void node_put_fact(struct bytes *out, const struct node *node);
void node_put_path(struct bytes *out, const struct node *node);

/* Whether libyaml's own loader reads the same in it; else the fault says where not. */
bool tree_judge(const struct tree *tree, struct fault *fault);

/* --- edits: each says what it changes in the facts; false after refuse() ---------------------- */

/* What is put in, as it means: one value, or a list of them. None needs an escape in quotes. */
struct fresh {
    const char *name;          /* of an entry; NULL: an item of a sequence */
    const char *const *values; /* ends with NULL */
    bool is_list;              /* it is written as one, in brackets */
    bool is_quoted;            /* in double quotes, where no neighbour says how */
};

/* Puts new entries before all others of a mapping. */
bool node_insert(struct edits *edits, const struct tree *tree, const struct node *mapping,
                 const struct fresh *fresh, size_t count);

/* Puts the values behind the last of a sequence, as items. */
bool node_append(struct edits *edits, const struct tree *tree, const struct node *sequence,
                 const struct fresh *fresh);

/*
 * Puts other bytes in the place of a part of a scalar, counted in its value; with quotes around all
 * of it, if it needs them then. Refused where the text is not what it means: escapes, lines that
 * are folded, a block.
 */
bool node_replace(struct edits *edits, const struct tree *tree, const struct node *scalar,
                  size_t from, size_t removed, const char *bytes);

/* Puts another value in the place of a scalar's, in its quotes; in double ones if `is_quoted`. */
bool node_set(struct edits *edits, const struct tree *tree, const struct node *scalar,
              const char *value, bool is_quoted);

/*
 * Takes an entry out of its mapping, or an item out of its sequence. `goes` says which of those
 * beside it are taken out too, each by a call of its own; one has to stay.
 */
bool node_remove(struct edits *edits, const struct tree *tree, const struct node *value,
                 bool (*goes)(const struct node *value));

/* The name of an anchor at or above the node that something but a merge names; NULL: there is none.
 */
const char *node_shared(const struct node *node);

#endif
