/* Using up what others need: more than its share of anything. Each has a bound of its own here. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, MANY_DESCRIPTORS = 6000, MANY_MIB = 256 };

/* Touched, so that it is really used. */
static int fill_memory(void)
{
    for (int i = 0; i < MANY_MIB; i++) {
        volatile char *const part =
            mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (part == MAP_FAILED)
            return errno;
        for (int at = 0; at < MIB; at += 4096)
            part[at] = 1;
    }
    return DONE;
}

static int fill_heap(void)
{
    const uintptr_t end = (uintptr_t)syscall(SYS_brk, 0);
    const uintptr_t wanted = end + (uintptr_t)MANY_MIB * MIB;

    return (uintptr_t)syscall(SYS_brk, wanted) == wanted ? DONE : ENOMEM;
}

static int fill_addresses(void)
{
    return outcome((long)mmap(NULL, (size_t)8 * 1024 * MIB, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

static int use_up_descriptors(int (*make)(void))
{
    for (int i = 0; i < MANY_DESCRIPTORS; i++)
        if (make() < 0)
            return errno;
    return DONE;
}

static int make_event(void)
{
    return eventfd(0, 0);
}

static int make_epoll(void)
{
    return epoll_create1(0);
}

static int make_copy(void)
{
    return dup(STDERR_FILENO);
}

static int make_pipe(void)
{
    int ends[2];

    return pipe2(ends, 0) == 0 ? close(ends[1]) : -1;
}

static int open_null(void)
{
    return open("/dev/null", O_RDONLY);
}

static int fill_events(void)
{
    return use_up_descriptors(make_event);
}

static int fill_epolls(void)
{
    return use_up_descriptors(make_epoll);
}

static int fill_copies(void)
{
    return use_up_descriptors(make_copy);
}

static int fill_pipes(void)
{
    return use_up_descriptors(make_pipe);
}

static int fill_files(void)
{
    return use_up_descriptors(open_null);
}

static int fill_disk(void)
{
    static const char block[MIB];
    const int fd = open(OPEN_FOLDER "/big", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    for (int i = 0; i < 64 && fd >= 0; i++)
        if (write(fd, block, sizeof(block)) != sizeof(block))
            return errno;
    return fd < 0 ? errno : DONE;
}

static int lock_a_page(void)
{
    static char page[4096];

    return outcome(syscall(SYS_mlock, page, sizeof(page)));
}

/* --- between processes ------------------------------------------------------------------------ */

static int make_queue(void)
{
    const mqd_t queue = mq_open("/breach", O_RDWR | O_CREAT, 0600, NULL);

    if (queue < 0)
        return errno;
    mq_unlink("/breach");
    return DONE;
}

static int make_old_queue(void)
{
    const int id = msgget(IPC_PRIVATE, 0600);

    return id < 0 ? errno : outcome(msgctl(id, IPC_RMID, NULL));
}

static int make_semaphores(void)
{
    const int id = semget(IPC_PRIVATE, 4, 0600);

    return id < 0 ? errno : outcome(semctl(id, 0, IPC_RMID));
}

static int make_shared_memory(void)
{
    const int id = shmget(IPC_PRIVATE, MIB, 0600);

    return id < 0 ? errno : outcome(shmctl(id, IPC_RMID, NULL));
}

static int make_memory_file(void)
{
    const int fd = memfd_create("breach", MFD_CLOEXEC);

    return fd < 0 ? errno : outcome(ftruncate(fd, (off_t)MANY_MIB * MIB));
}

/* --- the limits themselves -------------------------------------------------------------------- */

static int raise_limit(__rlimit_resource_t which, rlim_t value)
{
    const struct rlimit wanted = { .rlim_cur = value, .rlim_max = value };

    return outcome(setrlimit(which, &wanted));
}

static int raise_descriptors(void)
{
    return raise_limit(RLIMIT_NOFILE, MANY_DESCRIPTORS);
}

static int raise_core(void)
{
    return raise_limit(RLIMIT_CORE, RLIM_INFINITY);
}

static int raise_processes(void)
{
    return raise_limit(RLIMIT_NPROC, 4096);
}

/* The test sees whether there is a core file: nothing comes after it. */
static int crash(void)
{
    if (syscall(SYS_tgkill, getpid(), gettid(), SIGSEGV) == 0)
        pause();
    return errno;
}

static int crash_prepared(void)
{
    if (raise_core() != DONE || prctl(PR_SET_DUMPABLE, 1) != 0)
        return errno;
    return crash();
}

const struct attack attacks_on_resources[] = {
    ATTACK("fill-memory", "use 256 MiB of memory", fill_memory),
    ATTACK("fill-heap", "grow its heap by 256 MiB (`brk`)", fill_heap),
    ATTACK("fill-addresses", "reserve 8 GiB of addresses", fill_addresses),
    ATTACK("fill-events", "open 6000 descriptors (`eventfd`)", fill_events),
    ATTACK("fill-epolls", "open 6000 descriptors (`epoll_create1`)", fill_epolls),
    ATTACK("fill-copies", "open 6000 descriptors (`dup`)", fill_copies),
    ATTACK("fill-pipes", "open 6000 descriptors (`pipe2`)", fill_pipes),
    ATTACK("fill-files", "open 6000 files", fill_files),
    ATTACK("fill-disk", "write a file of 64 MiB", fill_disk),
    ATTACK("mlock-page", "lock a page of memory", lock_a_page),
    ATTACK("mq-open", "make a message queue (`mq_open`)", make_queue),
    ATTACK("msgget", "make a message queue (`msgget`)", make_old_queue),
    ATTACK("semget", "make semaphores (`semget`)", make_semaphores),
    ATTACK("shmget", "make shared memory (`shmget`)", make_shared_memory),
    ATTACK("memfd", "make a file of 256 MiB in memory (`memfd_create`)", make_memory_file),
    ATTACK("raise-descriptors", "raise its limit of descriptors", raise_descriptors),
    ATTACK("raise-core", "raise its limit of core files", raise_core),
    ATTACK("raise-processes", "raise its limit of processes", raise_processes),
    ATTACK("core-file", "leave a core file", crash),
    ATTACK("core-file-after-all", "leave a core file, limit and all set before", crash_prepared),
    ATTACKS_END,
};
