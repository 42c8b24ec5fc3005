#include "host/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *record_parse(const struct text *text, struct fault *fault)
{
    struct json_document *const model = need(1, sizeof(*model));

    json_read(model, text);
    const struct json *const root = model->root;
    if (model->faults.count == 0 && root != NULL &&
        (root->kind == JSON_OBJECT || root->kind == JSON_ARRAY))
        return model;
    if (model->faults.count > 0)
        *fault = model->faults.list[0];
    else
        fail_at(fault, 0, "it is neither an object nor a list of objects");
    record_release(model);
    return NULL;
}

void record_release(void *model)
{
    json_free(model);
    free(model);
}

void record_facts(const struct document *document, struct facts *facts)
{
    const struct json_document *const model = document->model;

    json_facts(facts, document->text, model->root);
}

bool record_judge(const struct document *document, struct fault *fault)
{
    return json_judge(document->text, document->model, fault);
}

/* --- members ---------------------------------------------------------------------------------- */

const struct json *record_first(const struct document *document)
{
    const struct json_document *const model = document->model;

    return model->root->kind == JSON_ARRAY ? model->root->first : model->root;
}

const struct json *record_at(const struct json *object, const char *path)
{
    char name[64];

    while (object != NULL && *path != '\0') {
        const size_t length = strcspn(path, "/");
        if (length >= sizeof(name))
            return NULL;
        memcpy(name, path, length);
        name[length] = '\0';
        object = json_member(object, name);
        path += length + (path[length] == '/');
    }
    return object;
}

const char *record_text(const struct json *object, const char *path)
{
    const struct json *const value = record_at(object, path);

    return value != NULL && value->kind == JSON_STRING ? value->string : "";
}

bool record_is_true(const struct json *object, const char *path)
{
    const struct json *const value = record_at(object, path);

    return value != NULL && value->kind == JSON_TRUE;
}

double record_number(const struct document *document, const struct json *object, const char *path)
{
    const struct json *const value = record_at(object, path);

    return value != NULL && value->kind == JSON_NUMBER
               ? strtod(document->text->bytes + value->at.offset, NULL)
               : 0;
}

const struct json *record_items(const struct json *object, const char *path)
{
    const struct json *const value = record_at(object, path);

    return value != NULL && (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT) ? value->first
                                                                                      : NULL;
}

unsigned long digits_of(const char *text, unsigned base)
{
    unsigned long value = 0;

    for (; *text >= '0' && (unsigned)(*text - '0') < base; text++) {
        if (value > UINT32_MAX / 16)
            return 0;
        value = value * base + (unsigned long)(*text - '0');
    }
    return value;
}

struct where record_place(const struct json *object, const char *path, const char *subject)
{
    const struct json *const value = record_at(object, path);
    struct where where = { .node = object, .subject = subject };

    if (value != NULL)
        where.at = value->at;
    else
        where.at = (struct span){ .offset = object->at.offset, .length = 1 };
    return where;
}

void record_text_of(struct text *text, const char *name, const char *object, size_t length,
                    const char *harden)
{
    struct bytes out = { .data = NULL };

    while (length > 0 && strchr(" \t\r\n", object[length - 1]) != NULL)
        length--;
    if (length > 0 && object[length - 1] == '}')
        length--;
    bytes_add(&out, object, length);
    bytes_format(&out, "%s\"Harden\": %s}\n", length > 1 ? ", " : "", harden);
    text_of(text, name, out.data, out.length);
    text->is_made = true;
    bytes_free(&out);
}
