"""
An hour of all kinds of requests, in a short time: no program makes a call that is not on its list.

The whole stack in namespaces of the tests' own, asked by several clients at once: CHECK=long makes
36,000 requests, as many as 10 a second make in an hour, and the quick form 3,000. A third of them
comes while programs are stopped and go on, a third while they are replaced by `bulkhead reload`,
the last while they are stopped again. mixture.py has what is asked.
"""

import contextlib
import multiprocessing
import os
import pwd
import re
import socket
import subprocess
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

import fcgi_client
from mixture import Asker
from ping_lab import SILENT4, Lab, need, need_tools
from program import is_sanitized, wait_until
from stack import LIMITS_OFF, ROUTES, Stack, processes_in, stopped

REQUESTS = 36_000 if os.environ.get("CHECK") == "long" else 3_000
CLIENTS = 4
PROCESSES = 2  # of each program
WAITING = 8    # pings at once, while their programs are stopped
EPOLL = re.compile("epoll|ep_poll")  # in a kernel function's name
SETTINGS = {
    "SANDBOX": "required", "PROCESSES": str(PROCESSES), "PING_TIMEOUT_MS": "1000",
    # The default but for link-local addresses, whose zones are looked up.
    "PING_DENY": "0.0.0.0/32 255.255.255.255/32 224.0.0.0/4 169.254.0.0/16 ::/128 ff00::/8",
}
# What somebody who may speak to a program sends it, and nginx never would.
ODD_PEERS = (
    b"", b"GET / HTTP/1.1\r\n\r\n", fcgi_client.begin(), fcgi_client.begin(role=9),
    fcgi_client.request_bytes(fcgi_client.request_params())[:-9],
    fcgi_client.request_bytes(fcgi_client.request_params("expr=2**9999"), b"x" * 70_000, keep=True),
    fcgi_client.request_bytes(fcgi_client.request_params("name=a"), keep=True) * 3,
)


@pytest.fixture(scope="module")
def lab():
    need_tools("ip", "multiwatch", "spawn-fcgi", "setpriv")
    made = Lab()
    yield made
    made.remove()


# --- the load -------------------------------------------------------------------------------------

def ask_much(port, count, seed):
    """A client's process."""
    asker = Asker(port, seed)
    asker.run(count, may_end=disturbed.is_set)
    return asker.asked, asker.failed


def share_event(event):
    global disturbed
    disturbed = event


def under_load(stack, seed, disturb):
    """What the clients asked, by kind, while disturb() was at work, and until they had enough."""
    event = multiprocessing.Event()
    with ProcessPoolExecutor(CLIENTS, initializer=share_event, initargs=(event,)) as pool:
        shares = [pool.submit(ask_much, stack.port, -(-REQUESTS // 3 // CLIENTS), seed + number)
                  for number in range(CLIENTS)]
        try:
            disturb()
        finally:
            event.set()
        results = [share.result() for share in shares]
    failed = [failure for _, failures in results for failure in failures]
    assert failed == [], f"{len(failed)} wrong answers, such as {failed[:5]}"
    return sum((asked for asked, _ in results), Counter())


# --- what happens meanwhile -----------------------------------------------------------------------

def stop_and_go(stack):
    """Each program for a moment, in which requests pile up."""
    for pid in stack.programs_alive():
        with stopped(pid):
            time.sleep(0.1)


def has_waiting_ping(pid):
    """Whether a thread sleeps until an echo comes: in ppoll, and not as the main one in epoll."""
    places = {(task / "wchan").read_text() for task in Path(f"/proc/{pid}/task").iterdir()}
    return any("poll" in place and not EPOLL.search(place) for place in places)


def ping_through_stops(stack):
    """Pings that wait in the kernel when their programs are stopped: they go on waiting then."""
    with ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(stack.get, f"/ping?ip={SILENT4}") for _ in range(WAITING)]
        pids = stack.pids("ping")
        wait_until(lambda: all(map(has_waiting_ping, pids)), "pings wait in both processes")
        for _ in range(3):
            with stopped(*pids):
                time.sleep(0.05)
        assert {answer.result().status for answer in waiting} == {200}


def connect_as_edge(stack, route):
    edge = pwd.getpwnam("bulkhead-edge")
    return fcgi_client.connect_as(stack.socket(route), edge.pw_uid, edge.pw_gid)


def meet_odd_peers(stack):
    """Connections to the programs themselves, as the user of nginx's: left, broken, unread."""
    for route in ROUTES:
        for data in ODD_PEERS:
            with connect_as_edge(stack, route) as peer, \
                    contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.send(data)
    for route in ROUTES:
        with fcgi_client.Connection(stack.socket(route)) as stranger:
            assert stranger.read_to_end() == b"", "root is not who it answers"


def begin_what_stalls(stack):
    """Half a request to a program, which it drops after five seconds; and idle ones to nginx."""
    halves = [connect_as_edge(stack, route) for route in ROUTES]
    for half in halves:
        half.send(fcgi_client.begin())
    return halves, [socket.create_connection(("127.0.0.1", stack.port)) for _ in range(20)]


def disturb(stack):
    halves, idle = begin_what_stalls(stack)
    stop_and_go(stack)
    ping_through_stops(stack)
    meet_odd_peers(stack)
    for half in halves:
        assert half.read_to_end() == b"", "dropped without an answer"
        half.close()
    for connection in idle:
        connection.close()


def replace_all(lab, stack):
    """A setting of every program's changes; ping's new processes have the other kind of sockets."""
    lab.use_sockets("datagram")
    stack.settings["LOG_LEVEL"] = "debug"
    done = stack.bulkhead("reload")
    assert done.returncode == 0, done.stderr


# --- what must not have happened ------------------------------------------------------------------

@contextlib.contextmanager
def telling(stack):
    """Whatever fails, the programs' logs may say why."""
    try:
        yield
    except BaseException:
        for route in ROUTES:
            print(stack.log(route)[-2000:])
        raise


def kernel_log():
    """What it says of ends by SIGSYS; nothing to who may not read it."""
    done = subprocess.run(["dmesg"], capture_output=True, errors="replace", check=False)
    return {line for line in done.stdout.splitlines() if " sig=31 " in line}


def assert_ends(stack, starts, pids, kernel_said):
    """Each start has its end in the log, a good one, and the kernel has said nothing more."""
    for route in ROUTES:
        log = stack.log(route)
        assert log.count(": ready: ") == starts, log[-2000:]
        assert log.count(": stopped") == starts, log[-2000:]
        assert "seccomp" not in log and "without a word" not in log, log[-2000:]
    ended = [line for line in kernel_log() - kernel_said
             if {f"pid={pid}" for pid in pids} & set(line.split())]
    assert ended == [], "after the last word of the log, in exit itself"


@pytest.mark.skipif(is_sanitized("hello"), reason="a sanitizer's calls are not a program's")
def test_an_hour_of_mixed_load(lab):
    """Each answer is as it should be, and the processes that began are those that end."""
    need(hasattr(Counter, "total"), "Python 3.10")
    lab.use_sockets("raw")
    with lab.inside(), Stack(**SETTINGS, **LIMITS_OFF) as stack, telling(stack):
        first, kernel_said = stack.all_pids(), kernel_log()
        asked = under_load(stack, 0, lambda: disturb(stack))
        assert stack.all_pids() == first

        asked += under_load(stack, 100, lambda: replace_all(lab, stack))
        second = stack.all_pids()
        assert not any(set(second[route]) & set(first[route]) for route in ROUTES)
        asked += under_load(stack, 200, lambda: disturb(stack))
        assert stack.all_pids() == second
        assert stack.bulkhead("status").returncode == 0
        stack.down()
        assert processes_in(stack.state) == []
        pids = sum([*first.values(), *second.values()], [])
        assert_ends(stack, 2 * PROCESSES, pids, kernel_said)
    print(f"{asked.total()} requests: {dict(asked)}")
    assert asked.total() >= REQUESTS
