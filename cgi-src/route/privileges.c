#include "privileges.h"

#include "buffer.h"
#include "layers.h"
#include "route.h"
#include "settings.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* --- before the drop -------------------------------------------------------------------------- */

/* Sets the uid of a user by name or number; without one it stays as it is. */
static bool resolve_uid(const char *option, const char *user, uid_t *uid)
{
    long number;

    if (user == NULL)
        return true;
    if (parse_integer(user, &number) && number >= 0 && number <= INT_MAX) {
        *uid = (uid_t)number;
        return true;
    }
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        log_error("%s %s: no such user", option, user);
        return false;
    }
    *uid = entry->pw_uid;
    return true;
}

static bool resolve_peer(const char *peer, struct identity *identity)
{
    identity->is_peer_group = peer != NULL && peer[0] == ':';
    if (!identity->is_peer_group)
        return resolve_uid("--peer", peer, &identity->peer);
    const struct group *const group = getgrnam(peer + 1);
    if (group == NULL)
        log_error("--peer %s: no such group", peer);
    else
        identity->peer_group = group->gr_gid;
    return group != NULL;
}

static bool resolve_user(const char *user, struct identity *identity)
{
    const struct passwd *entry = user != NULL ? getpwnam(user) : NULL;

    if (user == NULL && identity->started_as_root) {
        log_error("refuses to serve as root: start it as another user, or with --user NAME");
        return false;
    }
    if (user == NULL)
        return true;
    if (entry == NULL) {
        log_error("--user %s: no such user", user);
        return false;
    }
    if (entry->pw_uid == 0 || entry->pw_gid == 0) {
        log_error("--user %s: is root, or in root's group: name another user", user);
        return false;
    }
    if (!identity->started_as_root && entry->pw_uid != identity->uid) {
        log_error("--user %s: only root can become another user", user);
        return false;
    }
    identity->uid = entry->pw_uid;
    identity->gid = entry->pw_gid;
    return true;
}

bool before_drop_resolve(const char *user, const char *peer, const char *monitor,
                         struct identity *identity)
{
    *identity = (struct identity){
        .started_as_root = getuid() == 0 || geteuid() == 0,
        .uid = geteuid(),
        .gid = getegid(),
    };
    if (!resolve_user(user, identity))
        return false;
    identity->peer = identity->monitor = identity->uid;
    return resolve_peer(peer, identity) && resolve_uid("--monitor", monitor, &identity->monitor);
}

/* --- the drop --------------------------------------------------------------------------------- */

/* libcap-ng keeps what it needs for the change of ids until it is done, and no longer. */
static bool drop_root(const struct identity *identity)
{
    capng_clear(CAPNG_SELECT_ALL);
    const int error =
        capng_change_id((int)identity->uid, (int)identity->gid,
                        CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
    if (error != 0)
        log_error("privileges can't be dropped: capng_change_id gives %d; the program must be "
                  "started with the capabilities setuid, setgid and setpcap",
                  error);
    return error == 0;
}

/* Where there are none it is not asked: the filter of systemd's unit refuses capset() to all. */
static bool drop_capabilities(void)
{
    if (capng_get_caps_process() == 0 && capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE &&
        capng_have_capabilities(CAPNG_SELECT_AMBIENT) == CAPNG_NONE)
        return true;
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_apply(CAPNG_SELECT_CAPS) == 0)
        return true;
    log_error("capabilities can't be dropped");
    return false;
}

bool forbid_new_privileges(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        return true;
    log_error("no_new_privs: %s", strerror(errno));
    return false;
}

bool before_drop_enter_root(const char *folder)
{
    if (!layer_is_on(LAYER_ROOT) || (chroot(folder) == 0 && chdir("/") == 0))
        return true;
    log_error("--root %s: %s", folder, strerror(errno));
    return false;
}

bool drop_privileges(const struct identity *identity)
{
    if (!forbid_new_privileges())
        return false;
    if (!layer_is_on(LAYER_USER))
        return true;
    if (!(identity->started_as_root ? drop_root(identity) : drop_capabilities()))
        return false;
    /* After the change of ids, which sets it anew: no core file, and no ptrace by an equal uid. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        log_error("PR_SET_DUMPABLE: %s", strerror(errno));
        return false;
    }
    return true;
}

/* --- after the drop --------------------------------------------------------------------------- */

static bool ids_are(const struct identity *identity)
{
    uid_t uids[3];
    gid_t gids[3];

    if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 ||
        getresgid(&gids[0], &gids[1], &gids[2]) != 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (uids[i] != identity->uid || gids[i] != identity->gid || uids[i] == 0)
            return false;
    return !identity->started_as_root || getgroups(0, NULL) == 0;
}

/* True when some call that must be refused was not. */
static bool can_be_undone(const struct identity *identity)
{
    return chroot("/") == 0 || setuid(0) == 0 || seteuid(0) == 0 || setreuid(0, 0) == 0 ||
           (identity->gid != 0 && (setgid(0) == 0 || setegid(0) == 0)) ||
           (identity->started_as_root && setgroups(0, NULL) == 0);
}

static bool has_capabilities(const struct identity *identity)
{
    capng_clear(CAPNG_SELECT_ALL);
    if (capng_get_caps_process() != 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE ||
        capng_have_capabilities(CAPNG_SELECT_AMBIENT) != CAPNG_NONE)
        return true;
    return identity->started_as_root && capng_have_capabilities(CAPNG_SELECT_BOUNDS) != CAPNG_NONE;
}

static bool is_in_roots_group(const struct identity *identity)
{
    return identity->gid == 0;
}

static bool has_groups(const struct identity *identity)
{
    gid_t group = identity->gid;

    /* More than there is room for is an error. */
    return getgroups(1, &group) < 0 || group != identity->gid;
}

static bool has_bounds(const struct identity *identity)
{
    (void)identity;
    return capng_have_capabilities(CAPNG_SELECT_BOUNDS) != CAPNG_NONE;
}

/*
 * What only root can give up, and who starts a program without any right, a container's engine say,
 * has given up before. After has_capabilities(), which has asked the kernel.
 */
static void find_rest(struct identity *identity)
{
    static const struct {
        const char *name;
        bool (*is_kept)(const struct identity *identity);
    } rest[] = {
        { "root's group", is_in_roots_group },
        { "its supplementary groups", has_groups },
        { "the capability bounding set", has_bounds },
    };
    char text[128];
    struct buffer names = { .bytes = text, .size = sizeof(text) };

    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        if (rest[i].is_kept(identity))
            put_format(&names, "%s%s", names.length > 0 ? " and " : "", rest[i].name);
    identity->keeps_rights = names.length > 0;
    if (identity->keeps_rights)
        log_warning("not started as root: beside its uid it keeps %.*s", (int)names.length, text);
}

bool after_drop_prove(struct identity *identity)
{
    const char *left = NULL;

    if (!layer_is_on(LAYER_USER))
        return true;
    if (!ids_are(identity))
        left = "user, group or supplementary groups are not the ones asked for";
    else if (can_be_undone(identity))
        left = "root can be had back";
    else if (has_capabilities(identity))
        left = "capabilities are left";
    else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        left = "no_new_privs is not set";
    else if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        left = "the process is dumpable";
    if (left != NULL) {
        log_error("the drop of privileges did not hold: %s", left);
        return false;
    }
    if (!identity->started_as_root)
        find_rest(identity);
    return true;
}
