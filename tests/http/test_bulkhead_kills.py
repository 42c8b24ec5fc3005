"""
Processes that are killed while they serve, and that are stopped with requests in flight: no client
should notice, and `bulkhead` must see things as they are.
"""

import os
import shutil
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from load import Load
from ping_lab import SILENT4
from program import wait_until
from stack import LIMITS_OFF, Stack, is_alive, processes_in

# --- killed ---------------------------------------------------------------------------------------

KILLS = 40 if os.environ.get("CHECK") == "long" else 10


def test_kill_a_program(own):
    """The very next request is served, and its process is back at once."""
    for route, path in (("hello", "/"), ("ping", "/ping?ip=127.0.0.1")):
        for victim in own.pids(route):
            before = set(own.pids(route))
            start = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            assert own.get(path).status == 200
            wait_until(lambda: len(own.pids(route)) == 2 and victim not in own.pids(route), "back")
            assert time.monotonic() - start < 15, "one second, on an idle machine"
            assert set(own.pids(route)) >= before - {victim}
    assert own.bulkhead("status").returncode == 0


def test_what_is_about_to_start_lacks_nothing(own):
    """It may not be ready; but what gets ready while status looks has its layers."""
    for number in range(4 * KILLS):
        os.kill(own.pids("hello")[number % 2], signal.SIGKILL)
        assert "lacks" not in own.bulkhead("status").stderr
        wait_until(lambda: len(own.pids("hello")) == 2, "both are back")


def test_kills_under_load_fail_nothing(own):
    """
    Kills of either process under clients with kept connections, more than nginx's workers and the
    programs together. A socket of its own for each process, and max_fails=0, are what this takes.
    """
    with Load(own, clients=24, rate=10) as load:
        for number in range(KILLS):
            pids = own.pids("hello")
            os.kill(pids[number % len(pids)], signal.SIGKILL)
            load.wait_for_more(50)
            wait_until(lambda: len(own.pids("hello")) == 2, "both are back")
            wait_until(lambda: own.bulkhead("status").returncode == 0 or number % 10, "both ready")
    assert load.failed == []


VICTIMS = {
    "supervisor": lambda stack: stack.all_supervisors(),
    "program": lambda stack: stack.programs_alive(),
    "nginx's master": lambda stack: [stack.edge()],
    "worker of nginx's": lambda stack: stack.workers(),
    "supervisor of the watch": lambda stack: stack.watch()[:1],
    "watch": lambda stack: stack.watch()[1:],
}


@pytest.mark.parametrize("kind", VICTIMS)
def test_kill_any_one(own, kind):
    """The next request is served, and all is as before without anybody's help. Then once more."""
    for path in ("/", "/ping?ip=127.0.0.1"):
        wait_until(lambda: is_whole(own), "the watch, too, has started")
        for victim in VICTIMS[kind](own)[:3]:
            start = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            assert own.get(path).status == 200
            wait_until(lambda: not is_alive(victim), "it is gone")
            wait_until(lambda: is_whole(own), f"{kind} is back")
            took = time.monotonic() - start
            print(f"{kind}: {took:.2f} s")
            assert took < 30, "one second, on an idle machine"
            assert victim not in VICTIMS[kind](own)
    own.down()
    assert processes_in(own.state) == []


def is_whole(stack):
    """What costs least is asked first: a file may just be missing."""
    try:
        is_complete = (len(stack.watch()) == 2
                       and {len(pids) for pids in stack.all_pids().values()} == {2})
    except (FileNotFoundError, IndexError):
        return False
    return is_complete and stack.bulkhead("status").returncode == 0


def test_kills_of_what_holds_it_up_fail_nothing(own):
    """Supervisors and the watch, under load: what serves is what they started, not they."""
    with Load(own) as load:
        wait_until(lambda: is_whole(own), "the watch, too, has started")
        for victims, which in ((lambda: own.supervisors("hello"), 0),
                               (lambda: own.supervisors("hello"), 1), (own.watch, 0),
                               (own.watch, 1)):
            os.kill(victims()[which], signal.SIGKILL)
            load.wait_for_more(50)
            wait_until(lambda: is_whole(own), "all is back")
    assert load.failed == []


def test_killed_while_nobody_may_repair(own):
    """Seen as it is, and `up` does what the watch would; what was left is not lost."""
    wait_until(own.is_watch_asleep, "it sleeps")
    own_watch = own.watch()
    with own.locked():
        for pid in [own.supervisors("hello")[0], own.edge(), *own_watch]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, own_watch)), "they are gone")
        done = own.bulkhead("status")
        assert done.returncode == 1
        for words in ("hello-1 runs without its supervisor", "nginx runs without its master",
                      "watch does not run"):
            assert words in done.stderr
        assert own.get("/").status == 200
    assert "up again" in own.bulkhead("up").stdout
    wait_until(lambda: is_whole(own), "the watch has started again too")
    assert own.get("/").status == 200
    own.down()
    assert processes_in(own.state) == []


def test_down_without_a_master(own):
    """Its workers, which nothing else would stop, end as well."""
    wait_until(own.is_watch_asleep, "the watch has started")
    with own.locked():
        for pid in [*own.watch(), own.edge()]:
            os.kill(pid, signal.SIGKILL)
    own.down()
    assert processes_in(own.state) == []
    with pytest.raises(ConnectionRefusedError):
        own.get("/")


def test_the_watch_knows_what_a_reload_has_started(own):
    """Nothing has ended then: it is told."""
    assert own.bulkhead("reload", PROCESSES="3").returncode == 0
    own.settings["PROCESSES"] = "3"
    victim = own.supervisors("hello")[2]
    wait_until(own.is_watch_asleep, "it sleeps")
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: own.supervisors("hello")[2] != victim, "there is another one")
    wait_until(lambda: own.bulkhead("status").returncode == 0, "healthy")


def test_the_watch_waits_long_for_what_does_not_start(copy):
    """A program that has gone bad is tried now and then, and keeps back nothing else."""
    copy.up()
    install(copy, b"#!/bin/sh\nexit 1\n")
    killed = [copy.supervisors("hello")[0], copy.supervisors("ping")[0]]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: copy.supervisors("ping")[0] != killed[1], "ping's is back")
    assert copy.get("/").status == 200, "the other process of hello"
    wait_until(copy.is_watch_asleep, "it gives up for a while")
    install(copy, (copy.programs / "cgi-src/hello").read_bytes())
    wait_until(lambda: is_whole(copy), "it has tried again", patience=60)
    assert copy.log("watch").count("starting what is missing") < 5


def install(stack, image):
    """In the place of hello, which runs and so cannot be written to."""
    new = stack.state / "bin/hello.new"
    new.write_bytes(image)
    new.chmod(0o755)
    new.rename(stack.state / "bin/hello")


def test_the_watch_runs_on_copies(own):
    """Who may write in the source folder must not be who may run things as root."""
    wait_until(own.is_watch_asleep, "it sleeps")
    parent, watch = own.watch()
    with open(f"/proc/{parent}/cmdline", "rb") as file:
        assert str(own.source).encode() not in file.read()
    for name in ("bulkhead", "await-exit", "bulkhead.d/watch.sh"):
        assert (own.state / "bin" / name).stat().st_uid == os.geteuid()
    assert str(own.source) + "/" not in (own.state / "bin/bulkhead").read_text()
    assert os.readlink(f"/proc/{watch}/exe") == str(own.state / "bin/await-exit")


def test_everything_killed(own):
    """As after a power cut: files of the dead stand in nobody's way, up starts all."""
    wait_until(own.is_watch_asleep, "the watch has started")
    with own.locked():
        own.kill_all()
    assert own.bulkhead("status").stdout == "bulkhead: not running\n"
    own.up()
    assert own.bulkhead("status").returncode == 0
    assert own.get("/").status == 200


def test_a_reused_process_id_is_not_ours(own):
    """A file that names a living stranger: he is neither counted nor stopped."""
    own.down()
    with subprocess.Popen(["sleep", "100"]) as stranger:
        (own.state / "run/hello-1.pid").write_text(f"{stranger.pid} 1\n")
        (own.state / "run/edge.pid").write_text(f"{stranger.pid} 1\n")
        assert own.bulkhead("status").stdout == "bulkhead: not running\n"
        own.down()
        own.up()
        assert own.get("/").status == 200
        assert stranger.poll() is None
        stranger.kill()


def test_missing_socket_folder(own):
    """Taken away under it: said, with exit code 1, by what cannot do without."""
    wait_until(own.is_watch_asleep, "the watch has started")
    run = own.state / "run"
    run.rename(own.state / "gone")
    try:
        assert own.get("/").status in (200, 502)
        assert own.bulkhead("status").returncode == 1
        done = own.bulkhead("up")
        assert done.returncode == 1
        assert "something else listens" in done.stderr
    finally:
        shutil.rmtree(run, ignore_errors=True)
        (own.state / "gone").rename(run)
    assert own.get("/").status == 200
    assert own.bulkhead("status").returncode == 0


# --- requests in flight ---------------------------------------------------------------------------

@pytest.mark.parametrize("command", [("down",), ("restart",), ("restart", "ping"), ("reload",)])
def test_requests_in_flight_are_finished(lab, command):
    """Sixteen pings wait for an echo that never comes: each gets its answer all the same."""
    def ping(_):
        with lab.inside():
            return stack.get(f"/ping?ip={SILENT4}")

    with lab.inside(), Stack(PING_TIMEOUT_MS="2000", **LIMITS_OFF) as stack, \
            ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(ping, n) for n in range(16)]
        time.sleep(0.5)
        assert not any(future.done() for future in waiting), "they do not wait: nothing is tested"
        stopping = threading.Thread(target=stack.bulkhead, args=command,
                                    kwargs={"PING_TIMEOUT_MS": "1999"})
        stopping.start()
        answers = [future.result() for future in waiting]
        stopping.join()
    assert {answer.status for answer in answers} == {200}
    assert all("100% packet loss" in answer.text for answer in answers)


def test_down_is_bounded(copy):
    """A program that ignores SIGTERM is stopped all the same."""
    copy.up()
    for pid in copy.pids("hello"):
        os.kill(pid, signal.SIGSTOP)
    start = time.monotonic()
    copy.down()
    assert time.monotonic() - start < 30
    assert processes_in(copy.state) == []
