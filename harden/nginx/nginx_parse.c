/* The tree of nginx's directives. */
#include "nginx/nginx.h"

#include <stdlib.h>
#include <string.h>

/* Its blocks have rows of its own: a name there is no directive. */
static bool is_table(const struct nginx_directive *directive)
{
    static const char *const names[] = { "map", "geo", "types", "split_clients", "charset_map" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (nginx_is(directive, names[i]))
            return true;
    return false;
}

static bool is_lua(const struct nginx_directive *directive)
{
    static const char end[] = "_by_lua_block";
    const char *const name = nginx_word(directive, 0);
    const size_t length = strlen(name);

    return length >= sizeof(end) && strcmp(name + length - sizeof(end) + 1, end) == 0;
}

/* The block that is open, and its depth. */
struct open {
    size_t block, depth;
};

static struct nginx_directive *add(struct nginx *nginx, const struct nginx_directive *directive,
                                   const struct open *open)
{
    nginx->list = need_room(nginx->list, &nginx->room, nginx->count + 1, sizeof(nginx->list[0]));
    struct nginx_directive *const new = &nginx->list[nginx->count];
    *new = *directive;
    new->index = nginx->count++;
    new->past = nginx->count;
    new->parent = open->block;
    new->depth = open->depth;
    return new;
}

/* Opens the block of the directive; of Lua it is skipped. False, with the fault. */
static bool open_block(struct nginx *nginx, struct nginx_directive *directive, size_t *at,
                       struct open *open, struct fault *fault)
{
    directive->is_block = true;
    directive->inside.offset = *at;
    directive->is_table =
        is_table(directive) || (open->block != NGINX_TOP && nginx->list[open->block].is_table);
    if (is_lua(directive)) {
        const size_t end = nginx_skip_lua(nginx->text, *at);
        if (end == nginx->text->length)
            return fail_at(fault, directive->words[0].at.offset, "the block of Lua has no end");
        directive->code = (struct span){ .offset = *at, .length = end - *at };
        directive->inside = directive->code;
        directive->is_table = true;
        *at = directive->end = end + 1;
        return true;
    }
    if (open->depth == NGINX_DEPTH_MAX)
        return fail_at(fault, *at - 1, "blocks are more than %d deep", NGINX_DEPTH_MAX);
    open->block = directive->index;
    open->depth++;
    return true;
}

static bool close_block(struct nginx *nginx, size_t at, struct open *open, struct fault *fault)
{
    if (open->block == NGINX_TOP)
        return fail_at(fault, at - 1, "a } is where none may be");
    struct nginx_directive *const block = &nginx->list[open->block];
    block->inside.length = at - 1 - block->inside.offset;
    block->end = at;
    block->past = nginx->count;
    open->block = block->parent;
    open->depth--;
    return true;
}

static bool read_all(struct nginx *nginx, struct fault *fault)
{
    struct open open = { .block = NGINX_TOP };
    size_t at = nginx->text->begin;

    for (;;) {
        struct nginx_directive directive = { .words = NULL };
        const int end = nginx_read_words(nginx, &at, &directive, fault);
        if (end < 0)
            return false;
        if (end == 0)
            break;
        if (end == '}') {
            if (!close_block(nginx, at, &open, fault))
                return false;
            continue;
        }
        directive.end = at;
        struct nginx_directive *const new = add(nginx, &directive, &open);
        if (end == '{' && !open_block(nginx, new, &at, &open, fault))
            return false;
    }
    if (open.block != NGINX_TOP)
        return fail_at(fault, nginx->list[open.block].words[0].at.offset,
                       "the block has no } that ends it");
    return true;
}

struct nginx *nginx_read(const struct text *text, struct fault *fault)
{
    struct nginx *const nginx = need(1, sizeof(*nginx));

    nginx->text = text;
    if (read_all(nginx, fault))
        return nginx;
    nginx_free(nginx);
    return NULL;
}

void nginx_free(struct nginx *nginx)
{
    free(nginx->list);
    pool_free(&nginx->pool);
    free(nginx);
}
