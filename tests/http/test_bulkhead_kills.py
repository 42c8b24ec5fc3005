"""
Processes that are killed while they serve, and that are stopped with requests in flight: no client
should notice, and `bulkhead` must see things as they are.
"""

import contextlib
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
from stack import LIMITS_OFF, Stack, children, processes_in

# --- killed ---------------------------------------------------------------------------------------

KILLS = 40 if os.environ.get("CHECK") == "full" else 10


def test_kill_a_program(own):
    """The very next request is served, and its process is back at once."""
    for route, path in (("hello", "/"), ("ping", "/ping?ip=127.0.0.1")):
        for victim in own.pids(route):
            before = set(own.pids(route))
            start = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            assert own.get(path).status == 200
            wait_until(lambda: len(own.pids(route)) == 2 and victim not in own.pids(route), "back")
            assert time.monotonic() - start < 5, "one second, on an idle machine"
            assert set(own.pids(route)) >= before - {victim}
    assert own.bulkhead("status").returncode == 0


def test_kills_under_load_fail_nothing(own):
    """
    Kills of either process under clients with kept connections, more than nginx's workers and the
    programs together. A socket of its own for each process, and max_fails=0, are what this takes.
    """
    with Load(own, clients=24) as load:
        for number in range(KILLS):
            pids = own.pids("hello")
            os.kill(pids[number % len(pids)], signal.SIGKILL)
            load.wait_for_more(50)
            wait_until(lambda: len(own.pids("hello")) == 2, "both are back")
            wait_until(lambda: own.bulkhead("status").returncode == 0 or number % 10, "both ready")
    assert load.failed == []


def test_kill_a_supervisor(own):
    """Its program serves on; status says so, and up puts things right without failing a request."""
    victim = own.supervisors("hello")[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not children(victim), "it is gone")
    with Load(own) as load:
        done = own.bulkhead("status")
        assert done.returncode == 1
        assert "hello-1 runs without its supervisor" in done.stderr
        assert "up again" in own.bulkhead("up").stdout
        load.wait_for_more()
    assert load.failed == []
    assert own.bulkhead("status").returncode == 0
    own.down()
    assert processes_in(own.state) == []


def test_kill_a_worker(own):
    """nginx's master brings it back."""
    before = own.workers()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(own.workers()) == len(before) and before[0] not in own.workers(), "back")
    assert own.get("/").status == 200


def test_kill_the_master(own):
    """Its workers serve on; up replaces them, down would have stopped them."""
    workers = own.workers()
    os.kill(own.edge(), signal.SIGKILL)
    wait_until(lambda: own.bulkhead("status").returncode == 1, "status tells")
    assert own.get("/").status == 200
    assert "up again" in own.bulkhead("up").stdout
    assert not set(workers) & set(own.workers())
    assert own.get("/").status == 200
    os.kill(own.edge(), signal.SIGKILL)
    own.down()
    assert processes_in(own.state) == []
    with pytest.raises(ConnectionRefusedError):
        own.get("/")


def test_everything_killed(own):
    """As after a power cut: files of the dead stand in nobody's way, up starts all."""
    for pid in [*own.all_supervisors(), own.edge(), *own.workers(), *own.programs_alive()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: own.bulkhead("status").stdout == "bulkhead: not running\n", "all are gone")
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
