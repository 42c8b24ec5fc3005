/*
 * Preloaded: the FAIL_AT-th allocation of the process, and with FAIL_ON=1 every later one, gives no
 * memory. A line "failed" on descriptor 2 says that it came to that. For tests/http/test_memory.py.
 *
 * What libseccomp asks for does not count: without memory 2.5 and 2.6 crash, or make a filter that
 * lacks rules. Either ends the program before it serves, for nothing is let through by mistake.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned long count;

static bool is_libseccomp(const void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) != 0 && strstr(info.dli_fname, "/libseccomp") != NULL;
}

static bool fails(const void *caller)
{
    static long fail_at = -1;
    static bool goes_on;

    if (fail_at < 0) {
        const char *at = getenv("FAIL_AT");
        fail_at = 0;
        while (at != NULL && *at >= '0' && *at <= '9')
            fail_at = fail_at * 10 + (*at++ - '0');
        goes_on = getenv("FAIL_ON") != NULL;
    }
    if (fail_at == 0 || is_libseccomp(caller))
        return false;
    count++;
    if ((long)count < fail_at || ((long)count > fail_at && !goes_on))
        return false;
    if ((long)count == fail_at && write(2, "failed\n", 7) < 0)
        return true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    static void *(*next)(size_t);

    if (next == NULL)
        next = dlsym(RTLD_NEXT, "malloc");
    return fails(__builtin_return_address(0)) ? NULL : next(size);
}

void *realloc(void *ptr, size_t size)
{
    static void *(*next)(void *, size_t);

    if (next == NULL)
        next = dlsym(RTLD_NEXT, "realloc");
    return fails(__builtin_return_address(0)) ? NULL : next(ptr, size);
}

/* dlsym itself may need it: before it has an answer, what it gets is from here. */
void *calloc(size_t nmemb, size_t size)
{
    static void *(*next)(size_t, size_t);
    static bool is_looking;
    static char early[4096];
    static size_t used;

    if (next == NULL && is_looking) {
        void *block = early + used;
        used += (nmemb * size + 15) / 16 * 16;
        return used <= sizeof(early) ? block : NULL;
    }
    if (next == NULL) {
        is_looking = true;
        next = dlsym(RTLD_NEXT, "calloc");
        is_looking = false;
    }
    return fails(__builtin_return_address(0)) ? NULL : next(nmemb, size);
}
