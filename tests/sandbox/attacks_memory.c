/* Memory: making code of data, and sharing it with others. */
#include "attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE, RX = PROT_READ | PROT_EXEC };

/* Puts the code there and runs it. */
static int use(void *page)
{
    if (page == MAP_FAILED)
        return errno;
    memcpy(page, code_bytes, code_length);
    __builtin___clear_cache((char *)page, (char *)page + code_length);
    return run_code(page);
}

static void *map_private(int protection)
{
    return mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int map_writable_code(void)
{
    return use(map_private(RW | PROT_EXEC));
}

static int change_to_code(long call)
{
    unsigned char *const page = map_private(RW);

    if (page == MAP_FAILED)
        return errno;
    memcpy(page, code_bytes, code_length);
    if (syscall(call, page, PAGE, RX, -1) != 0)
        return errno;
    __builtin___clear_cache((char *)page, (char *)page + code_length);
    return run_code(page);
}

static int protect_as_code(void)
{
    return change_to_code(SYS_mprotect);
}

static int protect_by_key(void)
{
    return change_to_code(SYS_pkey_mprotect);
}

static int run_stack(void)
{
    unsigned char buffer[2 * PAGE];
    unsigned char *const page =
        (unsigned char *)(((uintptr_t)buffer + PAGE - 1) & ~(uintptr_t)(PAGE - 1));

    memcpy(page, code_bytes, code_length);
    if (mprotect(page, PAGE, RW | PROT_EXEC) != 0)
        return errno;
    return run_code(page);
}

/* With a personality of old programs whatever can be read can be run. */
static int read_implies_execute(void)
{
    if (syscall(SYS_personality, READ_IMPLIES_EXEC) < 0)
        return errno;
    return use(map_private(RW));
}

__attribute__((noinline, aligned(4096))) static int own_code(void)
{
    __asm__ volatile("");
    return CODE_RETURNS + 1;
}

/* Changes a function of its own. The pages around it stay executable: this code may be there. */
static int patch_own_code(void)
{
    void *const page = (void *)(uintptr_t)own_code;

    if (mprotect(page, PAGE, RW | PROT_EXEC) != 0)
        return errno;
    return use(page);
}

/* Its own code at an address of its choice: not new, but where somebody else counts on other. */
static int move_code(void)
{
    void *const wanted = map_private(PROT_NONE);

    if (wanted == MAP_FAILED)
        return errno;
    void *const moved = mremap((void *)(uintptr_t)own_code, PAGE, PAGE,
                               MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, wanted);
    if (moved == MAP_FAILED)
        return errno;
    return effect(((int (*)(void))(uintptr_t)moved)() == CODE_RETURNS + 1);
}

/* --- by files and shared memory --------------------------------------------------------------- */

static int write_code(int fd)
{
    return fd < 0 || write(fd, code_bytes, code_length) != (ssize_t)code_length ? errno : DONE;
}

static int map_and_run(int fd)
{
    void *const page = mmap(NULL, PAGE, RX, MAP_PRIVATE, fd, 0);

    return page == MAP_FAILED ? errno : run_code(page);
}

static int run_memory_file(void)
{
    const int fd = memfd_create("breach", MFD_CLOEXEC);
    const int error = write_code(fd);

    return error != DONE ? error : map_and_run(fd);
}

static int run_file(void)
{
    const int fd = open(OPEN_FOLDER "/code", O_RDWR | O_CREAT | O_CLOEXEC, 0700);
    const int error = write_code(fd);

    return error != DONE ? error : map_and_run(fd);
}

/* Two views of the same memory, one to write and one to run: what compilers at run time do. */
static int run_second_view(void)
{
    const int fd = memfd_create("breach", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, PAGE) != 0)
        return errno;
    void *const writable = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    void *const code = mmap(NULL, PAGE, RX, MAP_SHARED, fd, 0);
    if (writable == MAP_FAILED || code == MAP_FAILED)
        return errno;
    memcpy(writable, code_bytes, code_length);
    return run_code(code);
}

static int run_shared_segment(void)
{
    const int id = shmget(IPC_PRIVATE, PAGE, 0600);

    if (id < 0)
        return errno;
    void *const page = shmat(id, NULL, SHM_EXEC);
    const int error = errno;
    shmctl(id, IPC_RMID, NULL);
    errno = error;
    return page == MAP_FAILED ? errno : use(page);
}

static int map_shared(void)
{
    return outcome((long)mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

static int map_growing(void)
{
    return outcome((long)mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
}

/* Where a NULL pointer of the kernel's would lead. */
static int map_null(void)
{
    return outcome((long)mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

/* --- a forged signal frame -------------------------------------------------------------------- */

#if defined(__x86_64__)
static void land(void) __attribute__((noreturn));

static void land(void)
{
    static const char text[] = "\nBREACH DONE\n";

    syscall(SYS_write, STDERR_FILENO, text, sizeof(text) - 1);
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

/* rt_sigreturn sets every register from the stack: whoever writes there needs no other code. */
static int return_from_no_signal(void)
{
    static char stack[64 * 1024] __attribute__((aligned(16)));
    static ucontext_t frame __attribute__((aligned(16)));
    greg_t *const registers = frame.uc_mcontext.gregs;

    registers[REG_RIP] = (greg_t)(uintptr_t)land;
    registers[REG_RSP] = (greg_t)(uintptr_t)(stack + sizeof(stack) - 8);
    registers[REG_EFL] = 0x202;
    registers[REG_CSGSFS] = 0x33 | (greg_t)((uint64_t)0x2b << 48);
    __asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall"
                     :
                     : "r"(&frame)
                     : "rax", "rcx", "r11", "memory");
    __builtin_unreachable();
}
#else
static int return_from_no_signal(void)
{
    return absent("no frame for this processor");
}
#endif

const struct attack attacks_on_memory[] = {
    ATTACK("mmap-code", "run memory that is writable and executable (`mmap`)", map_writable_code),
    ATTACK("mprotect-code", "write memory, then make it executable (`mprotect`)", protect_as_code),
    ATTACK("pkey-code", "write memory, then make it executable (`pkey_mprotect`)", protect_by_key),
    ATTACK("stack-code", "make the stack executable and run it", run_stack),
    ATTACK("read-implies-exec", "run what can be read (`personality`)", read_implies_execute),
    ATTACK("patch-code", "change its own code", patch_own_code),
    ATTACK("move-code", "move its own code to an address of its choice (`mremap`)", move_code),
    ATTACK("memory-file-code", "run a mapping of a file in memory (`memfd_create`)",
           run_memory_file),
    ATTACK("file-code", "write a file and run a mapping of it", run_file),
    ATTACK("two-views", "one view of memory to write, one to run", run_second_view),
    ATTACK("shared-segment-code", "run a shared segment (`shmat`)", run_shared_segment),
    ATTACK("map-shared", "map memory to share with a child", map_shared),
    ATTACK("map-growing", "map memory that grows by itself (`MAP_GROWSDOWN`)", map_growing),
    ATTACK("map-null", "map the first page, where NULL leads", map_null),
    ATTACK("sigreturn", "set every register by a forged signal frame (`rt_sigreturn`)",
           return_from_no_signal),
    ATTACKS_END,
};
