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

/* -1 after the reason was logged. */
static int open_place(const char *name, const char *path, enum place_use use)
{
    const bool is_file = use == PLACE_FILE;
    const int fd = open(path, O_PATH | O_CLOEXEC | (is_file ? 0 : O_DIRECTORY));
    struct stat status;

    if (fd >= 0 && (!is_file || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))))
        return fd;
    log_error("%s %s: %s", name, path, fd >= 0 ? "is no file" : strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool allow_place(int ruleset, const char *name, const char *path, enum place_use use)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = place_rights[use],
        .parent_fd = open_place(name, path, use),
    };

    if (rule.parent_fd < 0)
        return false;
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

static bool allow_places(int ruleset, const struct place *places, const char *journal)
{
    for (; places != NULL && places->setting != NULL; places++)
        if (!allow_place(ruleset, places->setting, path_of(places), places->use))
            return false;
    return journal == NULL || allow_place(ruleset, "--journal", journal, PLACE_JOURNAL);
}

static bool allow_port(int ruleset, long port)
{
    const struct port_rule rule = { .allowed = NET_CONNECT_TCP, .port = (uint64_t)port };

    if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0)
        return true;
    log_error("port %ld: Landlock: %s", port, strerror(errno));
    return false;
}

int landlock_make_ruleset(int abi, const struct sandbox *sandbox, const char *journal)
{
    const struct ruleset handled = handled_by(abi);
    const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
    const bool has_port = sandbox->tcp_port != NULL && (handled.net & NET_CONNECT_TCP) != 0;

    if (ruleset < 0) {
        log_error("Landlock: a ruleset can't be made: %s", strerror(errno));
        return -1;
    }
    if (allow_places(ruleset, sandbox->places, journal) &&
        (!has_port || allow_port(ruleset, sandbox->tcp_port())))
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
