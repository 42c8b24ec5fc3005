/* What is asked of a value of JSON. */
#include "json/json.h"

#include <string.h>

const struct json *json_member(const struct json *object, const char *name)
{
    const size_t length = strlen(name);

    if (object == NULL || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *member = object->first; member != NULL; member = member->next)
        if (member->key_length == length && memcmp(member->key, name, length) == 0)
            return member;
    return NULL;
}

bool json_is_string(const struct json *value, const char *string)
{
    const size_t length = strlen(string);

    return value != NULL && value->kind == JSON_STRING && value->string_length == length &&
           memcmp(value->string, string, length) == 0;
}

/* The step from its parent to it. */
static void put_step(struct bytes *out, const struct text *text, const struct json *value,
                     size_t index)
{
    const char *const name = text->bytes + value->name.offset;

    bytes_text(out, "/");
    if (value->name.length == 0) {
        bytes_format(out, "%zu", index);
        return;
    }
    for (size_t i = 1; i + 1 < value->name.length; i++) {
        if (name[i] == '/')
            bytes_text(out, "~1");
        else if (name[i] == '~')
            bytes_text(out, "~0");
        else
            bytes_add(out, name + i, 1);
    }
}

void json_path(struct bytes *out, const struct text *text, const struct json *value)
{
    size_t index = 0;

    if (value->parent == NULL)
        return;
    json_path(out, text, value->parent);
    for (const struct json *other = value->parent->first; other != value; other = other->next)
        index++;
    put_step(out, text, value, index);
}

/* `path` is that of the value, and the same again afterwards. */
static void put_facts(struct facts *facts, const struct text *text, const struct json *value,
                      struct bytes *path)
{
    const size_t length = path->length;
    const bool is_object = value->kind == JSON_OBJECT;
    size_t index = 0;

    if (facts->is_full)
        return;
    if (!is_object && value->kind != JSON_ARRAY) {
        bytes_text(path, " = ");
        bytes_add(path, text->bytes + value->at.offset, value->at.length);
    } else {
        bytes_text(path, is_object ? " {" : " [");
    }
    fact_add(facts, path->data, path->length);
    path->length = length;
    for (const struct json *child = value->first; child != NULL; child = child->next) {
        put_step(path, text, child, index++);
        put_facts(facts, text, child, path);
        path->length = length;
    }
}

void json_facts(struct facts *facts, const struct text *text, const struct json *value)
{
    struct bytes path = { .data = NULL };

    put_facts(facts, text, value, &path);
    bytes_free(&path);
}
