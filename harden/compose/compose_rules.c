/* Which checks of Compose files there are, and the reader. */
#include "compose/compose_checks.h"

static const struct rule rules[] = {
    { "C23", compose_find_twins, NULL, NULL },
    { "C1", compose_find_privileged, compose_fix_privileged, NULL },
    { "C2", compose_find_volumes, NULL, NULL },
    { "C3", NULL, compose_fix_path, NULL },
    { "C22", NULL, compose_fix_propagation, NULL },
    { "C4", compose_find_ports, compose_fix_port, NULL },
    { "C5", NULL, NULL, NULL },
    { "C6", NULL, NULL, NULL },
    { "C7", compose_find_shared, NULL, compose_networks },
    { "C8", compose_find_shared, compose_fix_shared, compose_shares },
    { "C9", compose_find_new_privileges, compose_fix_new_privileges, NULL },
    { "C10", compose_find_unconfined, compose_fix_unconfined, NULL },
    { "C11", compose_find_capabilities, NULL, NULL },
    { "C12", compose_find_cap_drop, compose_fix_cap_drop, NULL },
    { "C13", compose_find_writable, compose_fix_writable, NULL },
    { "C14", compose_find_limit, compose_fix_limit, &compose_memory },
    { "C15", compose_find_limit, compose_fix_limit, &compose_pids },
    { "C16", compose_find_limit, compose_fix_limit, &compose_cpus },
    { "C17", compose_find_root, NULL, NULL },
    { "C18", compose_find_health, NULL, NULL },
    { "C19", compose_find_image, NULL, NULL },
    { "C20", compose_find_secret, compose_fix_secret, NULL },
    { "C21", compose_find_devices, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};

static void *parse(const struct text *text, struct fault *fault)
{
    return compose_read(text, fault);
}

static void release(void *model)
{
    compose_free(model);
}

static bool judge(const struct document *document, struct fault *fault)
{
    const struct compose *const compose = document->model;

    return tree_judge(&compose->tree, fault);
}

static const char *const names[] = { "*compose*.yml", "*compose*.yaml", NULL };
static const char *const comments[] = { "#", NULL };

const struct reader compose_reader = {
    .type = "compose",
    .names = names,
    .looks = compose_looks,
    .comments = comments,
    .parse = parse,
    .release = release,
    .facts = compose_facts,
    .judge = judge,
    .rules = rules,
};
