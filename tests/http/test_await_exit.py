"""await-exit, which the watch sleeps in: when it wakes, what it becomes, what it refuses."""

import contextlib
import os
import pathlib
import subprocess
import time

import pytest

from program import BUILD, wait_until
from stack import is_alive

PROGRAM = str(BUILD / "supervise/await-exit")
THEN = ("--", "/bin/echo", "awake")


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          check=False)


def named(pid):
    """PID/START, as it is told."""
    start = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19]
    return f"{pid}/{start}"


@contextlib.contextmanager
def sleepers(count):
    made = [subprocess.Popen(["sleep", "100"]) for _ in range(count)]
    try:
        yield made
    finally:
        for process in made:
            process.kill()
            process.wait()


@pytest.mark.parametrize("which", [0, 1, 2])
def test_wakes_at_the_end_of_any(which):
    """Also when nobody has fetched its exit code yet; and no earlier."""
    with sleepers(3) as three, subprocess.Popen(
            [PROGRAM, *(named(process.pid) for process in three), *THEN], text=True,
            stdout=subprocess.PIPE) as waiting:
        wait_until(lambda: pidfds(waiting.pid) == 3, "it has them all")
        three[which].kill()
        assert waiting.communicate(timeout=60) == ("awake\n", None)
        assert waiting.returncode == 0


def pidfds(pid):
    """How many descriptors of processes a process has."""
    return sum("pidfd" in target_of(entry) for entry in os.scandir(f"/proc/{pid}/fd"))


def target_of(descriptor):
    """What it stands for; nothing when it was closed since it was listed."""
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:
        return ""


def test_what_has_ended_already():
    """Between the look at it and the wait for it."""
    with sleepers(2) as (lives, dies):
        names = [named(lives.pid), named(dies.pid)]
        dies.kill()
        dies.wait()
        assert run(*names, *THEN).stdout == "awake\n"


def test_another_start_is_another_process():
    """The number was given to somebody else: the one that was meant has ended."""
    with sleepers(1) as (process,):
        assert run(f"{process.pid}/1", *THEN).stdout == "awake\n"
        assert run("--within", "0", named(process.pid), *THEN).stdout == "awake\n"
        assert is_alive(process.pid)


def test_within():
    """Not before the time, and then all the same."""
    with sleepers(1) as (process,):
        start = time.monotonic()
        assert run("--within", "1", named(process.pid), *THEN).stdout == "awake\n"
        assert time.monotonic() - start >= 1


def test_a_file_that_grows(tmp_path):
    """One of several, by a byte too much; before that, or before it is there, nothing happens."""
    small, grows = tmp_path / "small", tmp_path / "grows"
    small.write_bytes(b"12345678")
    with sleepers(1) as (process,), subprocess.Popen(
            [PROGRAM, "--every", "1", "--larger", "8", small, "--larger", "9", grows,
             named(process.pid), *THEN], stdout=subprocess.PIPE) as waiting:
        for size in (None, 9):
            if size:
                grows.write_bytes(bytes(size))
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(3)
        grows.write_bytes(bytes(10))
        assert waiting.communicate(timeout=60) == (b"awake\n", None)


def test_a_file_that_is_large_is_looked_at_later(tmp_path):
    """Who could not make it smaller is not woken over and over; a process that ends still wakes."""
    large = tmp_path / "large"
    large.write_bytes(b"12")
    with sleepers(1) as (process,):
        words = ("--larger", "1", str(large), named(process.pid), *THEN)
        with subprocess.Popen([PROGRAM, "--every", "1000", *words],
                              stdout=subprocess.PIPE) as waiting:
            wait_until(lambda: pidfds(waiting.pid) == 1, "it has it")
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1)
            process.kill()
            assert waiting.communicate(timeout=60) == (b"awake\n", None)
    with sleepers(1) as (process,):
        words = ("--larger", "1", str(tmp_path / "none"), named(process.pid), *THEN)
        assert run("--within", "1", *words).stdout == "awake\n", "the time is over before a look"
        assert run("--within", "2", "--every", "1", *words).stdout == "awake\n"


def test_an_odd_name(tmp_path):
    """A process names itself: parentheses, blanks and numbers do not shift the fields."""
    odd = tmp_path / ") S 1 (1"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([str(odd), "100"]) as process:
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                subprocess.run([PROGRAM, named(process.pid), *THEN], timeout=1, check=False)
        finally:
            process.kill()


@pytest.mark.parametrize("arguments", [
    (), ("--",), ("1/1",), ("1/1", "--"), THEN, ("--within",), ("--within", "x", "1/1", *THEN),
    ("--within", "-1", "1/1", *THEN), ("--within", "99999999", "1/1", *THEN),
    ("--within", "1s", "1/1", *THEN), ("--every", "0", "1/1", *THEN), ("--every",),
    ("--larger", "1", "/x"), ("--larger", "1"), ("--larger", "x", "/x", "1/1", *THEN),
    ("--larger", "-1", "/x", "1/1", *THEN), ("--larger", "1234567890", "/x", "1/1", *THEN),
    ("--larger", "1", "/x", *THEN),
])
def test_wrong_usage(arguments):
    """Exit code 2, and nothing is run."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: await-exit ")


@pytest.mark.parametrize("name", ["1", "x/1", "/1", "0/1", "-1/1", "99999999999/1", "1 /1"])
def test_wrong_process(name):
    """Named, and no wait that could never end."""
    done = run(name, *THEN)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"await-exit: {name}: Invalid argument\n"


def test_command_that_is_not_there():
    """The kernel's reason."""
    done = run("1/1", "--", "/nonexistent")
    assert (done.returncode, done.stderr) == (
        1, "await-exit: /nonexistent: No such file or directory\n")


def test_help_and_version():
    """As every program has them."""
    assert run("--help").stdout.startswith("Usage: await-exit ")
    assert run("--version").stdout.startswith("await-exit ")
