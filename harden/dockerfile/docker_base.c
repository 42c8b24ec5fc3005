/* K3: the images that one stands on, and that files are copied from. */
#include "dockerfile/docker_checks.h"

#include <string.h>
#include <strings.h>

static void find_fault(struct findings *findings, const struct rule *rule,
                       const struct image *image, struct where where)
{
    struct pool pool = { .chunks = NULL };
    const char *const fault = image_fault(&pool, image);

    if (fault != NULL)
        found(findings, rule->id, where, "%s: %s",
              image->repository[0] != '\0' ? image->repository : "the image", fault);
    pool_free(&pool);
}

static bool is_stage(const struct dockerfile *dockerfile, const char *name, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (dockerfile->stages[i].name[0] != '\0' &&
            strcasecmp(dockerfile->stages[i].name, name) == 0)
            return true;
    return strspn(name, "0123456789") == strlen(name);
}

/* COPY --from=IMAGE: what is no stage is fetched like a base. */
static void find_copied(const struct dockerfile *dockerfile, const struct rule *rule,
                        struct findings *findings)
{
    struct pool pool = { .chunks = NULL };

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const copy = &dockerfile->instructions[i];
        const char *const from = copy->keyword == DOCKER_COPY ? docker_flag(copy, "from") : NULL;
        if (from == NULL || strpbrk(from, ":/@") == NULL || strchr(from, '$') != NULL ||
            is_stage(dockerfile, from, dockerfile->stage_count))
            continue;
        const struct image image = image_split(&pool, from);
        struct where where = docker_where(copy, &copy->words[0]);
        where.subject = from;
        find_fault(findings, rule, &image, where);
    }
    pool_free(&pool);
}

void docker_find_base(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->stage_count; i++) {
        const struct docker_stage *const stage = &dockerfile->stages[i];
        if (stage->parent != NO_STAGE || !stage->is_known || stage->reference[0] == '\0' ||
            strcasecmp(stage->reference, "scratch") == 0)
            continue;
        struct where where = docker_where(&dockerfile->instructions[stage->from], &stage->word);
        where.subject = stage->reference;
        find_fault(findings, rule, &stage->image, where);
    }
    find_copied(dockerfile, rule, findings);
}
