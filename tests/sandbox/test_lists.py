"""Which calls each program may make, by name: one that is added, or goes, is added here too."""

import platform
import re

import pytest

from program import is_sanitized, run

EVERY_PROGRAM = {
    "accept4", "getsockopt", "epoll_ctl", "epoll_wait", "poll", "recvfrom", "read", "write",
    "close", "clock_gettime", "brk", "mmap", "mprotect", "mremap", "munmap", "madvise",
    "getrandom", "futex", "restart_syscall", "exit_group", "getpid", "gettid", "rt_sigprocmask",
    "tgkill", "writev",
}
DATABASE = {"sendto", "socket", "fcntl", "connect", "getsockname"}  # over a Unix socket
LISTS = {
    "hello": EVERY_PROGRAM,
    "calculate": EVERY_PROGRAM,
    "ping": EVERY_PROGRAM | {"setsockopt", "exit", "sendto", "recvmsg", "ppoll", "ioctl"},
    "audit": EVERY_PROGRAM | DATABASE | {"exit"},
    "healthz": EVERY_PROGRAM | {"socket", "connect", "exit"},
    "metrics": EVERY_PROGRAM | {"openat", "exit"},
    "trail/trail": EVERY_PROGRAM | DATABASE | {
        "openat", "pread64", "lseek", "getdents64", "flock", "unlinkat", "fstatfs"},
}
FEW = 30  # for what only computes
# Calls that stand in rules, and how often: a rule without a condition would be one line less.
CONDITIONS = {"getsockopt": 2, "recvfrom": 1, "clock_gettime": 2, "mmap": 4, "mprotect": 1,
              "mremap": 1, "madvise": 1, "futex": 3, "tgkill": 2}
DATABASE_CONDITIONS = {"sendto": 1, "recvfrom": 2, "socket": 6, "fcntl": 5, "connect": 1,
                       "getsockopt": 4}
OWN_CONDITIONS = {
    "ping": {"setsockopt": 8, "sendto": 1, "ioctl": 2},
    "audit": DATABASE_CONDITIONS,
    "healthz": {"socket": 3, "connect": 1},
    "metrics": {"openat": 1},
    "trail/trail": DATABASE_CONDITIONS | {"openat": 1, "flock": 1, "unlinkat": 1},
}

pytestmark = [
    pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors' calls differ"),
    pytest.mark.skipif(is_sanitized("hello"), reason="a sanitizer needs more calls")]


JOURNAL = {"openat": 2, "fdatasync": 0, "flock": 1}  # beyond these, with --journal


def conditions_in(text):
    """Name of a call to the number of conditions on it."""
    calls, name = {}, None
    for line in text.splitlines():
        if re.match(r"  \w", line):
            name = line.split()[0]
            calls.setdefault(name, 0)
        elif line.startswith("    only where "):
            calls[name] += 1
    return calls


def listed(route):
    shown = run(route, "--sandbox", privileged=False).output.decode()
    every, _, rest = shown.partition("With --journal also:")
    if route != "trail/trail":  # which answers nobody, and so records nothing
        assert conditions_in(rest.partition("Answered EACCES")[0]) == JOURNAL
    return conditions_in(every.partition("Answered EACCES")[0])


@pytest.mark.parametrize("route", LISTS)
def test_the_calls_are_these(route):
    assert set(listed(route)) == LISTS[route]


@pytest.mark.parametrize("route", LISTS)
def test_each_condition_is_there(route):
    wanted = CONDITIONS | OWN_CONDITIONS.get(route, {})
    assert {name: count for name, count in listed(route).items() if count} == wanted


def test_what_only_computes_needs_few():
    assert len(EVERY_PROGRAM) + len(JOURNAL) <= FEW


def test_the_polite_refusals_are_these():
    shown = run("hello", "--sandbox", privileged=False).output.decode()
    refused = shown.partition("Answered EACCES")[2].partition("Any other call")[0]
    assert re.findall(r"^  (\w+)", refused, re.M) == ["openat", "newfstatat", "fstat"]
