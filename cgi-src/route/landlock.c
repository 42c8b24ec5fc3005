#include "landlock.h"

#include "route.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Names of the kernel's that the headers of Debian 12 don't have yet; linux/landlock.h of 6.15. */
#define FS_TRUNCATE                (UINT64_C(1) << 14)
#define FS_IOCTL_DEV               (UINT64_C(1) << 15)
#define NET_BIND_TCP               (UINT64_C(1) << 0)
#define NET_CONNECT_TCP            (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL               (UINT64_C(1) << 1)
#define RULE_NET_PORT              2

/* struct landlock_net_port_attr */
struct port_rule {
    uint64_t allowed;
    uint64_t port;
};

/* struct landlock_ruleset_attr as of ABI 6. An older kernel takes it while the rest is 0. */
struct ruleset {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};

/* What each version of Landlock added. A kernel refuses what its own version and all before do. */
static const struct generation {
    int abi;
    struct ruleset adds;
    const char *missing; /* below it: what can't be refused */
} generations[] = {
    { .abi = 1, /* Linux 5.13: the 13 rights from EXECUTE to MAKE_SYM */
      .adds.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
      .missing = "files" },
    { .abi = 2, /* 5.19 */
      .adds.fs = UINT64_C(1) << 13 /* REFER: link and rename to another folder */,
      .missing = NULL /* before, that was refused always */ },
    { .abi = 3, /* 6.2 */
      .adds.fs = FS_TRUNCATE,
      .missing = "truncation, TCP, ioctls of devices, abstract sockets, signals" },
    { .abi = 4, /* 6.7 */
      .adds.net = NET_BIND_TCP | NET_CONNECT_TCP,
      .missing = "TCP, ioctls of devices, abstract sockets, signals" },
    { .abi = 5, /* 6.10 */
      .adds.fs = FS_IOCTL_DEV,
      .missing = "ioctls of devices, abstract sockets, signals" },
    { .abi = 6, /* 6.12 */
      .adds.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL,
      .missing = "abstract sockets, signals" },
    { .abi = 7, /* 6.15: no right, but each refusal is in the kernel's audit log from here on */
      .missing = NULL },
};
enum { GENERATIONS = sizeof(generations) / sizeof(generations[0]) };

/* What stays allowed below a place, by its use. */
static const uint64_t place_rights[] = {
    [PLACE_JOURNAL] = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE,
    [PLACE_SPOOL] =
        LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE,
    [PLACE_FILE] = LANDLOCK_ACCESS_FS_READ_FILE,
    [PLACE_PROGRAM] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE,
    [PLACE_TREE] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    [PLACE_LOG] = LANDLOCK_ACCESS_FS_WRITE_FILE,
    [PLACE_OWN] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                  LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                  LANDLOCK_ACCESS_FS_REMOVE_DIR | FS_TRUNCATE,
    [PLACE_PAGES] = LANDLOCK_ACCESS_FS_READ_FILE,
};

int landlock_kernel_abi(void)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi > 0)
        return (int)abi;
    return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
}

const char *landlock_missing(int abi)
{
    for (size_t i = 0; i < GENERATIONS; i++)
        if (abi < generations[i].abi && generations[i].missing != NULL)
            return generations[i].missing;
    return NULL;
}

static struct ruleset handled_by(int abi)
{
    struct ruleset handled = { 0 };

    for (size_t i = 0; i < GENERATIONS && generations[i].abi <= abi; i++) {
        handled.fs |= generations[i].adds.fs;
        handled.net |= generations[i].adds.net;
        handled.scoped |= generations[i].adds.scoped;
    }
    return handled;
}

static bool is_a_file(enum place_use use)
{
    return use == PLACE_FILE || use == PLACE_PROGRAM;
}

static bool is_kind_right(int fd, enum place_use use)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return false;
    if (use == PLACE_TREE)
        return true;
    return is_a_file(use) ? S_ISREG(status.st_mode) : S_ISDIR(status.st_mode);
}

/* -1 after the reason was logged. */
static int open_place(const char *name, const char *path, enum place_use use)
{
    const int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd >= 0 && is_kind_right(fd, use))
        return fd;
    log_error("%s %s: %s", name, path,
              fd < 0           ? strerror(errno)
              : is_a_file(use) ? "is no file"
                               : "is no folder");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Of a file the kernel takes no right of a folder. */
static uint64_t rights_at(int fd, int abi, enum place_use use)
{
    const uint64_t of_files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                              LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE;
    const uint64_t rights = place_rights[use] & handled_by(abi).fs;
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) ? rights : rights & of_files;
}

bool landlock_allow_place(int ruleset, int abi, const char *name, const char *path,
                          enum place_use use)
{
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open_place(name, path, use),
    };

    if (rule.parent_fd < 0)
        return false;
    rule.allowed_access = rights_at(rule.parent_fd, abi, use);
    const bool allowed =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    if (!allowed)
        log_error("%s %s: Landlock: %s", name, path, strerror(errno));
    close(rule.parent_fd);
    return allowed;
}

static const char *path_of(const struct place *place)
{
    return place->path != NULL ? place->path() : setting_text(place->setting);
}

static bool allow_places(int ruleset, int abi, const struct place *places, const char *journal)
{
    for (; places != NULL && places->setting != NULL; places++)
        if (!landlock_allow_place(ruleset, abi, places->setting, path_of(places), places->use))
            return false;
    return journal == NULL ||
           landlock_allow_place(ruleset, abi, "--journal", journal, PLACE_JOURNAL);
}

bool landlock_allow_port(int ruleset, int abi, long port, enum port_use use)
{
    const struct port_rule rule = {
        .allowed = use == PORT_LISTEN ? NET_BIND_TCP : NET_CONNECT_TCP,
        .port = (uint64_t)port,
    };

    if ((handled_by(abi).net & rule.allowed) == 0 ||
        syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0)
        return true;
    log_error("port %ld: Landlock: %s", port, strerror(errno));
    return false;
}

int landlock_make_ruleset(int abi, const struct sandbox *sandbox, const char *journal)
{
    const struct ruleset handled = handled_by(abi);
    const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);

    if (ruleset < 0) {
        log_error("Landlock: a ruleset can't be made: %s", strerror(errno));
        return -1;
    }
    if (allow_places(ruleset, abi, sandbox->places, journal) &&
        (sandbox->tcp_port == NULL ||
         landlock_allow_port(ruleset, abi, sandbox->tcp_port(), PORT_CONNECT)))
        return ruleset;
    close(ruleset);
    return -1;
}

bool landlock_enforce(int ruleset)
{
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
        return true;
    log_error("Landlock can't be put in force: %s", strerror(errno));
    return false;
}

bool landlock_prove(void)
{
    const int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == EACCES)
        return true;
    log_error("Landlock did not hold: the root folder could be opened");
    if (fd >= 0)
        close(fd);
    return false;
}
