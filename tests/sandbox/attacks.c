#include "attacks.h"

#include "route/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Thread_local const char *why_absent;

long world_number(const char *name)
{
    const char *const text = getenv(name);
    long number = 0;

    if (text == NULL || !parse_integer(text, &number))
        return 0;
    return number;
}

int outcome(long returned)
{
    return returned < 0 ? errno : DONE;
}

int absent(const char *reason)
{
    why_absent = reason;
    return ABSENT;
}

const char *absent_reason(void)
{
    return why_absent;
}

int effect(bool there)
{
    return there ? DONE : NO_EFFECT;
}

int read_some(const char *path)
{
    char byte;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno;
    const long count = read(fd, &byte, 1);
    return count < 0 ? errno : effect(count == 1);
}

int child_ran(long pid)
{
    int status = 0;

    if (pid < 0)
        return errno;
    if (waitpid((pid_t)pid, &status, __WALL) < 0)
        return errno;
    return effect(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CODE);
}

/* Not exit(): the handlers are the parent's. */
void end_child(void)
{
    _exit(CHILD_CODE);
}

/* --- code ------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
const unsigned char code_bytes[] = { 0xb8, CODE_RETURNS, 0, 0, 0, 0xc3 }; /* mov eax, 42; ret */
const size_t code_length = sizeof(code_bytes);
/* ELF: a header, one segment with all there is, write(2, text, 12), exit(0) */
const unsigned char program_bytes[] = {
    0x7f, 'E',  'L',  'F',  2,   1,    1,    0,    0,    0,    0,    0,    0,    0,    0,
    0, /* 64 bits, little */
    2,    0,    62,   0,    1,   0,    0,    0,    0x78, 0,    0x40, 0,    0,    0,    0,
    0, /* starts at 0x400078 */
    64,   0,    0,    0,    0,   0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0, /* segments at 64 */
    0,    0,    0,    0,    64,  0,    56,   0,    1,    0,    0,    0,    0,    0,    0,
    0, /* one of them */
    1,    0,    0,    0,    5,   0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0, /* read and execute */
    0,    0,    0x40, 0,    0,   0,    0,    0,    0,    0,    0x40, 0,    0,    0,    0,
    0, /* at 0x400000 */
    0xa6, 0,    0,    0,    0,   0,    0,    0,    0xa6, 0,    0,    0,    0,    0,    0,
    0,                                                      /* of 166 bytes */
    0,    0x10, 0,    0,    0,   0,    0,    0,             /* aligned to 4096 */
    0xb8, 1,    0,    0,    0,   0xbf, 2,    0,    0,    0, /* write, 2 */
    0x48, 0x8d, 0x35, 0x11, 0,   0,    0,    0xba, 12,   0,    0,    0,    0x0f, 0x05, /* text, 12
                                                                                        */
    0xb8, 60,   0,    0,    0,   0x31, 0xff, 0x0f, 0x05, 0x90,                         /* exit 0 */
    'B',  'R',  'E',  'A',  'C', 'H',  ' ',  'D',  'O',  'N',  'E',  '\n',
};
const size_t program_length = sizeof(program_bytes);
#elif defined(__aarch64__)
const unsigned char code_bytes[] = { 0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6 };
const size_t code_length = sizeof(code_bytes);
const unsigned char program_bytes[1];
const size_t program_length = 0;
#else
const unsigned char code_bytes[1];
const size_t code_length = 0;
const unsigned char program_bytes[1];
const size_t program_length = 0;
#endif

int run_code(const void *code)
{
    int (*const function)(void) = (int (*)(void))(uintptr_t)code;

    return effect(function() == CODE_RETURNS);
}
