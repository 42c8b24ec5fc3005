/* A second opinion: json-c's. */
#include "json/json.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static bool is_same(const struct text *text, const struct json *ours, struct json_object *theirs);

static bool is_same_number(const char *ours, size_t length, struct json_object *theirs)
{
    if (json_object_is_type(theirs, json_type_int)) {
        char *end;
        errno = 0;
        const intmax_t value = strtoimax(ours, &end, 10);
        return errno == 0 && end == ours + length && value == json_object_get_int64(theirs);
    }
    return json_object_is_type(theirs, json_type_double) &&
           strtod(ours, NULL) == json_object_get_double(theirs);
}

/*
 * json-c 0.16 takes a pair of escapes for half of another pair where the low 16 bits of what they
 * mean would be a half themselves, as of U+1DA00, and reads U+FFFD: that says nothing of the text.
 */
static bool is_misread(const char *utf8, size_t length)
{
    for (size_t i = 0; i + 3 < length; i++)
        if (((unsigned char)utf8[i] & 0xf8) == 0xf0 && (utf8[i + 1] & 0x0f) == 0x0d &&
            (utf8[i + 2] & 0x20) != 0)
            return true;
    return false;
}

static bool is_same_string(const struct json *ours, struct json_object *theirs)
{
    if (!json_object_is_type(theirs, json_type_string))
        return false;
    return is_misread(ours->string, ours->string_length) ||
           ((size_t)json_object_get_string_len(theirs) == ours->string_length &&
            memcmp(json_object_get_string(theirs), ours->string, ours->string_length) == 0);
}

static bool is_same_array(const struct text *text, const struct json *ours,
                          struct json_object *theirs)
{
    size_t index = 0;

    if (!json_object_is_type(theirs, json_type_array) ||
        json_object_array_length(theirs) != ours->count)
        return false;
    for (const struct json *child = ours->first; child != NULL; child = child->next)
        if (!is_same(text, child, json_object_array_get_idx(theirs, index++)))
            return false;
    return true;
}

static bool is_same_object(const struct text *text, const struct json *ours,
                           struct json_object *theirs)
{
    size_t misread = 0;

    if (!json_object_is_type(theirs, json_type_object))
        return false;
    for (const struct json *child = ours->first; child != NULL; child = child->next) {
        struct json_object *value;
        if (is_misread(child->key, child->key_length))
            misread++;
        else if (!json_object_object_get_ex(theirs, child->key, &value) ||
                 !is_same(text, child, value))
            return false;
    }
    /* names that are misread may have become one */
    const size_t length = (size_t)json_object_object_length(theirs);
    return length <= ours->count && length + misread >= ours->count;
}

static bool is_same(const struct text *text, const struct json *ours, struct json_object *theirs)
{
    switch (ours->kind) {
    case JSON_NULL:
        return theirs == NULL;
    case JSON_FALSE:
    case JSON_TRUE:
        return json_object_is_type(theirs, json_type_boolean) &&
               json_object_get_boolean(theirs) == (ours->kind == JSON_TRUE);
    case JSON_NUMBER:
        return is_same_number(text->bytes + ours->at.offset, ours->at.length, theirs);
    case JSON_STRING:
        return is_same_string(ours, theirs);
    case JSON_ARRAY:
        return is_same_array(text, ours, theirs);
    case JSON_OBJECT:
        return is_same_object(text, ours, theirs);
    }
    return false;
}

bool json_judge(const struct text *text, const struct json_document *document, struct fault *fault)
{
    /* white space behind the value is of it; the NUL ends a number */
    const char *const bytes = text->bytes + text->begin;
    const int length = (int)(text->length - text->begin) + 1;
    struct json_tokener *const tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);

    if (tokener == NULL)
        return fail_at(fault, 0, "there is not enough memory");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *const theirs = json_tokener_parse_ex(tokener, bytes, length);
    const enum json_tokener_error error = json_tokener_get_error(tokener);
    bool is_agreed = false;
    if (error != json_tokener_success)
        fail_at(fault, text->begin, "%s", json_tokener_error_desc(error));
    else if (!is_same(text, document->root, theirs))
        fail_at(fault, text->begin, "the values are not the same");
    else
        is_agreed = true;
    json_object_put(theirs);
    json_tokener_free(tokener);
    return is_agreed;
}
