#include "confine.h"

#include "filter.h"
#include "landlock.h"
#include "layers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct sandbox sandbox_pure = { .calls = NULL, .places = NULL };

bool is_sandbox_setting(const char *value)
{
    return strcmp(value, "required") == 0 || strcmp(value, "best-effort") == 0 || *value == '\0';
}

static bool is_required(bool started_as_root, bool has_both)
{
    const char *const wanted = setting_text("SANDBOX");

    return wanted[0] == '\0' ? started_as_root && has_both : strcmp(wanted, "required") == 0;
}

/* False: it is missing and must not be. */
static bool may_be_missing(bool is_there, bool required, const char *what, const char *why)
{
    if (is_there)
        return true;
    if (required)
        log_error("SANDBOX=required, but this kernel has no %s: %s; or set SANDBOX=best-effort",
                  what, why);
    else
        log_warning("without %s: %s", what, why);
    return !required;
}

static void warn_of_old_landlock(int abi)
{
    const char *const missing = landlock_missing(abi);

    if (missing != NULL)
        log_warning("Landlock of ABI %d can't refuse %s: a newer kernel can", abi, missing);
}

bool before_drop_prepare_walls(const struct route *route, bool started_as_root,
                               struct confinement *confinement)
{
    const int abi = layer_landlock_abi();
    const bool has_filter = filter_is_possible();
    const bool required = is_required(started_as_root, abi > 0 && has_filter);

    *confinement = (struct confinement){ .ruleset = -1 };
    if (!may_be_missing(abi > 0, required, "Landlock",
                        "it takes Linux 5.13, with landlock among the kernel's lsm=") ||
        !may_be_missing(has_filter, required, "seccomp filters", "they take Linux 4.14"))
        return false;
    confinement->has_filter = has_filter && layer_is_on(LAYER_SECCOMP);
    if (abi == 0 || !layer_is_on(LAYER_LANDLOCK))
        return true;
    warn_of_old_landlock(abi);
    confinement->landlock_abi = abi;
    confinement->ruleset = landlock_make_ruleset(abi, route->sandbox->places);
    return confinement->ruleset >= 0;
}

bool after_drop_close_files(struct confinement *confinement)
{
    if (confinement->landlock_abi == 0)
        return true;
    const bool enforced = landlock_enforce(confinement->ruleset) && landlock_prove();
    close(confinement->ruleset);
    confinement->ruleset = -1;
    return enforced;
}

bool after_start_close_calls(const struct route *route, const struct confinement *confinement)
{
    return !confinement->has_filter || (filter_load(route) && filter_prove());
}

void confine_describe(const struct route *route)
{
    const struct place *place = route->sandbox->places;
    const int abi = landlock_kernel_abi();

    printf("What %s may do once it serves.\n\n", route->name);
    filter_describe(route);
    printf("\nPlaces of the file system (Landlock):\n");
    if (place == NULL || place->setting == NULL)
        printf("  none\n");
    for (; place != NULL && place->setting != NULL; place++)
        printf("  %s: make files there and append to them\n", place->setting);
    printf("No TCP, no abstract socket, no signal to another process.\n");
    if (abi == 0)
        printf("This kernel has no Landlock.\n");
    else if (landlock_missing(abi) != NULL)
        printf("This kernel's Landlock has ABI %d, and can't refuse %s.\n", abi,
               landlock_missing(abi));
    else
        printf("This kernel's Landlock has ABI %d.\n", abi);
}
