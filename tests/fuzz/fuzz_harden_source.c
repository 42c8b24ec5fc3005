/*
 * Source of each language that anybody wrote: strings are in it, one behind the other, and what is
 * found is. The first byte says the language.
 */
#include "source/source.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A string is behind the ones before it, or within a field of one of them: none overlap. */
static void expect_literals(const struct source *source)
{
    enum { OPEN_MAX = 101 }; /* as deep as fields are read, and one without any */
    size_t ends[OPEN_MAX], open = 0, at = 0;

    for (size_t i = 0; i < source->count; i++) {
        const struct source_literal *const literal = &source->literals[i];
        if (literal->at.offset <= at || literal->at.offset + literal->at.length >= literal->end ||
            literal->end > source->text->length)
            abort();
        at = literal->at.offset;
        while (open > 0 && ends[open - 1] < at)
            open--;
        if (open == OPEN_MAX || (open > 0 && literal->end >= ends[open - 1]))
            abort();
        ends[open++] = literal->at.offset + literal->at.length;
    }
}

static void expect_code(const struct source *source)
{
    const struct text *const text = source->text;

    if (source->code != NULL && strlen(source->code) > text->length)
        abort();
    expect_literals(source);
    /* ends of lines are where they were */
    for (size_t i = 0; source->code != NULL && i < text->length; i++)
        if ((text->bytes[i] == '\n') != (source->code[i] == '\n'))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "a.py", "a.js",   "a.php", "a.rb", "a.sh",
                                         "a.c",  "a.go",   "a.kt",  "a.pl", "a.env",
                                         "a.md", "a.json", "a",     ".env", "a.yml" };
    struct findings findings = { .selection = NULL };
    struct document document;
    struct fault fault;
    struct text text;

    if (size == 0)
        return 0;
    text_of(&text, names[data[0] % (sizeof(names) / sizeof(names[0]))], (const char *)data + 1,
            size - 1);
    if (!document_open(&document, &source_reader, &text, &fault))
        abort();
    expect_code(document.model);
    document_audit(&document, &findings);
    for (size_t i = 0; i < findings.count; i++) {
        const struct span at = findings.list[i].at;
        if (at.offset > text.length || at.length > text.length - at.offset)
            abort();
    }
    findings_free(&findings);
    document_close(&document);
    text_free(&text);
    return 0;
}
