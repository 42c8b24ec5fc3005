/* Who the program runs as: found out before anything is opened, dropped to, and proven. */
#ifndef BULKHEAD_PRIVILEGES_H
#define BULKHEAD_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

struct identity {
    bool started_as_root;
    bool keeps_rights; /* that only root can give up: a group, the capability bounding set */
    uid_t uid;
    gid_t gid;
    bool is_peer_group; /* whether it is `peer_group` that counts */
    uid_t peer;         /* whose requests are served */
    gid_t peer_group;
    uid_t monitor; /* who may probe, as may the program's own uid: see peer.h */
};

/*
 * Resolves --user, --peer and --monitor (NULL: not given). A program that was started as root needs
 * a user that is not; one that was not started as root can only be asked to stay who it is. `peer`
 * and `monitor` are a name or a number; without one, it is the uid that the program runs as. `peer`
 * may be ":GROUP" too: in a user namespace, where other users are nobody, a group may still have
 * its number. False after the reason was logged.
 */
bool before_drop_resolve(const char *user, const char *peer, const char *monitor,
                         struct identity *identity);

/*
 * Makes `folder` the root folder, from which there is no way out for who is not root. For a program
 * that was started as root; after it has opened what it needs. False after the reason was logged.
 */
bool before_drop_enter_root(const char *folder);

/* no_new_privs: whatever is executed from now on gains nothing by it, set-user-id files included.
 */
bool forbid_new_privileges(void);

/*
 * Gives up, for good: the uid and gid the program was started with, supplementary groups, every
 * capability set and, where it can, the capability bounding set. Then no_new_privs, and not
 * dumpable. False after the reason was logged: the program must end.
 */
bool drop_privileges(const struct identity *identity);

/*
 * Tries to undo it, and looks whether anything is left. False after what is wrong was logged. Of a
 * program that was not started as root it finds out, and warns of, what it keeps.
 */
bool after_drop_prove(struct identity *identity);

#endif
