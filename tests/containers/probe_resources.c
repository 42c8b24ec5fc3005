/* More than its share: each attempt is done when it has had more than the number it is given. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

static int touch(char *memory, size_t size)
{
    const long page = sysconf(_SC_PAGESIZE);

    for (size_t at = 0; at < size; at += (size_t)page)
        memory[at] = 1;
    return DONE;
}

static int use_memory(const char *argument)
{
    const char *end;
    const size_t size = (size_t)number(argument, &end);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? errno : touch(memory, size);
}

static int use_segment(const char *argument)
{
    const char *end;
    const size_t size = (size_t)number(argument, &end);
    const int id = shmget(IPC_PRIVATE, size, 0600);
    char *memory = id < 0 ? (char *)-1 : shmat(id, NULL, 0);
    const int error = errno;

    shmctl(id, IPC_RMID, NULL); /* once nobody has it */
    return memory == (char *)-1 ? error : touch(memory, size);
}

static int use_memory_file(const char *argument)
{
    static const char zeros[1 << 16];
    const char *end;
    const int fd = memfd_create("probe", 0);

    for (long left = number(argument, &end); left > 0; left -= (long)sizeof(zeros))
        if (fd < 0 || write(fd, zeros, sizeof(zeros)) != sizeof(zeros))
            return errno;
    return DONE;
}

static int start_processes(const char *argument)
{
    const char *end;

    for (long left = number(argument, &end); left > 0; left--) {
        const int pid = fork();
        if (pid < 0)
            return errno;
        if (pid == 0) {
            pause();
            _exit(0);
        }
    }
    return DONE;
}

static int open_descriptors(const char *argument)
{
    const char *end;

    for (long left = number(argument, &end); left > 0; left--)
        if (open("/dev/null", O_RDONLY) < 0)
            return errno;
    return DONE;
}

/* "bytes@/folder" */
static int fill_folder(const char *argument)
{
    static const char zeros[1 << 12];
    const char *folder;
    const long bytes = number_at(argument, &folder);
    char path[PATH_MAX];
    int fd, result;

    snprintf(path, sizeof(path), "%s/.probe", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    result = outcome(fd);
    unlink(path);
    for (long left = bytes; result == DONE && left > 0; left -= (long)sizeof(zeros))
        if (write(fd, zeros, sizeof(zeros)) != sizeof(zeros))
            result = errno ? errno : ENOSPC;
    return result;
}

/* "number@/folder": of files */
static int fill_inodes(const char *argument)
{
    const char *folder;
    const long files = number_at(argument, &folder);
    char path[PATH_MAX];
    int result = DONE;

    for (long n = 0; result == DONE && n < files; n++) {
        snprintf(path, sizeof(path), "%s/.probe-%ld", folder, n);
        result = outcome(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    }
    for (long n = 0; n < files; n++) {
        snprintf(path, sizeof(path), "%s/.probe-%ld", folder, n);
        unlink(path);
    }
    return result;
}

const struct attempt attempts_on_resources[] = { { "memory", use_memory },
                                                 { "shared-memory", use_segment },
                                                 { "memory-file", use_memory_file },
                                                 { "processes", start_processes },
                                                 { "descriptors", open_descriptors },
                                                 { "fill", fill_folder },
                                                 { "files", fill_inodes },
                                                 ATTEMPTS_END };
