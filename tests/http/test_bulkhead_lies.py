"""
What the control command makes of a program that somebody else runs code in: its log and its
counters are that one's to write. The same of nginx's log, where clients and programs have a word.
"""

import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import threading

import pytest

from program import BUILD, STATS_FIELDS, STATS_MAGIC, wait_until
from stack import children, is_alive, name_of

LOG_LIMIT = 16 << 20
# Does what it does first and then becomes hello, by the name that it was started with.
LIAR = """#!/bin/sh
case $* in *--check* | *--sandbox*) exec {real} "$@" ;; esac
{does}
exec {real} "$@"
"""
# A title for the terminal, and what "died" looks like for who trusts the log.
ESCAPES = r"\033]0;owned\007\r\342\200\256\377"
SHOWN = r"\x1b]0;owned\x07\x0d\xe2\x80\xae\xff"


@pytest.fixture
def lying(copy):
    """copy(what hello does before it is itself): its stack, not started."""
    def lie(does):
        program = copy.programs / "cgi-src/hello"
        program.write_text(LIAR.format(real=BUILD / "cgi-src/hello", does=does))
        program.chmod(0o755)
        return copy
    return lie


def assert_plain(text):
    assert re.fullmatch(r"[\t\n -~]*", text), text


# --- a log is no sign of anything -----------------------------------------------------------------

def test_nobody_dies_by_the_log(lying):
    """multiwatch's own words, written by the program: it starts, and is replaced, all the same."""
    words = "printf 'Child[0] died, respawn\\nSpawning child[0]\\n' >&2"
    stack = lying(words).up()
    lying(words + " # changed")
    done = stack.bulkhead("reload")
    assert (done.returncode, done.stderr) == (0, "")
    assert stack.bulkhead("status").returncode == 0


def test_the_end_of_the_first_is_an_end(lying, tmp_path):
    """A program that dies once is refused, though its second start would be well."""
    once = tmp_path / "once"
    stack = lying(f"if [ -e {once} ]; then sleep 4; else : >{once}; sleep 3; exit 1; fi")
    done = stack.bulkhead("up")
    assert done.returncode == 1 and "hello: process 1 did not start: " in done.stderr


def test_a_reload_does_not_fail_by_nginxs_log(own):
    """A path such as /[emerg] is in nginx's log as it came, and so is what a program says."""
    over = threading.Event()

    def write():
        with (own.state / "log/edge.log").open("a") as log:
            while not over.wait(0.01):
                print('2026/01/01 00:00:00 [emerg] 1#1: bind() to 1 failed', file=log, flush=True)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = own.bulkhead("reload", RATE_BURST="7")
    finally:
        over.set()
        writer.join()
    assert (done.returncode, done.stderr) == (0, "")


# --- text for a terminal --------------------------------------------------------------------------

def test_warnings_are_plain_text(lying):
    """Those that a start passes on: of the program by its name, and no more than ten."""
    says = (f"for n in $(seq 12); do printf 'hello: warning: {ESCAPES}\\n'; done >&2; "
            "echo 'ping: warning: no' >&2")
    done = lying(says).bulkhead("up")
    assert done.returncode == 0
    assert_plain(done.stdout)
    assert done.stdout.count(f"bulkhead: hello: warning: {SHOWN}\n") == 10
    assert "ping: warning" not in done.stdout


def test_reasons_are_plain_text(lying):
    """Why a program did not start, in its own words; a long one is cut."""
    says = f"printf 'hello: error: {ESCAPES}' >&2; head -c 20000 /dev/zero >&2; sleep 1; exit 1"
    done = lying(says).bulkhead("up")
    assert done.returncode == 1
    assert_plain(done.stderr)
    assert f"did not start: hello: error: {SHOWN}" in done.stderr
    assert len(done.stderr) < 4 * 4096 * 3 + 1000


@pytest.mark.parametrize("arguments", [[], ["hello"], ["-f"]])
def test_logs_are_plain_text(own, arguments):
    """Every byte but those of printable ASCII, tabs and newlines is shown by its number."""
    every = bytes(byte for byte in range(256) if byte != 10)
    (own.state / "log/hello.log").write_bytes(every + b"\n" + b"x" * 5000 + b"\n<end>\n")
    line = "".join(chr(byte) if byte == 9 or 32 <= byte < 127 else f"\\x{byte:02x}"
                   for byte in every)
    with subprocess.Popen([str(own.source / "bulkhead"), "logs", *arguments], text=True,
                          env=own.environment(), stdout=subprocess.PIPE) as shown:
        try:
            lines = []
            while "<end>\n" not in lines:
                lines.append(shown.stdout.readline())
                assert lines[-1], "the end before the end"
        finally:
            shown.kill()
    assert lines[-3:] == [line + "\n", "x" * 4096 + "\n", "<end>\n"]


def test_who_follows_a_log_ends_with_it(own):
    """Killed, it leaves nobody behind who goes on reading."""
    with subprocess.Popen([str(own.source / "bulkhead"), "logs", "-f"], env=own.environment(),
                          stdout=subprocess.PIPE) as shown:
        wait_until(lambda: "tail" in map(name_of, children(shown.pid)), "it follows")
        pids = children(shown.pid)
        shown.kill()
    wait_until(lambda: not any(map(is_alive, pids)), "they end")


# --- size -----------------------------------------------------------------------------------------

def test_a_log_has_a_bound(lying):
    """A program can fill its log, and no disk. It serves and is brought back; the log is named."""
    stack = lying("head -c 20000000 /dev/zero >&2").up()
    log = stack.state / "log/hello.log"
    before = stack.pids("hello")
    assert log.stat().st_size == LOG_LIMIT
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(set(stack.pids("hello")) - set(before)) == 1, "multiwatch lives")
    assert stack.get("/").status == 200
    done = stack.bulkhead("status")
    assert done.returncode == 1 and done.stderr.endswith(
        "log/hello.log is full: bulkhead restart hello makes room\n")
    # What is good again goes on in an empty one, and what was is kept.
    shutil.copy2(BUILD / "cgi-src/hello", stack.programs / "cgi-src/hello")
    assert stack.bulkhead("restart", "hello").returncode == 0
    assert stack.bulkhead("status").returncode == 0
    assert b"hello: info: ready" in log.read_bytes() and log.stat().st_size < 10_000
    assert (stack.state / "log/hello.log.old").stat().st_size == LOG_LIMIT


def test_the_bound_is_the_programs_alone(own):
    """nginx's logs grow with its clients; the watch starts nginx."""
    for pid in (own.edge(), *own.workers(), *own.watch()):
        with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
            assert re.search(r"^Max file size +unlimited +unlimited ", file.read(), re.M)


# --- counters -------------------------------------------------------------------------------------

@contextlib.contextmanager
def counting(stack, **values):
    """What `status` reads of hello-1 is what the program might have written there."""
    file = stack.state / "run/hello-1.stats"
    kept = file.read_bytes()
    counters = dict(zip(STATS_FIELDS, struct.unpack_from(f"={len(STATS_FIELDS)}Q", kept)))
    file.with_suffix(".lie").write_bytes(
        struct.pack(f"={len(STATS_FIELDS)}Q", *(counters | values).values()))
    file.rename(file.with_suffix(".kept"))
    file.with_suffix(".lie").rename(file)
    try:
        yield
    finally:
        file.with_suffix(".kept").rename(file)


def row_of_hello(done):
    row, = re.findall(r"^hello-1 .*", done.stdout.split("\n\n")[1], re.M)
    return row.split()


@pytest.mark.parametrize("started", [0, 1 << 40, (1 << 64) - 1])
def test_the_time_is_the_kernels(stack, started):
    """Not what the program says."""
    with counting(stack, started=started):
        done = stack.bulkhead("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+s|\d+m\d+s", row_of_hello(done)[3])


@pytest.mark.parametrize("number", [10 ** 15, 1 << 63, (1 << 64) - 1,
                                    int.from_bytes(b"\x1b]0;own\x07", "little")])
def test_a_count_of_nonsense(stack, number):
    """Said in a word that keeps its column; minus one is such a number too."""
    counts = STATS_FIELDS[STATS_FIELDS.index("answered"):STATS_FIELDS.index("landlock")]
    with counting(stack, **dict.fromkeys(counts, number)):
        done = stack.bulkhead("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert row_of_hello(done)[4:] == [*["huge"] * 5, "all,", "dropped", "huge,", "refused", "huge"]


@pytest.mark.parametrize("number", [0, 10 ** 9, (1 << 64) - 1])
def test_a_landlock_of_nonsense(stack, number):
    """No Landlock, and nothing worse."""
    with counting(stack, landlock=number):
        done = stack.bulkhead("status")
    assert done.returncode == 1
    assert re.fullmatch(r"bulkhead: not healthy: process \d+ lacks landlock\n", done.stderr)


@pytest.mark.parametrize("who", ["nobody", "supervisor", "sibling", "root", "not ready"])
def test_another_process_than_its_own(stack, who):
    """It can't have somebody else's layers shown as its own."""
    pid = {"nobody": (1 << 64) - 1, "supervisor": stack.supervisors("hello")[0],
           "sibling": stack.pids("hello")[1], "root": 1, "not ready": stack.pids("hello")[0]}[who]
    magic = 0 if who == "not ready" else STATS_MAGIC
    with counting(stack, pid=pid, magic=magic):
        done = stack.bulkhead("status")
    assert done.returncode == 1
    assert done.stderr == "bulkhead: not healthy: hello-1 is not ready\n"
    assert row_of_hello(done)[1:] == [*"--------", "is", "not", "ready"]


def test_half_a_page(stack):
    """Not ready, and nothing worse."""
    with counting(stack):
        (stack.state / "run/hello-1.stats").write_bytes(struct.pack("=2Q", STATS_MAGIC, 1))
        done = stack.bulkhead("status")
    assert done.stderr == "bulkhead: not healthy: hello-1 is not ready\n"


def test_status_says_whose_word_it_is(stack):
    assert "what a program says of itself: the counters" in stack.bulkhead("status").stdout
