"""
One client does its worst, and others are served as before: in time, without an error, by the same
processes, which grow by little.

A quick form by default; with CHECK=long each attack is longer. pytest -rP shows the figures.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from load import Load
from ping_lab import need
from program import resident_bytes
from questions import ask_calculate, ask_hello
from tls_stack import TlsStack

LONG = os.environ.get("CHECK") == "long"
QUIET, ATTACK = (2.5, 5) if LONG else (1.5, 3)  # seconds
TRIES = 3  # quiet and attacked in turn, for what else the machine does may fall into one of them

# Who asks meanwhile: each from an address of its own and below its limit, which is 10 a second.
VICTIMS, VICTIM_RATE = 16, 8
TIMES = 3  # as long may it take
# Attackers, victims and nginx share this machine's few cores with whatever else runs there, and an
# answer takes some milliseconds: three times that is a few turns of the scheduler, and would judge
# it and not nginx. Nobody notices a tenth of a second; what a queue or a time-out costs is more.
FLOOR = 0.1
# What nginx's processes may have grown by, which hold 2,000 connections over TLS; and all programs.
MOST_EDGE, MOST_PROGRAMS = 96 << 20, 8 << 20

RATE, BURST = 10, 20  # the defaults, which are in force


# --- the attacks ----------------------------------------------------------------------------------

@dataclass
class Attack:
    """A command, and what its output must say for it to have been one."""
    command: object  # of the stack
    done: object     # of the output: how many of whatever it is
    least: int
    why: str


def slow(*options):
    # It says how many it holds every 5 seconds.
    return lambda stack: ["slowhttptest", *options, "-c", "1000", "-r", "500", "-l", "6", "-i",
                          "2", "-v", "1", "-u", f"{stack.url}/calculate?expr=2**13000"]


def by_hand(name):
    path = pathlib.Path(__file__).with_name("attacks.py")
    return lambda stack: [sys.executable, str(path), name, str(stack.port), str(ATTACK)]


def most_connected(output):
    lines = [line for line in output.splitlines() if "connected:" in line]
    return max(int(line.rpartition("m")[2].split()[-1]) for line in lines)


def pieces(output):
    return json.loads(output)["pieces"]


# How much is a fraction of what an idle machine sends.
ATTACKS = {
    "slow headers": Attack(slow("-H"), most_connected, 100, "slowloris"),
    "slow body": Attack(slow("-B", "-s", "8000"), most_connected, 100, "R-U-Dead-Yet"),
    "slow read": Attack(slow("-X", "-w", "1", "-y", "16", "-n", "2", "-z", "5", "-k", "3"),
                        most_connected, 100, "a window of some bytes"),
    "idle connections": Attack(by_hand("idle"), pieces, 200, "2,000 of them"),
    "100 times the rate": Attack(by_hand("flood"), pieces, 1000, "1,000 a second"),
    "rapid reset": Attack(by_hand("rapid_reset"), pieces, 5000, "CVE-2023-44487"),
    "header flood": Attack(by_hand("header_flood"), pieces, 1000, "8 kB a request"),
    "header bomb": Attack(by_hand("header_bomb"), pieces, 100, "7 kB that mean 12 MB"),
    "CONTINUATION flood": Attack(by_hand("continuation_flood"), pieces, 20, "VU#421644"),
    "empty CONTINUATION": Attack(by_hand("empty_continuation_flood"), pieces, 20,
                                 "nothing, for ever"),
    "closed window": Attack(by_hand("closed_window"), pieces, 1920, "HTTP/2's slow read"),
}


def start(attack, stack):
    """
    With less right to a core: an attacker elsewhere would take none of this machine's. Other tests
    that run beside have less still.
    """
    return subprocess.Popen(["nice", "-n", "5", *attack.command(stack)], text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


# --- what is measured -----------------------------------------------------------------------------

def processes(stack):
    return {"nginx": [stack.edge(), *stack.workers()], **stack.all_pids()}


def resident(stack):
    """Of nginx's processes and of the programs."""
    found = processes(stack)
    edge = sum(map(resident_bytes, found.pop("nginx")))
    return edge, sum(map(resident_bytes, sum(found.values(), [])))


class Memory(threading.Thread):
    """The most that they have grown by since the stack was new, in bytes."""

    def __init__(self, stack):
        super().__init__()
        self.stack = stack
        self.stopping = threading.Event()
        self.edge = self.programs = 0

    def run(self):
        while not self.stopping.wait(0.5):
            edge, programs = resident(self.stack)
            self.edge = max(self.edge, edge - self.stack.resident[0])
            self.programs = max(self.programs, programs - self.stack.resident[1])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]


def measure(load, stack, attack):
    """Returns p99 while it is quiet and while it is not, and what the attack has printed."""
    time.sleep(0.5)  # what the last attack has left behind
    load.lap()
    time.sleep(QUIET)
    quiet = load.lap()
    output = start(attack, stack).communicate(timeout=60)[0]
    return p99(quiet), p99(load.lap()), output


def victims(stack):
    """Half of them keep their connection; the others come anew each time."""
    def question(client, count):
        return (ask_hello, ask_calculate)[count % 2](count * VICTIMS + client)
    return Load(stack, VICTIMS, question, rate=VICTIM_RATE, keeps=lambda n: n % 2 == 0,
                connect=lambda n: stack.connect(f"127.0.5.{n + 1}"))


@pytest.fixture(scope="module")
def stack():
    """Over TLS, with the limits as they are shipped."""
    with TlsStack(RATE_LIMIT=str(RATE), RATE_BURST=str(BURST), PING_RATE_LIMIT="2") as running:
        running.get("/")
        running.resident = resident(running)
        yield running


@pytest.mark.parametrize("name", ATTACKS)
def test_others_are_served(stack, name):
    attack = ATTACKS[name]
    need(not name.startswith("slow") or shutil.which("slowhttptest"), "the package slowhttptest")
    before = processes(stack)
    with Memory(stack) as memory, victims(stack) as load:
        for _ in range(TRIES):
            quiet, attacked, output = measure(load, stack, attack)
            print(f"{name}: {attack.done(output)}; p99 {quiet * 1000:.1f} ms, attacked "
                  f"{attacked * 1000:.1f} ms, ratio {attacked / quiet:.1f}; nginx "
                  f"+{memory.edge / 2**20:.1f} MiB, programs +{memory.programs / 2**20:.1f} MiB")
            if attacked <= max(TIMES * quiet, FLOOR):
                break
        else:
            pytest.fail(f"others wait while there is a {name}")
    assert load.failed == []
    assert load.repeated == []
    assert attack.done(output) >= attack.least, output
    assert processes(stack) == before
    assert memory.edge < MOST_EDGE
    assert memory.programs < MOST_PROGRAMS
    assert stack.bulkhead("status").returncode == 0


def test_the_rest_is_refused(stack):
    """Of a hundred times its rate a client gets what one may have."""
    output = start(ATTACKS["100 times the rate"], stack).communicate(timeout=60)[0]
    done = json.loads(output)
    assert done["served"] <= BURST + (ATTACK + 2) * RATE
    assert done["refused"] > 10 * done["served"]
