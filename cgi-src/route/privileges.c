#include "privileges.h"

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

static bool resolve_peer(const char *peer, struct identity *identity)
{
    long uid;

    identity->peer = identity->uid;
    if (peer == NULL)
        return true;
    if (parse_integer(peer, &uid) && uid >= 0 && uid <= INT_MAX) {
        identity->peer = (uid_t)uid;
        return true;
    }
    const struct passwd *entry = getpwnam(peer);
    if (entry == NULL) {
        log_error("--peer %s: no such user", peer);
        return false;
    }
    identity->peer = entry->pw_uid;
    return true;
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

bool before_drop_resolve(const char *user, const char *peer, struct identity *identity)
{
    *identity = (struct identity){
        .started_as_root = getuid() == 0 || geteuid() == 0,
        .uid = geteuid(),
        .gid = getegid(),
    };
    return resolve_user(user, identity) && resolve_peer(peer, identity);
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

static bool drop_capabilities(void)
{
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
    if (capng_get_caps_process() != 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
        return true;
    return identity->started_as_root && capng_have_capabilities(CAPNG_SELECT_BOUNDS) != CAPNG_NONE;
}

bool after_drop_prove(const struct identity *identity)
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
        log_warning("not started as root: it keeps its uid, its supplementary groups and the "
                    "capability bounding set");
    return true;
}
