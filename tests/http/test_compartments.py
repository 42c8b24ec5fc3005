"""What `bulkhead status` says about each compartment, beside what the kernel says."""

import os
import re
import shutil

import pytest

from ping_lab import need
from program import BUILD, is_sanitized
from stack import LIMITS_OFF, ROUTES, Stack, copy_source, make_folder
from test_bulkhead_users import status_of

# Of those that look after the others.
ROOTS = {"healthz": "run", "metrics": "run"}


@pytest.fixture(autouse=True, scope="module")
def as_root():
    need(os.geteuid() == 0, "root, to give each program a user of its own,")


@pytest.fixture(scope="module")
def stack():
    with Stack(PROCESSES="1", **LIMITS_OFF) as started:
        yield started


def compartments(stack):
    """Process to column to value, of the second table of `bulkhead status`."""
    done = stack.bulkhead("status")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n\n")[2].replace("abi ", "").splitlines()
    heads = lines[0].split()
    return {row.split()[0]: dict(zip(heads, row.split(), strict=True)) for row in lines[1:]
            if re.match(r"\w+-\d ", row)}


def limit_of(pid, name):
    """The limit, as /proc has it: soft and hard are the same, so that it can't be raised."""
    with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
        soft, hard = re.search(rf"^Max {name} +(\S+) +(\S+)", file.read(), re.M).groups()
    assert soft == hard, name
    return soft


def test_every_program_has_a_line(stack):
    assert list(compartments(stack)) == [f"{route}-1" for route in ROUTES]


@pytest.mark.parametrize("route", ROUTES)
def test_the_line_is_what_the_kernel_says(stack, route):
    """Each column against /proc, and against what it must be."""
    shown = compartments(stack)[f"{route}-1"]
    pid, = stack.pids(route)
    fields = status_of(pid)
    assert shown["uid"] == fields["Uid"].split()[1] != "0"
    assert shown["caps"] == shown["bounds"] == "0"
    assert shown["nnp"] == fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2" and shown["seccomp"] == "filter"
    assert shown["root"] == ROOTS.get(route, "empty")
    assert os.readlink(f"/proc/{pid}/root") == str(stack.state / shown["root"])
    assert shown["files"] == limit_of(pid, "open files")
    assert shown["procs"] == limit_of(pid, "processes") == "0"
    assert shown["core"] == limit_of(pid, "core file size") == "0"
    assert shown["lock"] == limit_of(pid, "locked memory") == "0"
    assert shown["queue"] == limit_of(pid, "msgqueue size") == "0"
    assert shown["log"] == f"{int(limit_of(pid, 'file size')) >> 20}M" == "16M"
    if not is_sanitized(route):
        assert shown["data"] == f"{int(limit_of(pid, 'data size')) >> 20}M"
        assert shown["space"] == f"{int(limit_of(pid, 'address space')) >> 20}M"


def test_landlock_is_what_the_program_has_tried(stack):
    """The one thing that the kernel does not show."""
    for shown in compartments(stack).values():
        assert int(shown["landlock"]) >= 1


def test_what_each_may_still_do(stack):
    """A number of calls, as --sandbox has it, and no file; but the counters for metrics."""
    text = stack.bulkhead("status").stdout
    for route in ROUTES:
        files = "RUN_DIR: read the files in it" if route == "metrics" else "none"
        calls = re.search(rf"^  {route} +(\d+) system calls; files: {files}$", text, re.M)
        assert calls and 10 < int(calls[1]) < 40


@pytest.mark.parametrize("route", ROUTES)
def test_new_files_are_nobody_elses(stack, route):
    """umask: what a program may make, as a journal is, others can't read."""
    pid, = stack.pids(route)
    assert status_of(pid)["Umask"] == "0077"


@pytest.mark.parametrize(("layers", "lost"), [
    ("seccomp,landlock", "landlock seccomp"),
    ("limits", "no-core no-locked-memory no-message-queues no-processes")])
def test_a_program_without_its_walls_is_not_healthy(layers, lost):
    """Seen, because it is the kernel that is asked: an unknown build in the place of a program."""
    source = make_folder()
    copied = copy_source(source)
    program = copied["programs"] / "cgi-src/hello"
    program.unlink()
    # The environment of a program is its settings alone, so the switch goes into the script.
    program.write_text(f"#!/bin/sh\nexport BULKHEAD_TEST_LAYERS_OFF={layers}\n"
                       f"exec {BUILD}/tests/sandbox/switch-hello \"$@\"\n")
    program.chmod(0o755)
    with Stack(**copied) as stack:
        done = stack.bulkhead("status")
        assert done.returncode == 1
        assert done.stderr.count(f" lacks {lost}") == 2, done.stderr
        shutil.copy2(BUILD / "cgi-src/hello", program)
        assert stack.bulkhead("reload").returncode == 0
        assert stack.bulkhead("status").returncode == 0
    shutil.rmtree(source)


def test_a_log_without_a_bound_is_not_healthy(copy):
    """The limit of what a program can write, which is set by who starts it."""
    logs = copy.source / "bulkhead.d/logs.sh"
    logs.write_text(logs.read_text().replace("    ulimit -f ", "    : "))
    done = copy.up().bulkhead("status")
    assert done.returncode == 1
    assert done.stderr.count(" lacks bounded-log") == 2 * len(ROUTES)


def test_a_changed_sandbox_is_taken_over(stack):
    """It is a setting of every program, so every one is replaced."""
    before = set(stack.programs_alive())
    assert stack.bulkhead("reload", SANDBOX="best-effort").returncode == 0
    assert before.isdisjoint(stack.programs_alive())
    assert stack.bulkhead("status").returncode == 0
