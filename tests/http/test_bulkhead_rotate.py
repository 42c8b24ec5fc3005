"""Rotation of nginx's logs: none is lost, .1 is complete; by hand, and by the watch itself."""

import contextlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from program import wait_until
from stack import LIMITS_OFF, Stack, ask

ROOT = os.geteuid() == 0
need_root = pytest.mark.skipif(not ROOT, reason="needs root")


def rotate(stack):
    done = stack.bulkhead("rotate")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def old(stack, number, name="access"):
    return stack.state / f"log/{name}.log.{number}"


def log_line(stack, path):
    """Asks, and returns once access.log has the line."""
    stack.get(path)
    wait_until(lambda: path in stack.log("access"), "its line")


def targets_in(file):
    return [json.loads(line)["target"] for line in file.read_text().splitlines()]


def who_writes_to(stack, file):
    """Those of nginx's processes."""
    found = []
    for pid in [stack.edge(), *stack.workers()]:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed since it was listed
                if os.readlink(entry) == str(file):
                    found.append(pid)
    return found


def change(stack, **values):
    """Other limits in a copied source."""
    file = stack.source / "bulkhead.d/rotate.sh"
    text = file.read_text()
    for name, value in values.items():
        text, count = re.subn(rf"^{name}=\d+$", f"{name}={value}", text, flags=re.M)
        assert count == 1
    file.write_text(text)


# --- no line is lost ------------------------------------------------------------------------------

def ids_in(data):
    """The request ids of lines, each of which is whole and JSON."""
    assert data.endswith(b"\n") and re.fullmatch(rb"[\n -~]+", data)
    return [json.loads(line)["request_id"] for line in data.splitlines()]


def ask_until(over, stack):
    """The ids of the answers of programs and of the edge's own, in turn."""
    connection, found = stack.connect(), []
    paths = ("/?name=Bob", "/nope", "/?name=%20", "/calculate?expr=6*7")
    while not over.is_set():
        answer = ask(connection, paths[len(found) % len(paths)])
        found.append(answer.header("x-request-id"))
    connection.close()
    return found


def journal_ids(stack):
    """Of the trail's records, which stay in the journals when they are shipped."""
    return [json.loads(line)["request_id"] for file in (stack.state / "journal").glob("*/*.jsonl")
            for line in file.read_text().splitlines()]


def test_each_line_is_in_one_file_and_in_the_trail():
    """
    What is taken away at once, as who ships it would, gets no line more. A request has one line and
    one record.
    """
    over, taken = threading.Event(), {}
    with Stack(DATABASE_URL="", **LIMITS_OFF) as stack, ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(ask_until, over, stack) for _ in range(8)]
        try:
            for n in range(5):
                wait_until(lambda: stack.log("access").count("\n") > 400, "lines")
                rotate(stack)
                file = old(stack, 1).rename(stack.folder / f"taken.{n}")
                taken[file] = file.read_bytes()
        finally:
            over.set()
        asked = sorted(number for client in clients for number in client.result())
        assert len(asked) > 2000
        wait_until(lambda: len(journal_ids(stack)) >= len(asked), "all is recorded")
        assert sorted(journal_ids(stack)) == asked
        assert all(file.read_bytes() == data for file, data in taken.items())
        files = [file.read_bytes for file in (*taken, stack.state / "log/access.log")]
        wait_until(lambda: sorted(ids_in(b"".join(read() for read in files))) == asked, "lines")


def be_patient(stack):
    """In a copied source: a slow machine takes longer than nginx gives a worker that shuts down."""
    for name, directive in (("nginx.conf", "worker_shutdown_timeout"),
                            ("edge/limits.conf", "client_header_timeout")):
        file = stack.source / "nginx" / name
        text, count = re.subn(rf"\n{directive} \d+s;", f"\n{directive} 600s;", file.read_text())
        assert file.write_text(text) and count == 1


def test_a_worker_that_shuts_down_opens_the_new_file(copy):
    """It still has a request of before the reload, whose line comes at its end."""
    be_patient(copy)
    copy.up()
    with contextlib.closing(copy.connect()) as slow:
        slow.connect()
        slow.sock.sendall(b"GET /slow HTTP/1.1\r\n")
        wait_until(lambda: copy.get("/").status == 200, "it is served meanwhile")
        before = set(copy.workers())
        assert copy.bulkhead("reload", RATE_BURST="7").returncode == 0
        assert before & set(copy.workers()), "none shuts down: nothing is tested"
        rotate(copy)
        assert not who_writes_to(copy, old(copy, 1))
        writers = set(who_writes_to(copy, copy.state / "log/access.log"))
        assert len(writers) == 1 + len(copy.workers())
        slow.sock.sendall(b"Host: localhost\r\nConnection: close\r\n\r\n")
        assert b"404" in slow.sock.recv(100)
    wait_until(lambda: "/slow" in copy.log("access"), "its line")


def test_workers_without_a_master(own):
    """Nobody passes a signal on to them then."""
    wait_until(own.is_watch_asleep, "the watch has started")
    workers = own.workers()
    with own.locked():
        for pid in [*own.watch(), own.edge()]:
            os.kill(pid, signal.SIGKILL)
    log_line(own, "/before")
    rotate(own)
    log_line(own, "/after")
    assert targets_in(old(own, 1)) == ["/before"]
    for pid in workers:
        links = [os.readlink(entry) for entry in os.scandir(f"/proc/{pid}/fd")]
        assert str(own.state / "log/access.log") in links and str(old(own, 1)) not in links


# --- which files there are ------------------------------------------------------------------------

def test_four_are_kept(own):
    """The oldest goes; with a gap among them none does."""
    for n in range(1, 8):
        log_line(own, f"/{n}")
        assert "access.log" in rotate(own)
    assert [targets_in(old(own, n)) for n in range(1, 5)] == [["/7"], ["/6"], ["/5"], ["/4"]]
    assert len(list((own.state / "log").glob("access.log*"))) == 5
    old(own, 2).unlink()
    log_line(own, "/8")
    rotate(own)
    assert [targets_in(old(own, n)) for n in range(1, 5)] == [["/8"], ["/7"], ["/5"], ["/4"]]


def test_an_empty_log_stays(own):
    """Repeated, nothing is moved; nor where nothing runs, but what there is."""
    log_line(own, "/one")
    assert rotate(own) == "bulkhead: moved away: access.log edge.log\n"
    assert "access.log" not in rotate(own), "nginx has said in edge.log that it reopens it"
    log_line(own, "/two")
    own.down()
    assert "access.log" in rotate(own)
    assert rotate(own) == "bulkhead: nothing to move away: the logs are empty\n"
    assert (targets_in(old(own, 1)), targets_in(old(own, 2))) == (["/two"], ["/one"])
    own.up()
    log_line(own, "/three")


def test_nothing_was_started(down):
    """No folder is made."""
    done = down.bulkhead("rotate")
    assert (done.returncode, done.stderr) == (
        1, f"bulkhead: {down.state}/log: no logs there: was anything started?\n")
    assert not down.state.exists()


def test_who_owns_them(own):
    """The new ones are nginx's; the old ones are nobody's to change but who started it."""
    for _ in range(2):
        log_line(own, "/")
        rotate(own)
    for name in ("access", "edge"):
        for file in (own.state / "log").glob(f"{name}.log*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            if ROOT:
                owner = "bulkhead-edge" if file.suffix == ".log" else "root"
                assert (file.owner(), file.group()) == (owner, owner)


@need_root
def test_nginxs_user_makes_no_file_there(own):
    """So it plants no link, takes no log away, and changes none of the old ones."""
    log_line(own, "/")
    rotate(own)
    for command in (f"ln -s /etc/passwd {old(own, 2)}", f"rm -f {old(own, 1)}",
                    f"mv {own.state}/log/access.log {old(own, 3)}", f"echo x >>{old(own, 1)}"):
        done = subprocess.run(["setpriv", "--reuid=bulkhead-edge", "--regid=bulkhead-edge",
                               "--clear-groups", "sh", "-c", command], capture_output=True,
                              text=True, timeout=20, check=False, cwd="/")
        assert done.returncode != 0 and "Permission denied" in done.stderr


def test_a_link_is_replaced(own, tmp_path):
    """Not followed, not entered, wherever it came from."""
    target = tmp_path / "target"
    target.write_text("mine")
    for n, goal in ((1, target), (2, tmp_path), (3, target), (4, tmp_path)):
        old(own, n).symlink_to(goal)
    for path in ("/1", "/2"):
        log_line(own, path)
        rotate(own)
    assert target.read_text() == "mine" and list(tmp_path.iterdir()) == [target]
    assert targets_in(old(own, 1)) == ["/2"] and targets_in(old(own, 2)) == ["/1"]


# --- what goes wrong ------------------------------------------------------------------------------

@contextlib.contextmanager
def read_only(log):
    subprocess.run(["mount", "--bind", log, log], check=True, timeout=20)
    subprocess.run(["mount", "-o", "remount,ro,bind", log], check=True, timeout=20)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", log], check=True, timeout=20)


@contextlib.contextmanager
def full(log):
    """Not of bytes: of files, so that nginx's own lines still have room."""
    made = []
    with contextlib.suppress(OSError):
        for n in range(1000):
            made.append(log / f"ballast-{n}")
            made[-1].touch()
    yield
    for file in made:
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def in_the_way(log):
    for n in (1, 2, 3):
        (log / f"access.log.{n}").touch()
    (log / "access.log.4/x").mkdir(parents=True)
    yield
    shutil.rmtree(log / "access.log.4")


@pytest.mark.parametrize(("obstacle", "words"), [
    pytest.param(read_only, "Read-only file system", marks=need_root),
    pytest.param(full, "No space left on device", marks=need_root),
    (in_the_way, "overwrite directory")])
def test_what_cannot_be_moved(down, obstacle, words):
    """Said, and each line is somewhere; once the obstacle is gone all is where it belongs."""
    log = down.state / "log"
    log.mkdir(parents=True)
    is_small = obstacle is full
    if is_small:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=40", "none", log], check=True,
                       timeout=20)
    try:
        down.up()
        log_line(down, "/1")
        with obstacle(log):
            done = down.bulkhead("rotate")
            assert done.returncode == 1
            assert words in done.stderr and f"{log}/access.log" in done.stderr
            log_line(down, "/2")
        rotate(down)
        log_line(down, "/3")
        rotate(down)
        found = [target for n in (3, 2, 1) if old(down, n).exists()
                 for target in targets_in(old(down, n))]
        assert found == ["/1", "/2", "/3"]
    finally:
        down.bulkhead("down")
        if is_small:
            subprocess.run(["umount", "-l", log], check=True, timeout=20)


def test_a_worker_that_stands_still(copy):
    """Nothing comes to .1 while it may write there. The watch tries again, and ends it."""
    change(copy, log_look_seconds=1)
    copy.up()
    log_line(copy, "/")
    worker = copy.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    try:
        done = copy.bulkhead("rotate")
        assert done.returncode == 1 and "nginx does not open its logs anew" in done.stderr
        assert old(copy, 0).exists() and not old(copy, 1).exists()
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_until(old(copy, 1).exists, "the watch has moved it on")
    assert targets_in(old(copy, 1)) == ["/"] and not old(copy, 0).exists()
    wait_until(copy.is_watch_asleep, "it sleeps")
    assert copy.bulkhead("status").returncode == 0


def test_killed_when_it_had_asked_nginx(own):
    """The next one finds what it has left."""
    wait_until(own.is_watch_asleep, "it is not the watch that finds it")
    log_line(own, "/")
    worker = own.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    try:
        with subprocess.Popen([own.source / "bulkhead", "rotate"], env=own.environment()) as half:
            wait_until(lambda: old(own, 0).exists() and own.edge() not in
                       who_writes_to(own, old(own, 0)), "the master is told")
            half.kill()
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_until(lambda: not who_writes_to(own, old(own, 0)), "nginx has done its part")
    log_line(own, "/new")
    assert rotate(own).startswith("bulkhead: moved away: access.log edge.log")
    assert (targets_in(old(own, 1)), targets_in(old(own, 2))) == (["/new"], ["/"])


@pytest.mark.parametrize("is_new_there", [False, True])
def test_killed_before_the_new_file_was_there(own, is_new_there):
    """nginx still writes to the old one, which so is complete only now."""
    log_line(own, "/1")
    log = own.state / "log/access.log"
    log.rename(old(own, 0))
    if is_new_there:
        own.state.joinpath("log/access.log.new").write_text("rest")
    own.get("/2")
    wait_until(lambda: targets_in(old(own, 0)) == ["/1", "/2"], "it goes on in the old one")
    rotate(own)
    log_line(own, "/3")
    assert (targets_in(old(own, 1)), targets_in(log)) == (["/1", "/2"], ["/3"])


# --- by itself ------------------------------------------------------------------------------------

def test_the_watch_rotates(copy):
    """What has grown, and nothing else; over and over, so that it all has a bound."""
    change(copy, edge_log_limit=20000, log_look_seconds=1)
    copy.up()
    wait_until(copy.is_watch_asleep, "it sleeps")
    for n in range(6):
        for _ in range(120):
            copy.get("/nope")
        wait_until(lambda: copy.log("watch").count("moved away") > n, "it is moved away")
    assert len(list((copy.state / "log").glob("access.log*"))) == 5
    assert not old(copy, 1, "edge").exists() and "edge.log" not in copy.log("watch")
    wait_until(copy.is_watch_asleep, "it sleeps")
    assert copy.bulkhead("status").returncode == 0


def test_the_other_logs_are_copied_and_emptied(copy):
    """Of those whose writers keep them open: at 8 MiB, by the watch and by hand."""
    change(copy, log_look_seconds=1)
    copy.up()
    wait_until(copy.is_watch_asleep, "it sleeps")
    log = copy.state / "log"
    (log / "database.log").write_bytes(b"x" * (9 << 20))
    wait_until((log / "database.log.old").exists, "it is copied")
    wait_until(lambda: not (log / "database.log").stat().st_size, "it is emptied")
    assert (log / "database.log.old").stat().st_size == 9 << 20
    copy.down()
    for size, left in ((7 << 20, 7 << 20), (9 << 20, 0)):
        (log / "watch.log").write_bytes(b"y" * size)
        rotate(copy)
        assert (log / "watch.log").stat().st_size == left


@pytest.mark.parametrize("name", ["access", "edge", "watch"])
def test_status_names_what_nobody_bounds(copy, name):
    """At twice the bound, and not before: the watch looks once a minute."""
    change(copy, edge_log_limit=8 << 20, log_look_seconds=1000)
    copy.up()
    wait_until(copy.is_watch_asleep, "it has looked for the first time")
    for size, code in ((16 << 20, 0), ((16 << 20) + 1, 1)):
        os.truncate(copy.state / f"log/{name}.log", size)
        done = copy.bulkhead("status")
        assert done.returncode == code, done.stderr
    assert f"not healthy: log/{name}.log has grown to 16777217 bytes" in done.stderr
    rotate(copy)
    assert copy.bulkhead("status").returncode == 0
