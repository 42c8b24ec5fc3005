"""
The question whether a program serves, over its own socket: who may ask it, and who no more than
that. Both kinds of program are asked: hello answers in its loop, ping has a pool.
"""

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
import time

import pytest

import fcgi_client as fcgi
from program import (BUILD, STATS_FIELDS, STATS_MAGIC, STATS_PAGE_BYTES, Program, privileges,
                     wait_until)
from trail_lab import PLACES

AS_ROOT = os.geteuid() == 0
NOBODY = 65534  # whom the programs become
STRANGER, MONITOR = 65533, 65532
MAX_PROBING = 64  # cgi-src/route/loop.c
QUESTION = fcgi.record(fcgi.GET_VALUES, fcgi.pair("BULKHEAD_READY", ""), request_id=0)
NEEDS_ROOT = pytest.mark.skipif(not AS_ROOT, reason="only root can connect as somebody else")
KINDS = {"hello": "name=Bob", "ping": "ip=127.0.0.1"}


def answer_of(name):
    return (fcgi.GET_VALUES_RESULT, 0, fcgi.pair("BULKHEAD_READY", name))


@pytest.fixture(params=KINDS)
def program(request):
    """Root is its peer, it runs as nobody, and MONITOR may probe; anybody may connect."""
    with Program(request.param, "--monitor", str(MONITOR)) as running:
        running.name = request.param
        os.chmod(running.socket, 0o666)
        yield running


def connect(program, uid):
    return fcgi.connect_as(program.socket, uid, uid)


def probe(program, *options, name=None, **how):
    return subprocess.run([BUILD / "cgi-src" / (name or program.name), *options, "--probe",
                           program.socket], capture_output=True, text=True, check=False,
                          timeout=60, env={}, **how)


# --- the record -----------------------------------------------------------------------------------

def test_the_peer_probes_and_asks(program):
    """In any order, on one connection: it goes on as any."""
    with program.connect() as peer:
        for _ in range(3):
            peer.send(QUESTION)
            assert peer.read_record() == answer_of(program.name)
            assert peer.ask(fcgi.request_params(KINDS[program.name])).status == 200
    assert program.stats()["answered"] == 3, "a probe is no request"
    assert program.stats()["dropped"] == program.stats()["refused"] == 0


def test_a_probe_in_pieces(program):
    with program.connect() as peer:
        for at in range(len(QUESTION)):
            peer.send(QUESTION[at:at + 1])
        assert peer.read_record() == answer_of(program.name)


def test_a_probe_and_no_more_bytes(program):
    """Who has said all that there is gets the answer, and then the end."""
    with program.connect() as peer:
        peer.send(QUESTION)
        peer.hang_up()
        assert peer.read_record() == answer_of(program.name)
        assert peer.read_to_end() == b""


@pytest.mark.parametrize(("record", "why"), [
    (QUESTION + QUESTION, "two at once"),
    (QUESTION + fcgi.begin(), "a request behind it"),
    (fcgi.record(fcgi.GET_VALUES, fcgi.pair("BULKHEAD_READY", ""), 1), "management has no request"),
    (fcgi.record(fcgi.GET_VALUES, fcgi.pair("FCGI_MAX_CONNS", ""), 0), "another name"),
    (fcgi.record(fcgi.GET_VALUES, fcgi.pair("BULKHEAD_READY", "x"), 0), "a value"),
    (fcgi.record(fcgi.GET_VALUES, fcgi.pair("BULKHEAD_READY", "", wide=True), 0), "wide lengths"),
    (fcgi.record(fcgi.GET_VALUES, fcgi.pair("BULKHEAD_READY", ""), 0, padding=8), "padding"),
    (fcgi.record(fcgi.GET_VALUES, b"", 0), "nothing asked"),
    (fcgi.record(fcgi.GET_VALUES_RESULT, fcgi.pair("BULKHEAD_READY", ""), 0), "an answer"),
    (fcgi.record(12, b"", 0), "no management record at all"),
])
def test_any_other_is_malformed(program, record, why):
    with program.connect() as peer:
        peer.try_send(record)
        assert peer.read_to_end() == b"", why
    program.wait_for_stat("dropped", 1)


def is_taken(sock, patience=0.5):
    """Whether all that was sent has been read at the other end: one question at a time is one."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]:
            return True
    return False


def test_who_reads_no_answers_holds_nobody_up():
    """ping's connections wait in write(), which its loop must not do: it gives such a peer up."""
    with Program("ping") as program, program.connect() as deaf:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(1_000_000):
                deaf.send(QUESTION)
                if not is_taken(deaf.sock):
                    break  # the loop is at something else
        start = time.monotonic()
        assert program.ask(KINDS["ping"]).status == 200
        assert time.monotonic() - start < 4, "one write of a pool may wait for 5 s"
        program.wait_for_stat("dropped", 1)


# --- who may --------------------------------------------------------------------------------------

@NEEDS_ROOT
@pytest.mark.parametrize("uid", [NOBODY, MONITOR])
def test_the_program_and_its_monitor_may_probe(program, uid):
    with connect(program, uid) as asker:
        for _ in range(3):
            asker.send(QUESTION)
            assert asker.read_record() == answer_of(program.name)
    assert program.stats()["refused"] == 0


@NEEDS_ROOT
@pytest.mark.parametrize("uid", [NOBODY, MONITOR])
@pytest.mark.parametrize("first", [b"", QUESTION])
def test_and_no_more(program, uid, first):
    """A request of theirs is not served, also not after a probe."""
    with connect(program, uid) as asker:
        if first:
            asker.send(first)
            asker.read_record()
        asker.try_send(fcgi.request_bytes(fcgi.request_params(KINDS[program.name])))
        assert asker.read_to_end() == b""
    program.wait_for_stat("refused", 1)
    assert program.stats()["answered"] == program.stats()["dropped"] == 0


@NEEDS_ROOT
def test_a_stranger_may_not(program):
    with connect(program, STRANGER) as stranger:
        stranger.try_send(QUESTION)
        assert stranger.read_to_end() == b""
    program.wait_for_stat("refused", 1)


@NEEDS_ROOT
def test_without_a_monitor_there_is_none():
    with Program("hello") as program:
        os.chmod(program.socket, 0o666)
        with connect(program, MONITOR) as stranger:
            stranger.try_send(QUESTION)
            assert stranger.read_to_end() == b""
        with connect(program, NOBODY) as own:
            own.send(QUESTION)
            assert own.read_record() == answer_of("hello")


@NEEDS_ROOT
def test_a_monitor_that_is_the_peer_has_its_rights():
    with Program("hello", "--monitor", str(STRANGER), peer=STRANGER) as program:
        os.chmod(program.socket, 0o666)
        with connect(program, STRANGER) as peer:
            assert peer.ask(fcgi.request_params("name=Bob")).text == "Hello, Bob!\n"


@NEEDS_ROOT
def test_a_monitor_takes_no_places(program):
    """However many connections it opens, it has few: its own oldest go."""
    many = [connect(program, MONITOR) for _ in range(2 * MAX_PROBING)]
    assert many[0].read_to_end() == b""
    wait_until(lambda: program.stats()["open"] <= MAX_PROBING, "those beyond are closed")
    many[-1].send(QUESTION)
    assert many[-1].read_record() == answer_of(program.name)
    for connection in many:
        connection.close()


@NEEDS_ROOT
def test_half_a_request_of_a_monitors(program):
    """It is dropped as any that stalls, and meanwhile all others are served."""
    with connect(program, MONITOR) as asker:
        asker.send(fcgi.begin())
        assert program.ask(KINDS[program.name]).status == 200
        assert asker.read_to_end() == b""
    program.wait_for_stat("dropped", 1)


# --- PROGRAM --probe ------------------------------------------------------------------------------

def test_the_option(program):
    done = probe(program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert probe(program, name="calculate").returncode == 0, "any program can ask any"


@NEEDS_ROOT
def test_the_option_as_the_programs_own_user(program):
    """As a container's health check does; --user is obeyed."""
    assert probe(program, user=NOBODY, group=NOBODY, extra_groups=[]).returncode == 0
    assert probe(program, *privileges()).returncode == 0
    done = probe(program, user=STRANGER, group=STRANGER, extra_groups=[])
    assert done.returncode == 1
    assert done.stderr.startswith(f"{program.name}: {program.socket}: it closed the connection")


def test_a_program_that_stands_still(program):
    """Stopped, it still has its socket, and the kernel accepts for it."""
    program.process.send_signal(signal.SIGSTOP)
    try:
        start = time.monotonic()
        done = probe(program)
        assert 0.9 < time.monotonic() - start < 20
        assert (done.returncode, done.stderr) == (
            1, f"{program.name}: {program.socket}: no answer in time\n")
    finally:
        program.process.send_signal(signal.SIGCONT)
    assert probe(program).returncode == 0


def test_a_program_that_is_gone(program):
    program.process.kill()
    program.process.wait()
    done = probe(program)
    assert (done.returncode, done.stderr) == (
        1, f"{program.name}: {program.socket}: Connection refused\n")
    program.socket.unlink()
    assert probe(program).stderr.endswith(": No such file or directory\n")


@pytest.mark.parametrize("says", [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100, b"\0" * 60,
                                  fcgi.record(fcgi.GET_VALUES_RESULT,
                                              fcgi.pair("BULKHEAD_READY", 'he"lo'), 0)])
def test_something_else_listens(program, says):
    program.process.kill()
    program.process.wait()
    program.socket.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(program.socket))
        other.listen()
        asked = subprocess.Popen([BUILD / "cgi-src/hello", "--probe", program.socket],
                                 stderr=subprocess.PIPE, text=True)
        accepted, _ = other.accept()
        with accepted:
            accepted.sendall(says)
            errors = asked.communicate(timeout=60)[1]
    assert asked.returncode == 1 and "is not what a program of Bulkhead answers" in errors
    assert errors.count("\n") == 1


def test_it_needs_no_settings(program):
    """audit does not start without a password; but what it is asked here has none of that."""
    assert probe(program, name="audit").returncode == 0


@pytest.mark.parametrize("arguments", [["--probe"], ["--probe", "/x", "more"]])
def test_wrong_usage(arguments):
    done = subprocess.run([BUILD / "cgi-src/hello", *arguments], capture_output=True, check=False)
    assert done.returncode == 2


@pytest.mark.parametrize("option", ["--peer", "--monitor", "--journal"])
def test_the_shipper_answers_nobody(option):
    done = subprocess.run([BUILD / "cgi-src/trail/trail", option, "/x"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2 and f"{option}: it answers nobody" in done.stderr


# --- trail --probe, which has no socket to ask at -------------------------------------------------

NOT_COUNTERS = "the file holds no counters of a program that is ready"
ENDED = "the process that the counters name has ended"


def probe_shipper(path):
    """Its exit code, and what it says behind its name: one line, or nothing."""
    start = time.monotonic()
    done = subprocess.run([BUILD / "cgi-src/trail/trail", "--probe", path], env={},
                          capture_output=True, text=True, check=False, timeout=60)
    assert time.monotonic() - start < 20, "nothing is waited for"
    assert done.stdout == "" and done.stderr.count("\n") == done.returncode
    assert not done.returncode or done.stderr.startswith("trail: probe: ")
    return done.returncode, done.stderr[len("trail: probe: "):-1]


def page(fill=0, **numbers):
    """Of the counters of a shipper that does what it should: this process, for a while."""
    numbers = {"magic": STATS_MAGIC, "pid": os.getpid(), "connected": 1, "waiting": 0} | numbers
    names = [*STATS_FIELDS, *PLACES]
    rest = STATS_PAGE_BYTES // 8 - len(names)
    return struct.pack(f"={STATS_PAGE_BYTES // 8}Q", *(numbers.get(name, fill) for name in names),
                       *[fill] * rest)


@pytest.mark.parametrize(("counters", "complaint", "why"), [
    ({}, "", "all is well"),
    ({"fill": 2 ** 64 - 1}, "", "what is not looked at may be anything"),
    ({"waiting": 2 ** 64 - 1}, "", "a time to come, as after the clock was set back"),
    ({"waiting": 1}, "records have waited for more than 60 s", "since 1970"),
    ({"connected": 0}, "it is not connected to the database", "it is away"),
    ({"connected": 2}, "it is not connected to the database", "no flag"),
    ({"magic": 0}, NOT_COUNTERS, "it has not begun, or has ended as it should"),
    ({"magic": STATS_MAGIC << 1}, NOT_COUNTERS, "another kind of file"),
    ({"pid": 0}, ENDED, "kill(2) would take it for its own group"),
    ({"pid": 2 ** 64 - 1}, ENDED, "and this for everybody"),
    ({"pid": 2 ** 31 - 1}, ENDED, "more than there are"),
    ({"pid": 2 ** 32 + 1}, ENDED, "1, but for what an int has no room for"),
])
def test_counters(tmp_path, counters, complaint, why):
    (tmp_path / "stats").write_bytes(page(**counters))
    assert probe_shipper(tmp_path / "stats") == (1 if complaint else 0, complaint), why


@pytest.mark.parametrize(("seconds", "code"), [(1, 0), (50, 0), (70, 1)])
def test_counters_of_who_is_behind(tmp_path, seconds, code):
    """For a minute it may be: the database was away."""
    (tmp_path / "stats").write_bytes(page(waiting=int(time.time()) - seconds))
    assert probe_shipper(tmp_path / "stats")[0] == code


def test_counters_of_who_has_ended(tmp_path):
    """One that nobody has waited for yet has its number still."""
    path = tmp_path / "stats"
    with subprocess.Popen(["/bin/sleep", "1000"]) as process:
        path.write_bytes(page(pid=process.pid))
        assert probe_shipper(path) == (0, "")
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert probe_shipper(path) == (1, ENDED)
    assert probe_shipper(path) == (1, ENDED)


def test_what_is_no_file_of_counters(tmp_path):
    """Nothing there is waited for, or believed."""
    for name, data in {"good": page(), "short": page()[:-1], "long": page() + b"\0", "empty": b"",
                       "noise": bytes(range(256)) * 16}.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "link").symlink_to("good")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    complaints = {
        "short": NOT_COUNTERS, "long": NOT_COUNTERS, "empty": NOT_COUNTERS, "noise": NOT_COUNTERS,
        "fifo": NOT_COUNTERS, "/dev/zero": NOT_COUNTERS, "folder": "Is a directory",
        "link": "Too many levels of symbolic links", "socket": "No such device or address",
        "none": "No such file or directory", "x" * 300: "File name too long"}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        found = {name: probe_shipper(tmp_path / name) for name in complaints}
    assert found == {name: (1, complaint) for name, complaint in complaints.items()}
    assert probe_shipper("") == (1, "No such file or directory")
    assert probe_shipper(tmp_path / "good") == (0, "")


def test_a_fifo_that_somebody_holds_open(tmp_path):
    """Who writes nothing there, and who writes too much."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    assert probe_shipper(path) == (1, "Resource temporarily unavailable")
    os.write(writer, page() + page())
    assert probe_shipper(path) == (1, NOT_COUNTERS)
    os.close(writer)
