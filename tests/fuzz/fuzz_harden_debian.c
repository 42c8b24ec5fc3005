/* Files of paragraphs and versions that anybody wrote: an order is one, from both sides. */
#include "image/accounts.h"
#include "image/debian.h"
#include "image/release.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void expect_order(const struct packages *packages)
{
    for (size_t i = 0; i + 2 < packages->count && i < 20; i++) {
        const char *const a = packages->list[i].version, *const b = packages->list[i + 1].version,
                          *const c = packages->list[i + 2].version;
        const int ab = sign(debian_compare(a, b)), bc = sign(debian_compare(b, c));
        if (debian_compare(a, a) != 0 || ab != -sign(debian_compare(b, a)))
            abort();
        if (ab == bc && sign(debian_compare(a, c)) != ab)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = copy_bytes((const char *)data, size);
    struct packages packages = { .list = NULL };
    struct bytes out = { .data = NULL };
    struct release release;

    packages_add(&packages, text, size);
    expect_order(&packages);
    packages_sort(&packages);
    for (size_t i = 0; i < packages.count; i++)
        if (packages_find(&packages, packages.list[i].name) > i)
            abort();
    packages_free(&packages);
    release_read(&release, text, size);
    if (strlen(release.id) >= RELEASE_WORD || strlen(release.codename) >= RELEASE_WORD)
        abort();
    accounts_put(&out, text, size, text, size);
    bytes_free(&out);
    free(text);
    return 0;
}
