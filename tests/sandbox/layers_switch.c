/*
 * Another layers.c, for programs of the tests alone: what is left when a layer is missing. Linked
 * before libroute.a, it takes the place of the constant one.
 */
#include "route/layers.h"

#include "route/filter.h"
#include "route/landlock.h"
#include "route/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [LAYER_USER] = "user",       [LAYER_ROOT] = "root",     [LAYER_LANDLOCK] = "landlock",
    [LAYER_SECCOMP] = "seccomp", [LAYER_LIMITS] = "limits", [LAYER_MDWE] = "mdwe",
};

/* Whether a name is one of those that commas separate. */
static bool is_among(const char *name, const char *list)
{
    const size_t length = strlen(name);

    for (; *list != '\0'; list += strspn(list, ",")) {
        const size_t word = strcspn(list, ",");
        if (word == length && strncmp(list, name, length) == 0)
            return true;
        list += word;
    }
    return false;
}

bool layer_is_on(enum layer layer)
{
    const char *const off = getenv("BULKHEAD_TEST_LAYERS_OFF");

    return off == NULL || !is_among(names[layer], off);
}

/* What the variable says the kernel has, if that is less than it has; -1 as after EPERM. */
static int at_most(const char *variable, int kernel)
{
    const char *const wanted = getenv(variable);
    long value;

    if (wanted == NULL || !parse_integer(wanted, &value) || value < -1 || value >= kernel)
        return kernel;
    errno = EPERM;
    return (int)value;
}

int layer_landlock_abi(void)
{
    return at_most("BULKHEAD_TEST_LANDLOCK_ABI", landlock_kernel_abi());
}

int layer_filter_support(void)
{
    return at_most("BULKHEAD_TEST_SECCOMP", filter_kernel_support());
}
