"""
Under load, programs are killed, restarted, upgraded, and the configuration is reloaded: no client
sees anything of it, and each answer has its one record.

A quick form by default; CHECK=long does each far oftener, over 100,000 requests.
"""

import itertools
import json
import os
import signal
import time
from dataclasses import dataclass

import pytest

from load import Load
from ping_lab import need_echo
from program import wait_until
from questions import questions_for
from stack import LIMITS_OFF, ROUTES, copy_source
from trail_stack import TrailStack

LONG = os.environ.get("CHECK") == "long"
# In the full form, each process of each route a hundred times.
KILLS, RELOADS, RESTARTS, UPGRADES = ((100 * 2 * len(ROUTES), 50, 20, 5) if LONG
                                      else (12, 4, 4, 1))
REQUESTS = 100_000 if LONG else 10_000
CLIENTS = 10
RATE = 70  # a second of each: what two cores bear beside the faults and the other tests
# The first is nginx's alone; the second a program's too. Each takes the one before back.
CHANGES = [{"RATE_BURST": "21"}, {"PING_TIMEOUT_MS": "1500"}]
BETWEEN_KILLS = 1.0


# --- what happens meanwhile -----------------------------------------------------------------------

def are_back(stack, killed):
    """A process dies a moment after its signal."""
    pids = stack.all_pids().values()
    return all(len(each) == 2 for each in pids) and not killed & set(sum(pids, []))


def kill_programs(stack, times, load):
    """
    One of each route at once, and the other one of each when those are back, and when what was
    asked then is answered: a request is tried twice, so that one which crashes programs cannot go
    round them all.
    """
    killed = set()
    for number, route in zip(range(times), itertools.cycle(ROUTES)):
        if number % len(ROUTES) == 0:
            time.sleep(BETWEEN_KILLS)
            wait_until(lambda: are_back(stack, killed), "both of each route are back")
            load.wait_for_each()
            killed = set()  # their numbers may come again
        victim = stack.pids(route)[number // len(ROUTES) % 2]
        os.kill(victim, signal.SIGKILL)
        killed.add(victim)
    wait_until(lambda: are_back(stack, killed), "both of each route are back")


def must(done):
    assert done.returncode == 0, done.stderr


def reload(stack, times, _):
    for _, change in zip(range(times), itertools.cycle(CHANGES)):
        must(stack.bulkhead("reload", **change))
    must(stack.bulkhead("reload"))


def restart_routes(stack, times, _):
    for _, route in zip(range(times), itertools.cycle(ROUTES)):
        must(stack.bulkhead("restart", route))


def upgrade(stack, times, _):
    """Every program becomes another file, of another content."""
    for number in range(times):
        before = stack.all_pids()
        for route in ROUTES:
            with (stack.programs / "cgi-src" / route).open("ab") as file:
                file.write(f"version {number}".encode())
        must(stack.bulkhead("reload"))
        for route, pids in stack.all_pids().items():
            assert len(pids) == 2 and not set(pids) & set(before[route])


@dataclass
class Kind:
    name: str
    times: int
    run: object
    reloads_nginx: bool = False


KINDS = [Kind("kill -9 of a program", KILLS, kill_programs),
         Kind("bulkhead restart ROUTE", RESTARTS, restart_routes),
         Kind("upgrade of all programs", UPGRADES, upgrade),
         Kind("bulkhead reload", RELOADS, reload, reloads_nginx=True)]


ROW = "{:<26}{:>7}{:>10}{:>8}{:>8}{:>13}"


def counts(load):
    return load.answered, len(load.failed), load.closed, len(load.repeated)


def run_all(stack, load):
    """Returns what was asked twice while nginx was not reloaded."""
    print("\n" + ROW.format("what", "times", "requests", "failed", "closed", "asked again"))
    unexplained = []
    for kind in [*KINDS, Kind("nothing, for the rest", 0, rest)]:
        before = counts(load)
        kind.run(stack, kind.times, load)
        load.wait_for_more(CLIENTS * 5)
        new = [later - earlier for earlier, later in zip(before, counts(load))]
        print(ROW.format(kind.name, kind.times, *new))
        if not kind.reloads_nginx:
            unexplained += load.repeated[before[3]:]
    return unexplained


def rest(_, __, load):
    load.wait_for_more(max(0, REQUESTS - load.answered), patience=300)


# --- and afterwards -------------------------------------------------------------------------------

@pytest.fixture
def stack(tmp_path):
    """On copies of the source and of the programs, to be upgraded."""
    need_echo()
    with TrailStack(**copy_source(tmp_path), **LIMITS_OFF) as running:
        yield running


def assert_seen_once(stack, paths):
    """nginx never read the first try of these: else its log would have two lines of it."""
    targets = [json.loads(line)["target"] for file in (stack.state / "log").glob("access.log*")
               for line in file.read_text().splitlines()]
    assert [targets.count(path) for path in paths] == [1] * len(paths)


def test_nothing_is_lost(stack):
    with Load(stack, CLIENTS, questions_for(stack, CLIENTS), rate=RATE) as load:
        unexplained = run_all(stack, load)
    assert load.failed == []
    assert unexplained == [], "nginx has closed a connection without having been reloaded"
    assert_seen_once(stack, load.repeated)
    assert stack.bulkhead("status").returncode == 0
    ids = load.request_ids
    assert len(set(ids)) == len(ids) >= REQUESTS
    stack.wait_until_shipped()
    stored = stack.stored()
    missing = [each for each in ids if each not in stored]
    print(f"{len(stored)} records, of {len(ids)} request ids")
    assert missing == []
