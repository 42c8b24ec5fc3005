/* Rights: taking back what was given up, and getting out of what it was shut into. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int become_root(void)
{
    return syscall(SYS_setuid, 0) != 0 ? errno : effect(geteuid() == 0);
}

static int become_root_for_files(void)
{
    syscall(SYS_setfsuid, 0);
    return syscall(SYS_setfsuid, -1) == 0 ? DONE : EPERM;
}

static int take_capability(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[2] = { { .effective = 1 << CAP_SYS_ADMIN,
                                                .permitted = 1 << CAP_SYS_ADMIN } };

    return outcome(syscall(SYS_capset, &head, sets));
}

static int read_capabilities(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[2];

    return outcome(syscall(SYS_capget, &head, sets));
}

/* --- namespaces ------------------------------------------------------------------------------- */

static int start_in_user_namespace(void)
{
    const long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);

    if (pid == 0)
        end_child();
    return child_ran(pid);
}

static int join_sibling(void)
{
    const int pidfd = (int)syscall(SYS_pidfd_open, SIBLING, 0);

    return pidfd < 0 ? errno : outcome(syscall(SYS_setns, pidfd, CLONE_NEWUTS));
}

static int join_by_file(void)
{
    const int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? errno : outcome(syscall(SYS_setns, fd, CLONE_NEWUTS));
}

/* --- file systems ----------------------------------------------------------------------------- */

static int mount_something(void)
{
    return outcome(mount("none", MOUNTED, "tmpfs", 0, NULL));
}

static int change_mount(void)
{
    return outcome(mount(NULL, MOUNTED, NULL, MS_REMOUNT | MS_NOEXEC, NULL));
}

static int change_root(void)
{
    if (syscall(SYS_unshare, CLONE_NEWNS) != 0 || chdir(MOUNTED) != 0)
        return errno;
    return outcome(syscall(SYS_pivot_root, ".", "."));
}

/* In the root folder, where it starts; elsewhere if it was given none. */
#define WAY_OUT "way-out"

/* One folder that is not above it is enough to have no root folder any more. */
static int escape_root(void)
{
    if (mkdir(WAY_OUT, 0700) != 0 || chroot(WAY_OUT) != 0)
        return errno;
    for (int i = 0; i < 16; i++)
        if (chdir("..") != 0)
            return errno;
    return read_some("etc/passwd");
}

/* Another process's root folder, by a /proc of its own. */
static int escape_by_mount(void)
{
    if (mkdir(WAY_OUT, 0700) != 0 || mount("proc", WAY_OUT, "proc", 0, NULL) != 0)
        return errno;
    const int result = read_some(WAY_OUT "/1/root/etc/passwd");
    umount2(WAY_OUT, MNT_DETACH);
    return result;
}

static int open_file_system(void)
{
    return outcome(syscall(SYS_fsopen, "tmpfs", 0));
}

static int open_mounts(void)
{
    return outcome(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE));
}

const struct attack attacks_on_rights[] = {
    ATTACK("setuid", "become root (`setuid`)", become_root),
    SINGLE_CALL("setresuid", "become root (`setresuid`)", SYS_setresuid, 0, 0, 0),
    SINGLE_CALL("setgid", "join root's group (`setgid`)", SYS_setgid, 0),
    SINGLE_CALL("setgroups", "change its groups (`setgroups`)", SYS_setgroups, 0, 0),
    ATTACK("setfsuid", "be root for files (`setfsuid`)", become_root_for_files),
    ATTACK("capset", "take a capability (`capset`)", take_capability),
    ATTACK("capget", "find out its capabilities (`capget`)", read_capabilities),
    SINGLE_CALL("dumpable", "let itself be traced (`PR_SET_DUMPABLE`)", SYS_prctl, PR_SET_DUMPABLE,
                1),
    SINGLE_CALL("keepcaps", "keep its capabilities (`PR_SET_KEEPCAPS`)", SYS_prctl, PR_SET_KEEPCAPS,
                1),
    SINGLE_CALL("securebits", "change what root means (`PR_SET_SECUREBITS`)", SYS_prctl,
                PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP),
    SINGLE_CALL("rename-itself", "call itself something else (`PR_SET_NAME`)", SYS_prctl,
                PR_SET_NAME, POINTER("nginx")),
    ATTACK("user-namespace", "start a process in a user namespace", start_in_user_namespace),
    SINGLE_CALL("mount-namespace", "a mount namespace of its own (`unshare`)", SYS_unshare,
                CLONE_NEWNS),
    SINGLE_CALL("network-namespace", "a network of its own (`unshare`)", SYS_unshare, CLONE_NEWNET),
    ATTACK("join-sibling", "join another program's namespace (`setns`, pidfd)", join_sibling),
    ATTACK("join-by-file", "join a namespace (`setns`, file)", join_by_file),
    ATTACK("mount", "mount a file system", mount_something),
    ATTACK("remount", "change a mount", change_mount),
    SINGLE_CALL("umount", "take a mount away", SYS_umount2, POINTER(MOUNTED), MNT_DETACH),
    ATTACK("pivot-root", "change everybody's root folder (`pivot_root`)", change_root),
    SINGLE_CALL("chroot", "change its root folder (`chroot`)", SYS_chroot, POINTER(OPEN_FOLDER)),
    ATTACK("escape-chroot", "leave its root folder by a second `chroot`", escape_root),
    ATTACK("escape-mount", "leave its root folder by mounting `/proc`", escape_by_mount),
    ATTACK("fsopen", "make a file system (`fsopen`)", open_file_system),
    ATTACK("open-tree", "copy the mounts (`open_tree`)", open_mounts),
    ATTACKS_END,
};
