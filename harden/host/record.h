/*
 * What the engine's API says of an image, a container or itself: an object of JSON, or a list of
 * them, as `docker inspect` prints it. What we have seen besides is in its member "Harden".
 */
#ifndef BULKHEAD_RECORD_H
#define BULKHEAD_RECORD_H

#include "core/reader.h"
#include "json/json.h"

/* Of readers whose model is a struct json_document without faults. */
void *record_parse(const struct text *text, struct fault *fault);
void record_release(void *model);
void record_facts(const struct document *document, struct facts *facts);
bool record_judge(const struct document *document, struct fault *fault);

/* The first object; the others are its ->next. NULL: there is none. */
const struct json *record_first(const struct document *document);

/* The member of a member, by names with slashes between: "HostConfig/Privileged". */
const struct json *record_at(const struct json *object, const char *path);

/* The same as a text ("" for what is none), a truth, a number (0), what is in a list or object. */
const char *record_text(const struct json *object, const char *path);
bool record_is_true(const struct json *object, const char *path);
double record_number(const struct document *document, const struct json *object, const char *path);
const struct json *record_items(const struct json *object, const char *path);

/* The number that a text begins with, of digits of that base; 0 where there is none, or too many.
 */
unsigned long digits_of(const char *text, unsigned base);

/* Where a finding of the object is: at the member, or at its beginning where that lacks. */
struct where record_place(const struct json *object, const char *path, const char *subject);

/*
 * The text of an object of JSON, with another member "Harden", which is written as JSON. The caller
 * frees it by text_free.
 */
void record_text_of(struct text *text, const char *name, const char *object, size_t length,
                    const char *harden);

#endif
