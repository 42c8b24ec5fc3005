"""
The programs as they are released and started, with an attacker's code in them already: each thread
is made to call the kernel from inside. What is not on its list ends the process, or is refused.

The quick form puts every call into one thread of each program; CHECK=long into ping's main one too.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, zip_longest

import pytest

from injection import (INJECT, SIGSYS, Supervised, Victim, expected, inject, inject_into_victims,
                       shown, threads_of)
from injection_calls import (ALLOWED, ALLOWED_ENDS, ENDS_ANYBODY, ENDS_ANYBODY_LATER, INT80,
                             OWN_PID, OWN_TID, X32, attacks_on)
from ping_lab import need
from program import PATIENCE, is_sanitized

LONG = os.environ.get("CHECK") == "long"
ATTACKS_AT_LEAST = 250
# A sanitizer needs more calls, and more seconds for each start.
SANITIZED_FORM = ("execve", "socket", "ptrace", "kill", "open", "openat", "setuid", "bpf")
POOL = range(1, 65)  # ping's threads but the main one
MAIN = range(1)
SUBJECTS = {("hello", "main"): MAIN, ("calculate", "main"): MAIN, ("ping", "pool"): POOL,
            **({("ping", "main"): MAIN} if LONG else {})}
ROUTES = ("hello", "calculate", "ping")
STATUS = re.compile(r"^(\w+):[ \t]*(.*?)[ \t]*$", re.M)


@pytest.fixture(scope="module", autouse=True)
def tools():
    if platform.machine() != "x86_64":
        pytest.skip("calls are put into threads of x86-64 alone")
    need(os.geteuid() == 0, "root, to trace programs,")
    for tool in ("multiwatch", "spawn-fcgi", "setpriv", "prlimit"):
        need(shutil.which(tool), f"the program {tool}")


@pytest.fixture(scope="module")
def has_int80():
    """Whether the kernel runs 32-bit programs: it may be built, or started, without."""
    return inject_into_victims([(INT80 + "getpid",)])[0].startswith("returned")


def form_of(calls, has_int80):
    return [call for call in calls
            if (has_int80 or not str(call[0]).startswith(INT80))
            and (call[0] in SANITIZED_FORM or not is_sanitized("hello"))]


# --- the log of the one that comes after ----------------------------------------------------------
# First in this file: of many such ends in five seconds the kernel writes down ten.

NAMED = (
    ("hello", 0, ("execve", "/bin/sh", 0, 0), ("execve", "59", "c000003e")),
    ("hello", 0, (INT80 + "getpid",), ("getpid", "20", "40000003")),
    ("hello", 0, (X32 | 39,), ("what has no name", str(X32 | 39), "c000003e")),
    ("calculate", 0, ("socket", 2, 1, 0), ("socket", "41", "c000003e")),
    ("ping", 0, ("mprotect", 0, 0, 5), ("mprotect", "10", "c000003e")),
    ("ping", 1, ("openat2", -100, "/etc/passwd", bytes(24), 24), ("openat2", "437", "c000003e")),
    ("ping", 64, (INT80 + "open", "/etc/passwd", 0), ("open", "5", "40000003")),
)


FIRST_PID_NAMESPACE = 0xEFFFFFFC
IN_A_NAMESPACE = """
from injection import Supervised
with Supervised("hello") as program:
    pid = program.pid
    print(program.attack(("execve", "/bin/sh", 0, 0)).outcome, end=": ")
    print(program.obituary(pid)[5].rpartition(", ")[2])
"""


def obituary_after(program, thread, call):
    """What the log says when the kernel's does: it leaves out lines that come too fast."""
    deadline = time.monotonic() + PATIENCE
    while True:
        pid = program.pid
        assert program.attack(call, thread).outcome == SIGSYS
        found = program.obituary(pid)
        assert found, f"no word of process {pid}: {program.errors()}"
        if found[2] or time.monotonic() > deadline:
            return found.groups()[1:4]
        time.sleep(0.05)  # the first ten in each five seconds are written down, whoever they are


@pytest.mark.parametrize("route, thread, call, words", NAMED,
                         ids=[f"{case[0]}-{case[1]}-{shown(case[2])}" for case in NAMED])
def test_the_log_names_the_call(has_int80, route, thread, call, words):
    if not has_int80 and str(call[0]).startswith(INT80):
        pytest.skip("this kernel runs no 32-bit programs")
    if os.stat("/proc/self/ns/pid").st_ino != FIRST_PID_NAMESPACE:
        pytest.skip("in a PID namespace: see test_the_log_says_why_it_names_none")
    with Supervised(route) as program:
        assert obituary_after(program, thread, call) == words


def test_the_log_says_why_it_names_none():
    """In a PID namespace the kernel's log has other ids: nothing is named, least of all wrongly."""
    done = subprocess.run(
        ["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc",
         sys.executable, "-c", IN_A_NAMESPACE], cwd=os.path.dirname(__file__),
        capture_output=True, text=True, check=True)
    assert done.stdout == f"{SIGSYS}: outside this PID namespace\n"


# --- attacks --------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def verdicts(has_int80):
    """Of each program and kind of thread, side by side: which attack met what."""
    def attack(subject):
        route, _ = subject
        with Supervised(route) as program:
            calls = form_of(attacks_on(route), has_int80)
            return list(program.attack_until_broken(zip(calls, cycle(SUBJECTS[subject]))))
    with ThreadPoolExecutor(len(SUBJECTS)) as pool:
        return dict(zip(SUBJECTS, pool.map(attack, SUBJECTS), strict=True))


@pytest.mark.parametrize("route", ROUTES)
def test_there_are_enough_attacks(route):
    names = [shown(call) for call in attacks_on(route)]
    assert len(set(names)) == len(names) >= ATTACKS_AT_LEAST


@pytest.mark.parametrize("subject", SUBJECTS, ids="-".join)
def test_every_attack_is_stopped(verdicts, subject):
    """By the end of the process; politely where libc itself would try it."""
    assert [str(verdict) for verdict in verdicts[subject]
            if verdict.outcome != expected(verdict.call)] == []


@pytest.mark.parametrize("subject", SUBJECTS, ids="-".join)
def test_it_serves_after_every_attack(verdicts, subject):
    """The one that refused, or the one that multiwatch has started in its place."""
    assert [str(verdict) for verdict in verdicts[subject] if not verdict.answers] == []


@pytest.mark.parametrize("subject", SUBJECTS, ids="-".join)
def test_no_log_names_another_call(verdicts, subject):
    """None at all where the kernel has left it out: see above."""
    def is_right(verdict):
        name = str(verdict.call[0]).removeprefix(INT80)
        return verdict.named in (None, name) or (not isinstance(verdict.call[0], str)
                                                 and verdict.named != "no obituary")
    assert [f"{verdict}: {verdict.named}" for verdict in verdicts[subject]
            if not is_right(verdict)] == []


@pytest.mark.parametrize("route", ROUTES)
def test_every_thread_is_stopped(route):
    """One harmless call from each: no thread is without the filter, and each ends them all."""
    with Supervised(route) as program:
        outcomes = [program.attack(("getppid",), thread).outcome
                    for thread in range(len(threads_of(program.pid)))]
        assert outcomes == [SIGSYS] * len(outcomes)
        assert len(outcomes) == (65 if route == "ping" else 1) or is_sanitized("hello")


# --- what the kernel says of each thread ----------------------------------------------------------

@pytest.mark.parametrize("route", ROUTES)
def test_every_thread_has_given_up_its_rights(route):
    with Supervised(route) as program:
        for tid in threads_of(program.pid):
            with open(f"/proc/{program.pid}/task/{tid}/status", encoding="utf-8") as file:
                status = dict(STATUS.findall(file.read()))
            assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
            assert int(status["Seccomp_filters"]) >= 1
            assert [int(status[f"Cap{kind}"], 16) for kind in
                    ("Inh", "Prm", "Eff", "Bnd", "Amb")] == [0] * 5
            assert len(set(status["Uid"].split())) == 1 and "0" not in status["Uid"].split()
            assert len(set(status["Gid"].split())) == 1 and "0" not in status["Gid"].split()
            assert status["Groups"] == ""
        empty = str(program.folder / "empty")
        assert os.readlink(f"/proc/{program.pid}/root") == empty
        assert os.readlink(f"/proc/{program.pid}/cwd") == empty  # or `..` would lead out


# --- controls -------------------------------------------------------------------------------------

def returned(value, pid, tid):
    return f"returned { {OWN_PID: pid, OWN_TID: tid}.get(value, value) }"


def results_of_allowed(pid, tid):
    """Those that are not as they should be, and what they were; None: not made any more."""
    outcomes = inject(pid, tid, *(call for call, _ in ALLOWED))
    return [(shown(call), outcome) for (call, value), outcome in zip_longest(ALLOWED, outcomes)
            if outcome != returned(value, pid, tid)]


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_allowed_returns(route):
    """From every thread, put into it in the same way; and then it does what it did before."""
    with Supervised(route) as program:
        pid = program.pid
        for tid in threads_of(pid):
            assert results_of_allowed(pid, tid) == []
        for _ in range(2 * len(threads_of(pid))):
            assert program.answers()
        assert program.pid == pid


def test_what_is_allowed_returns_elsewhere():
    """The same list without a sandbox, so that what it says is the kernel's answer."""
    with Victim() as pid:
        assert results_of_allowed(pid, pid) == []


@pytest.mark.parametrize("call, outcome", ALLOWED_ENDS, ids=[o for _, o in ALLOWED_ENDS])
@pytest.mark.parametrize("route", ROUTES)
def test_an_end_of_its_own_is_no_violation(route, call, outcome):
    with Supervised(route) as program:
        verdict = program.attack(call, -1)
        assert (verdict.outcome, verdict.answers, verdict.named) == (outcome, True, None)


@pytest.mark.parametrize("route", ROUTES)
def test_attacks_return_elsewhere(has_int80, route):
    """Whatever they return: so it is the sandbox that ends a program, not how the call is made."""
    calls = [call for call in form_of(attacks_on(route), has_int80)
             if call not in ENDS_ANYBODY_LATER]
    outcomes = dict(zip(calls, inject_into_victims(calls), strict=True))
    assert [(shown(call), outcome) for call, outcome in outcomes.items()
            if not outcome.startswith("returned") and call not in ENDS_ANYBODY] == []
    assert SIGSYS not in outcomes.values()
    assert outcomes[("execve", "/etc/passwd", 0, 0)] == "returned EACCES"
    assert outcomes[("openat", -100, "/etc/passwd", 0)].removeprefix("returned ").isdigit()


@pytest.mark.parametrize("arguments, line, code, words", [
    ([], "getpid", 2, "usage: "), (["1"], "getpid", 2, "usage: "), (["1", "-1"], "", 2, "usage: "),
    (["1", "x"], "getpid", 2, "usage: "), (["4194304", "4194304"], "getpid", 1, "inject: /proc/"),
    (None, "nothing", 1, "inject: nothing: no such system call"), (None, "getpid 7", 1, ": 7: "),
    (None, "", 1, "names no system call"), (None, "close @0", 1, "neither a number nor bytes"),
    (None, "getpid" + " 0x1" * 7, 1, "a seventh argument"), (None, "int80 x", 1, "no such"),
    pytest.param(None, "pause", 1, "it took too long",
                 marks=pytest.mark.skipif(not LONG, reason="CHECK=long waits for it")),
])
def test_inject_says_what_is_wrong(arguments, line, code, words):
    """And what it was put into goes on."""
    with Victim() as pid:
        done = subprocess.run([INJECT, *([str(pid)] * 2 if arguments is None else arguments)],
                              input=f"{line}\n", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (code, "") and words in done.stderr
        assert inject(pid, pid, ("getpid",)) == [f"returned {pid}"]
