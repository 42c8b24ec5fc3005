/* What the kernel's log says about a process that seccomp ended. */
#include "route/obituary.h"

#include <criterion/criterion.h>
#include <linux/audit.h>
#include <string.h>

/* As Linux 6.18 writes it. */
#define LINE_AT(seconds, pid, comm, call)                                                          \
    "<5>[ 5241.402113] audit: type=1326 audit(" seconds ".123:77): auid=4294967295 uid=994 "       \
    "gid=993 ses=4294967295 pid=" pid " comm=" comm " exe=\"/srv/bin/hello\" sig=31 "              \
    "arch=c000003e syscall=" call " compat=0 ip=0x7f1200000000 code=0x80000000\n"
#define LINE(pid, comm, call) LINE_AT("1764000000", pid, comm, call)
#define EARLIER               LINE_AT("1763999999", "7", "\"hello\"", "1")
#define OTHER                 "<6>[ 5240.000000] veth0: promiscuous mode pid=7 arch=1 syscall=2\n"

static bool find(const char *log, struct obituary *obituary)
{
    static const struct predecessor process = { .pid = 7, .started = 1764000000 };

    *obituary = (struct obituary){ 0 };
    return obituary_find(log, strlen(log), &process, obituary);
}

Test(obituary, the_call_and_its_architecture_are_found)
{
    static const char *const logs[] = {
        LINE("7", "\"hello\"", "59"),
        OTHER LINE("7", "\"hello\"", "59") OTHER,
        /* an id that comes again */
        EARLIER LINE("7", "\"hello\"", "59"),
        LINE("7", "\"hello\"", "59") EARLIER,
        LINE_AT("1764000001", "7", "\"hello\"", "59"),
        LINE("7", "\"hello\"", "1") LINE("7", "\"hello\"", "59"),
        LINE("7", "\"hello\"", "59") LINE("77", "\"hello\"", "1") LINE("17", "\"hello\"", "1"),
        /* a name with a blank comes in hexadecimal */
        LINE("7", "68656C6C6F20706964", "59"),
    };
    struct obituary obituary;

    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        cr_expect(find(logs[i], &obituary), "%zu", i);
        cr_expect_eq(obituary.call, 59, "%zu", i);
        cr_expect_eq(obituary.architecture, AUDIT_ARCH_X86_64, "%zu", i);
    }
}

Test(obituary, other_lines_are_none)
{
    static const char *const logs[] = {
        "",
        "\n",
        "\n\n",
        OTHER,
        EARLIER,
        LINE_AT("", "7", "\"hello\"", "59"),
        LINE_AT("x", "7", "\"hello\"", "59"),
        LINE_AT("99999999999999999999", "7", "\"hello\"", "59"),
        LINE("8", "\"hello\"", "59"),
        LINE("77", "\"hello\"", "59"),
        LINE("", "\"hello\"", "59"),
        LINE("7", "\"hello\"", ""),
        LINE("7", "\"hello\"", "x"),
        LINE("7", "\"hello\"", "99999999999999999999"),
        "audit: type=1327 pid=7 arch=c000003e syscall=59 \n",
        "audit: type=1326 pid=7 arch=c000003e syscall=59 \n",
        "audit: type=1326 audit(1764000000.1) pid=7 arch=c000003e\n",
        "audit: type=1326 audit(1764000000.1) pid=7 syscall=59\n",
        "audit: type=1326 audit(1764000000.1) arch=c000003e syscall=59 \n",
        /* not of one line */
        "audit: type=1326 audit(1764000000.1) pid=7 \n arch=c000003e syscall=59 \n",
    };
    struct obituary obituary;

    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++)
        cr_expect_not(find(logs[i], &obituary), "%zu: %s", i, logs[i]);
}

/* The kernel hands out the end of its log, and cuts the first line where it must. */
Test(obituary, a_log_may_begin_anywhere)
{
    static const char log[] = OTHER LINE("7", "\"hello\"", "59") OTHER;
    const char *const last = strstr(log, "audit: type");
    struct obituary obituary;

    for (const char *from = log; *from != '\0'; from++)
        cr_expect_eq(find(from, &obituary), from <= last, "%s", from);
}
