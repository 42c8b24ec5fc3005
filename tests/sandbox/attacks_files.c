/* What is in the file system: reading it, and finding out about it. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fanotify.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int read_passwd(void)
{
    return read_some("/etc/passwd");
}

static int read_secret(void)
{
    return read_some(SECRET_FILE);
}

static int read_open_file(void)
{
    return read_some(OPEN_FILE);
}

static int read_own_program(void)
{
    return read_some(OWN_PROGRAM);
}

static int read_self(void)
{
    return read_some("/proc/self/exe");
}

static int read_own_environment(void)
{
    return read_some("/proc/self/environ");
}

static int read_sibling_environment(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/environ", SIBLING);
    return read_some(path);
}

static int read_others_journal(void)
{
    return read_some(OTHERS_JOURNAL);
}

static int read_openat2(void)
{
    static const struct open_how how = { .flags = O_RDONLY };
    char byte;
    const long fd = syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how));

    return fd < 0 ? errno : outcome(read((int)fd, &byte, 1));
}

#ifdef SYS_open
static int read_old_open(void)
{
    char byte;
    const long fd = syscall(SYS_open, "/etc/passwd", O_RDONLY, 0);

    return fd < 0 ? errno : outcome(read((int)fd, &byte, 1));
}
#endif

/* Up and out of an empty root folder, as far as `..` leads. */
static int read_above_root(void)
{
    return read_some("../../../../../../etc/passwd");
}

static int list_folder(void)
{
    char entries[4096];
    const int fd = open("/mnt/open", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return errno;
    const long bytes = syscall(SYS_getdents64, fd, entries, sizeof(entries));
    return bytes < 0 ? errno : effect(bytes > 0);
}

static int ask_about_file(void)
{
    struct stat about;

    return outcome(stat("/etc/passwd", &about));
}

static int ask_about_file_anew(void)
{
    struct statx about;

    return outcome(syscall(SYS_statx, AT_FDCWD, "/etc/passwd", 0, STATX_SIZE, &about));
}

static int ask_where_program_is(void)
{
    char path[256];

    return outcome(readlink("/proc/self/exe", path, sizeof(path)));
}

/* A path with O_PATH is no reading, but a handle of it. */
static int hold_path(void)
{
    return outcome(open("/etc", O_PATH | O_CLOEXEC));
}

static int ask_where_it_is(void)
{
    char path[256];

    return outcome(syscall(SYS_getcwd, path, sizeof(path)));
}

/* What the code says is constant is changed where the kernel shows memory as a file. */
static int write_own_memory(void)
{
    static const volatile char constant[] = "constant";
    const int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return errno;
    if (pwrite(fd, "X", 1, (off_t)(uintptr_t)constant) != 1)
        return errno;
    return effect(constant[0] == 'X');
}

static int read_sibling_memory_file(void)
{
    char path[64], byte;

    snprintf(path, sizeof(path), "/proc/%d/mem", SIBLING);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    return outcome(pread(fd, &byte, 1, (off_t)world_number("BREACH_SIBLING_ADDRESS")));
}

/* Opening it to write is all: what is written there holds for the whole machine. */
static int open_core_pattern(void)
{
    return outcome(open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
}

static int read_kernel_messages(void)
{
    return outcome(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

/* The one attack that knows more than a path: a handle leads past every folder above the file. */
static int open_by_handle(void)
{
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } handle = { .head.handle_bytes = MAX_HANDLE_SZ };
    int mount;
    char byte;

    if (name_to_handle_at(AT_FDCWD, SECRET_FILE, &handle.head, &mount, 0) != 0)
        return errno == EOPNOTSUPP ? absent("no file handles") : errno;
    const int where = open(OPEN_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (where < 0)
        return errno;
    const int fd = open_by_handle_at(where, &handle.head, O_RDONLY);
    return fd < 0 ? errno : outcome(read(fd, &byte, 1));
}

static int get_handle(void)
{
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } handle = { .head.handle_bytes = MAX_HANDLE_SZ };
    int mount;

    return outcome(name_to_handle_at(AT_FDCWD, OPEN_FILE, &handle.head, &mount, 0));
}

static int watch_folder(void)
{
    const int fd = inotify_init1(IN_CLOEXEC);

    return fd < 0 ? errno : outcome(inotify_add_watch(fd, OPEN_FOLDER, IN_ALL_EVENTS));
}

static int map_file(void)
{
    const int fd = open(OPEN_FILE, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return errno;
    volatile char *const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return errno;
    page[0] = 'x';
    return DONE;
}

const struct attack attacks_on_files[] = {
    ATTACK("read-passwd", "read `/etc/passwd`", read_passwd),
    ATTACK("read-secret", "read a `.env` with secrets", read_secret),
    ATTACK("read-open-file", "read a file that anybody may read", read_open_file),
    ATTACK("read-own-program", "read its own program, by its path", read_own_program),
    ATTACK("read-self", "read its own program, `/proc/self/exe`", read_self),
    ATTACK("read-own-environment", "read `/proc/self/environ`", read_own_environment),
    ATTACK("read-sibling-environment", "read another program's environment",
           read_sibling_environment),
    ATTACK("read-others-journal", "read another program's journal", read_others_journal),
    ATTACK("read-openat2", "read a file by `openat2`", read_openat2),
#ifdef SYS_open
    ATTACK("read-old-open", "read a file by the old `open`", read_old_open),
#endif
    ATTACK("read-above-root", "read a file by `../../..`", read_above_root),
    ATTACK("list-folder", "list a folder", list_folder),
    ATTACK("stat", "find out whether a file is there (`stat`)", ask_about_file),
    ATTACK("statx", "find out whether a file is there (`statx`)", ask_about_file_anew),
    ATTACK("readlink", "find out where its program is", ask_where_program_is),
    ATTACK("getcwd", "find out where it is", ask_where_it_is),
    SINGLE_CALL("access", "find out what it may do with a file", SYS_faccessat, (uintptr_t)AT_FDCWD,
                POINTER("/etc/passwd"), R_OK),
    ATTACK("hold-path", "hold on to a folder with `O_PATH`", hold_path),
    SINGLE_CALL("chdir", "go to another folder", SYS_chdir, POINTER(OPEN_FOLDER)),
    ATTACK("write-own-memory", "change a constant by `/proc/self/mem`", write_own_memory),
    ATTACK("read-sibling-memory-file", "read another program's `/proc/PID/mem`",
           read_sibling_memory_file),
    ATTACK("open-core-pattern", "open `core_pattern` of `/proc/sys` to write", open_core_pattern),
    ATTACK("read-kernel-messages", "open `/dev/kmsg`", read_kernel_messages),
    ATTACK("get-handle", "get a file's handle (`name_to_handle_at`)", get_handle),
    ATTACK("open-by-handle", "read a file by its handle (`open_by_handle_at`)", open_by_handle),
    ATTACK("inotify", "watch a folder (`inotify`)", watch_folder),
    SINGLE_CALL("fanotify", "watch a file system (`fanotify`)", SYS_fanotify_init,
                FAN_CLOEXEC | FAN_CLASS_NOTIF, O_RDONLY),
    ATTACK("map-file", "change a file by a mapping of it", map_file),
    ATTACKS_END,
};
