/* JSON that anybody wrote: what has no fault, json-c reads as the same value. */
#include "json/json.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_inside(const struct text *text, const struct json *value)
{
    if (value->at.offset > text->length || value->at.length > text->length - value->at.offset ||
        value->name.offset > text->length || (value->parent != NULL && value->at.length == 0))
        abort();
    for (const struct json *child = value->first; child != NULL; child = child->next)
        expect_inside(text, child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts facts = { .ends = NULL };
    struct json_document document;
    struct fault fault;
    struct text text;

    text_of(&text, "", (const char *)data, size);
    json_read(&document, &text);
    for (size_t i = 0; i < document.faults.count; i++)
        if (document.faults.list[i].offset > size)
            abort();
    if (document.root != NULL) {
        expect_inside(&text, document.root);
        json_facts(&facts, &text, document.root);
        if (document.faults.count == 0 && !json_judge(&text, &document, &fault))
            abort();
    }
    facts_free(&facts);
    json_free(&document);
    text_free(&text);
    return 0;
}
