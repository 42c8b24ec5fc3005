/* nginx's configuration that anybody wrote: each place is in it, and blocks are in each other. */
#include "nginx/nginx.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_directive(const struct nginx *nginx, size_t index)
{
    const struct nginx_directive *const directive = &nginx->list[index];
    const size_t parent = directive->parent;
    size_t at = parent == NGINX_TOP ? 0 : nginx->list[parent].inside.offset;

    if (directive->index != index || directive->past <= index || directive->past > nginx->count ||
        directive->count == 0 || directive->end > nginx->text->length)
        abort();
    if (parent != NGINX_TOP &&
        (parent >= index || directive->past > nginx->list[parent].past ||
         directive->depth != nginx->list[parent].depth + 1 ||
         directive->end > nginx->list[parent].inside.offset + nginx->list[parent].inside.length))
        abort();
    for (size_t i = 0; i < directive->count; i++) {
        const struct nginx_word *const word = &directive->words[i];
        if (word->at.offset < at || word->at.offset + word->at.length > directive->end ||
            strlen(word->value) > word->at.length)
            abort();
        at = word->at.offset + word->at.length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault = { .offset = 0 };
    struct text text;

    text_of(&text, "", (const char *)data, size);
    struct nginx *const nginx = nginx_read(&text, &fault);
    if (nginx == NULL && fault.offset > size)
        abort();
    for (size_t i = 0; nginx != NULL && i < nginx->count; i++)
        expect_directive(nginx, i);
    if (nginx != NULL)
        nginx_free(nginx);
    text_free(&text);
    return 0;
}
