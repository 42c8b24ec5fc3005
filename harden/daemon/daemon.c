#include "daemon/daemon.h"

#include <stdlib.h>
#include <string.h>

static void *parse(const struct text *text, struct fault *fault)
{
    struct json_document *const model = need(1, sizeof(*model));

    (void)fault; /* what is wrong with it is D12 */
    json_read(model, text);
    return model;
}

static void release(void *model)
{
    json_free(model);
    free(model);
}

static void facts(const struct document *document, struct facts *facts)
{
    const struct json_document *const model = document->model;

    if (model->root != NULL)
        json_facts(facts, document->text, model->root);
}

static bool judge(const struct document *document, struct fault *fault)
{
    return json_judge(document->text, document->model, fault);
}

const struct json *daemon_settings(const struct document *document)
{
    const struct json_document *const model = document->model;

    return model->root != NULL && model->root->kind == JSON_OBJECT ? model->root : NULL;
}

/* dockerd takes a file without a byte in it for one without settings. */
bool daemon_is_readable(const struct document *document)
{
    const struct json_document *const model = document->model;

    return model->faults.count == 0 && (model->is_empty || daemon_settings(document) != NULL);
}

struct where daemon_place(const struct document *document, const struct json *value,
                          const char *name)
{
    const struct json *const settings = daemon_settings(document);
    struct where where = { .node = value, .subject = name };

    if (value != NULL)
        where.at = value->at;
    else
        where.at = (struct span){
            .offset = settings != NULL ? settings->at.offset : document->text->begin,
            .length = settings != NULL,
        };
    return where;
}

static const char *const names[] = { "daemon.json", NULL };

const struct reader daemon_reader = {
    .type = "daemon",
    .names = names,
    .parse = parse,
    .release = release,
    .facts = facts,
    .judge = judge,
    .rules = daemon_rules,
};
