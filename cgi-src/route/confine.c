#include "confine.h"

#include "filter.h"
#include "landlock.h"
#include "layers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct sandbox sandbox_pure = { .calls = NULL, .places = NULL };

bool is_sandbox_setting(const char *value)
{
    return strcmp(value, "required") == 0 || strcmp(value, "best-effort") == 0 || *value == '\0';
}

/* A layer as this kernel has it. */
struct offer {
    const char *name;
    const char *takes; /* what it takes to have it */
    int there;         /* > 0: it is there; 0: the kernel has none; < 0: it is refused */
    int error;         /* how */
};

static bool is_required(bool started_as_root, const struct offer *one, const struct offer *other)
{
    const char *const wanted = setting_text("SANDBOX");

    if (wanted[0] == '\0')
        return started_as_root && one->there != 0 && other->there != 0;
    return strcmp(wanted, "required") == 0;
}

/* False: it is missing and must not be. */
static bool may_be_missing(const struct offer *offer, bool required)
{
    char why[128];

    if (offer->there > 0)
        return true;
    if (offer->there == 0)
        snprintf(why, sizeof(why), "this kernel has none; %s", offer->takes);
    else
        snprintf(why, sizeof(why), "refused here: %s; a container's seccomp profile may do that",
                 strerror(offer->error));
    if (required)
        log_error("SANDBOX=required, but no %s: %s; or set SANDBOX=best-effort", offer->name, why);
    else
        log_warning("without %s: %s", offer->name, why);
    return !required;
}

static void warn_of_old_landlock(int abi)
{
    const char *const missing = landlock_missing(abi);

    if (missing != NULL)
        log_warning("Landlock of ABI %d can't refuse %s: a newer kernel can", abi, missing);
}

bool before_drop_prepare_walls(const struct route *route, const char *journal, bool started_as_root,
                               struct confinement *confinement)
{
    struct offer landlock = { .name = "Landlock",
                              .takes = "it takes Linux 5.13, with landlock among its lsm=" };
    struct offer seccomp = { .name = "seccomp filters", .takes = "they take Linux 4.14" };

    landlock.there = layer_landlock_abi();
    landlock.error = errno;
    seccomp.there = layer_filter_support();
    seccomp.error = errno;
    *confinement = (struct confinement){ .ruleset = -1, .has_journal = journal != NULL };
    const bool required = is_required(started_as_root, &landlock, &seccomp);
    if (!may_be_missing(&landlock, required) || !may_be_missing(&seccomp, required))
        return false;
    confinement->has_filter = seccomp.there > 0 && layer_is_on(LAYER_SECCOMP);
    if (landlock.there <= 0 || !layer_is_on(LAYER_LANDLOCK))
        return true;
    warn_of_old_landlock(landlock.there);
    confinement->landlock_abi = landlock.there;
    confinement->ruleset = landlock_make_ruleset(landlock.there, route->sandbox, journal);
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
    return !confinement->has_filter ||
           (filter_load(route, confinement->has_journal) && filter_prove());
}

void confine_describe(const struct route *route)
{
    static const char *const uses[] = {
        [PLACE_JOURNAL] = "make files there and append to them",
        [PLACE_SPOOL] = "list and read what is below it, and remove files",
        [PLACE_FILE] = "read the file that it names",
        [PLACE_PAGES] = "read the files in it",
    };
    const struct place *place = route->sandbox->places;
    const int abi = landlock_kernel_abi();

    printf("What %s may do once it serves.\n\n", route->name);
    filter_describe(route);
    printf("\nPlaces of the file system (Landlock):\n");
    if (place == NULL || place->setting == NULL)
        printf("  none\n");
    for (; place != NULL && place->setting != NULL; place++)
        printf("  %s: %s\n", place->setting, uses[place->use]);
    if (route->run == NULL)
        printf("With --journal its folder also: make files there and append to them.\n");
    if (route->sandbox->tcp_port != NULL)
        printf("TCP: connect to port %ld, of any host.\n", route->sandbox->tcp_port());
    printf("No %sTCP, no abstract socket, no signal to another process.\n",
           route->sandbox->tcp_port != NULL ? "other " : "");
    if (abi <= 0)
        printf(abi == 0 ? "This kernel has no Landlock.\n" : "Landlock is refused here.\n");
    else if (landlock_missing(abi) != NULL)
        printf("This kernel's Landlock has ABI %d, and can't refuse %s.\n", abi,
               landlock_missing(abi));
    else
        printf("This kernel's Landlock has ABI %d.\n", abi);
}
