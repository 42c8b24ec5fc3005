/*
 * JSON (RFC 8259) with the place of everything. Strict: what parsers disagree about is a fault -
 * names that come twice, numbers that don't fit, half of a surrogate pair, what follows the value.
 * Pure.
 */
#ifndef BULKHEAD_JSON_H
#define BULKHEAD_JSON_H

#include "core/edits.h"
#include "core/memory.h"
#include "core/text.h"

/* How many brackets may be in each other, and after how many faults no more are counted. */
enum { JSON_DEPTH_MAX = 64, JSON_FAULTS_MAX = 100 };

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json {
    enum json_kind kind;
    struct span at;   /* the value, with its quotes or brackets */
    struct span name; /* of a member of an object, with its quotes; else 0 bytes long */

    /* What the name and the string mean: UTF-8, then a NUL, and perhaps others in it. */
    const char *key, *string;
    size_t key_length, string_length;

    struct json *parent; /* NULL: it is the whole */
    struct json *first, *last,
        *next;    /* what is in it, in the order of the text; who is beside it */
    size_t count; /* what is in it */
};

/* What is wrong, in the order of the text; JSON_FAULTS_MAX at most. */
struct json_faults {
    struct fault *list;
    size_t count, room;
};

struct json_document {
    struct json
        *root;     /* NULL: there is a fault after which nothing can be made of it, or is_empty */
    bool is_empty; /* not a single value, nor a fault: white space at most */
    struct json_faults faults;
    struct pool pool;
};

/* Reads it all. It is valid when there are no faults; a text without a value is left to the caller.
 */
void json_read(struct json_document *document, const struct text *text);
void json_free(struct json_document *document);

/* The member of that name; NULL: there is none, or it is no object, or NULL. */
const struct json *json_member(const struct json *object, const char *name);

/* Whether it is a string, and just this. */
bool json_is_string(const struct json *value, const char *string);

/* Adds where it is: "/log-opts/max-size", "/hosts/0"; nothing for the whole (RFC 6901, undecoded).
 */
void json_path(struct bytes *out, const struct text *text, const struct json *value);

/*
 * The facts of a value and all in it: "PATH = VALUE" as it is written, "PATH {" and "PATH [" before
 * what is in it. Their order is the text's, and means nothing in an object.
 */
void json_facts(struct facts *facts, const struct text *text, const struct json *value);

/* Whether json-c reads the same value in it; else the fault says where not. */
bool json_judge(const struct text *text, const struct json_document *document, struct fault *fault);

/*
 * Makes the member `name` of the object be `value`, which is written as JSON: in the place of the
 * one that is there, or behind the last in the style of that. The object is the root, or one
 * inside; NULL: the text has no value yet. Of a value that is an object, the facts of what is in it
 * are for the caller to expect. False after refuse(): what is there holds others.
 */
bool json_set(struct edits *edits, const struct text *text, const struct json *object,
              const char *name, const char *value);

#endif
