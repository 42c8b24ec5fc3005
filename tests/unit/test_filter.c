/* The rules of a route as a filter: what would let through more than it says is refused. */
#include "route/filter.h"

#include "route/calls.h"
#include "route/sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What comes of a route with these calls. */
static int add(const struct call *calls)
{
    const struct sandbox sandbox = { .calls = calls };
    const struct route route = { .name = "test", .sandbox = &sandbox, .workers = 1 };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    cr_assert(filter != NULL);
    const int error = filter_add_rules(filter, &route, false);
    seccomp_release(filter);
    return error;
}

Test(filter, good_rules_are_taken)
{
    static const struct call calls[] = {
        ALLOW(getppid, "a test"),
        ALLOW(ioctl, "a test", IS(1, 7)),
        ALLOW(ioctl, "a test", IS(1, 8), NONE_OF(2, 1)),
        ALLOW_JOURNAL_OPEN("a test"),
        CALLS_END,
    };

    cr_expect_eq(add(calls), 0);
    cr_expect_eq(add(NULL), 0);
}

Test(filter, a_mask_of_no_bits_is_a_mistake)
{
    static const struct call calls[] = { ALLOW(ioctl, "a test", NONE_OF(1, 0)), CALLS_END };

    cr_expect_eq(add(calls), -EINVAL);
}

/* Each form of a polite call is told from the others by one value of the same argument. */
Test(filter, what_is_refused_has_forms_of_one_value)
{
    static const struct call bits[] = { ALLOW(openat, "a test", NONE_OF(2, 1)), CALLS_END };
    static const struct call any[] = { ALLOW(openat, "a test"), CALLS_END };
    static const struct call other[] = { ALLOW(openat, "a test", IS(2, 1)),
                                         ALLOW(openat, "a test", IS(0, 1)), CALLS_END };
    static const struct call many[] = {
        ALLOW(openat, "a test", IS(2, 1)), ALLOW(openat, "a test", IS(2, 2)),
        ALLOW(openat, "a test", IS(2, 3)), ALLOW(openat, "a test", IS(2, 4)),
        ALLOW(openat, "a test", IS(2, 5)), CALLS_END
    };

    cr_expect_eq(add(bits), -EINVAL);
    cr_expect_eq(add(any), -EINVAL);
    cr_expect_eq(add(other), -EINVAL);
    cr_expect_eq(add(many), -EINVAL);
}

/* What openat(AT_FDCWD, "/", flags) gives behind a filter: 0, an errno, or a signal as negative. */
static int try_open(const struct call *calls, int flags)
{
    const struct sandbox sandbox = { .calls = calls };
    const struct route route = { .name = "test", .sandbox = &sandbox };
    int status;
    const pid_t child = fork();

    if (child == 0) {
        const struct rlimit no_core = { 0, 0 };
        if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            !filter_load(&route, false))
            _exit(255);
        _exit(syscall(SYS_openat, AT_FDCWD, "/", flags, 0) >= 0 ? 0 : errno);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Test(filter, forms_are_let_through_and_all_else_is_refused)
{
    static const struct call none[] = { CALLS_END };
    static const struct call forms[] = {
        ALLOW(openat, "a test", IS(2, O_RDONLY), IS(0, AT_FDCWD)),
        ALLOW(openat, "a test", IS(2, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)),
        ALLOW(openat, "a test", IS(2, O_DIRECTORY), IS(0, 7)),
        CALLS_END,
    };
    static const int refused[] = { O_WRONLY,
                                   O_RDWR,
                                   O_CREAT,
                                   O_CLOEXEC,
                                   O_NOFOLLOW,
                                   O_CLOEXEC | O_NOFOLLOW,
                                   O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                                   O_TMPFILE,
                                   O_PATH,
                                   INT_MIN,
                                   -1 };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        cr_expect_eq(try_open(forms, refused[i]), EACCES, "%#x", (unsigned)refused[i]);
        cr_expect_eq(try_open(none, refused[i]), EACCES, "%#x", (unsigned)refused[i]);
    }
    cr_expect_eq(try_open(none, O_RDONLY), EACCES);
    cr_expect_eq(try_open(forms, O_RDONLY), 0);
    cr_expect_eq(try_open(forms, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), 0);
    cr_expect_eq(try_open(forms, O_DIRECTORY), -SIGSYS, "the right flags in another folder");
}
