#include "core/memory.h"
#include "core/reader.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct reader *reader_named(const char *type)
{
    for (size_t i = 0; readers[i] != NULL; i++)
        if (strcmp(readers[i]->type, type) == 0)
            return readers[i];
    return NULL;
}

static bool is_name_of(const struct reader *reader, const char *lower)
{
    for (size_t i = 0; reader->names[i] != NULL; i++)
        if (fnmatch(reader->names[i], lower, 0) == 0)
            return true;
    return false;
}

const struct reader *reader_for(const char *base, const struct text *text)
{
    const struct reader *match = NULL;
    char *const lower = copy_bytes(base, strlen(base));

    for (char *c = lower; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; readers[i] != NULL && match == NULL; i++)
        if (is_name_of(readers[i], lower) &&
            (text == NULL || readers[i]->looks == NULL || readers[i]->looks(text)))
            match = readers[i];
    free(lower);
    return match;
}

const struct rule *rule_of(const struct reader *reader, const struct check *check)
{
    for (const struct rule *rule = reader->rules; rule->id != NULL; rule++)
        if (strcmp(rule->id, check->id) == 0)
            return rule;
    return NULL;
}

bool document_open(struct document *document, const struct reader *reader, const struct text *text,
                   struct fault *fault)
{
    *document = (struct document){ .reader = reader, .text = text };
    document->model = reader->parse(text, fault);
    return document->model != NULL;
}

void document_close(struct document *document)
{
    if (document->model != NULL)
        document->reader->release(document->model);
    document->model = NULL;
}

bool document_has_beside(const struct document *document, const char *name)
{
    const char *const path = document->text->name;
    const char *const slash = strrchr(path, '/');

    if (document->besides != NULL && beside_has(document->besides, document->beside_count, name))
        return true;
    char *const other =
        format_text("%.*s%s", slash != NULL ? (int)(slash + 1 - path) : 0, path, name);
    struct stat status;
    const bool is_there = lstat(other, &status) == 0;
    free(other);
    return is_there;
}

void document_audit(const struct document *document, struct findings *findings)
{
    findings->text = document->text;
    for (const struct rule *rule = document->reader->rules; rule->id != NULL; rule++)
        if (rule->find != NULL)
            rule->find(document, rule, findings);
    if (document->reader->comments != NULL)
        document_ignore(document, findings);
    findings_sort(findings);
    findings_fingerprint(findings);
}
