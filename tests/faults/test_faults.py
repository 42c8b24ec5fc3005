"""
Under load, whatever can die dies, in random order: afterwards each answer has its one record.

BULKHEAD_SEED repeats a run's order. CHECK=long makes 200 faults and more, else 40.
"""

import os
import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "http"))

from deployment import FAKETIME, Deployment, children  # noqa: E402
from load import Load  # noqa: E402
from ping_lab import need  # noqa: E402

LONG = os.environ.get("CHECK") == "long"
FAULTS = 200 if LONG else 40
SEED = os.environ.get("BULKHEAD_SEED") or str(random.SystemRandom().randrange(10**9))
GRACE = 3.0  # seconds in which what nginx decided by itself may have been lost with it
DAY = 86400


def kill_program(stack, chance):
    stack.kill(stack.program(chance.choice(("hello-1", "hello-2", "calculate-1", "calculate-2"))))


def kill_supervisor(stack, chance):
    stack.kill(stack.supervisor(chance.choice(("hello-1", "calculate-2", "trail", "watch"))))


def kill_shipper(stack, _):
    stack.kill(stack.program("trail"))


def kill_backend(stack, chance):
    found = children(stack.supervisor("database"))
    stack.kill(chance.choice(found) if found else None)


def kill_database(stack, _):
    stack.kill(stack.supervisor("database"))


def kill_worker(stack, chance):
    found = children(stack.supervisor("edge"))
    stack.kill(chance.choice(found) if found else None)


def kill_master(stack, _):
    stack.kill(stack.supervisor("edge"))


def step_clock(stack, chance):
    stack.set_clock(chance.choice((0, -60, 3600, -2 * DAY, 40 * DAY, 400 * DAY)))


# How often, and whether nginx loses what it decided by itself.
KINDS = {kill_program: (30, False), kill_supervisor: (8, False), kill_shipper: (25, False),
         kill_backend: (12, False), kill_database: (4, False), kill_worker: (10, True),
         kill_master: (3, True), step_clock: (8, False)}


def run_faults(stack, chance, report):
    """Returns the times around the ends of nginx's processes."""
    lost = []
    kinds = chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()], k=FAULTS)
    for kind in kinds:
        kind(stack, chance)
        report[kind.__name__] = report.get(kind.__name__, 0) + 1
        if KINDS[kind][1]:
            lost.append((time.monotonic() - 0.2, time.monotonic() + GRACE))
        time.sleep(chance.uniform(0.05, 0.6))
    return lost


def is_in(moment, times):
    return any(begin <= moment <= end for begin, end in times)


def compare(load, stored, lost, full):
    """
    Each answer that a client has got, with its record. Not recorded is only what says so itself,
    and what nginx decided by itself while the disk was full, or in a moment in which it was killed:
    how many those were is returned.
    """
    excused = 0
    for answer in load.answered:
        if answer.error == "Trail unavailable":
            assert answer.request_id not in stored or stored[answer.request_id][0] != "200"
            continue
        found = stored.get(answer.request_id)
        is_edges_own = answer.route == "edge" or answer.status >= 500
        if found is None and is_edges_own and is_in(answer.at, [*lost, full]):
            excused += not is_in(answer.at, [full])
            continue
        assert found is not None, f"an answer without a record: {answer}"
        status, text, _ = found
        assert text == answer.input
        assert int(status) == answer.status or answer.status >= 500, (answer, found)
    return excused


@pytest.fixture
def stack():
    need(os.geteuid() == 0, "root, to mount a small file system,")
    need(Path(FAKETIME).exists(), "the package faketime")
    with Deployment() as made:
        yield made


def test_each_answer_has_its_record(stack):
    chance = random.Random(SEED)
    report = {"seed": SEED}
    print(report)  # shown when it fails
    with Load(stack, SEED) as load:
        lost = run_faults(stack, chance, report)
        stack.set_clock(0)
        stack.wait_until_well()
        stack.freeze_database(60 if LONG else 5)
        began = time.monotonic()
        with stack.full_disk():
            time.sleep(10 if LONG else 4)
        stack.wait_until_well()
        full = (began - 0.2, time.monotonic())
        time.sleep(2)
    stack.wait_until_well()
    stack.wait_until_shipped()
    stored = stack.stored()
    excused = compare(load, stored, lost, full)
    answers = [answer for answer in load.answered if answer.error != "Trail unavailable"]
    report.update(answers=len(load.answered), unanswered=load.unanswered, records=len(stored),
                  refused=len(load.answered) - len(answers), excused=excused)
    print(report)
    assert len(load.answered) - len(answers) > 0, "the disk was full, and nobody noticed"
    assert len(answers) > 20 * FAULTS, "too little load to mean anything"
    assert excused < len(answers) / 100
