"""
From inside each container, everything is tried that the table of attempts.py has, with exactly what
confines that container. All is refused but for the doors of exceptions.py, each with its reason.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from attempts import ATTEMPTS
from canary import World
from compose_stack import SERVICES
from exceptions import DOORS, doors_for, is_open
from expected import MIB, STATE
from ping_lab import need_tools
from probing import BESIDE, Prober

AT_ONCE = 3  # most of the time is waiting for answers that do not come
# In a network and among processes of its own, as the engine makes them.
IN_A_NETWORK = ["dns:127.0.0.11,53", "socket:2,2,1", *(each for each in ATTEMPTS
                                                       if each.startswith("setns:"))]

# What not even root of every machine may do.
OF_SOME_MACHINES = {
    "raise-limit": "CAP_SYS_RESOURCE", "avoid-oom": "CAP_SYS_RESOURCE",
    "real-time": "control groups of version 1 leave a container no real time"}


@pytest.fixture(scope="module")
def prober(stack):
    need_tools("ip", "gcc", "ipcrm")
    world = World()
    try:
        made = Prober(stack, world)
        made.restarts = restarts(stack)
        yield made
        made.close()
    finally:
        world.close()


@pytest.fixture(scope="module")
def found(prober):
    """Part to attempt to (is it done, why not)."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(SERVICES, pool.map(prober.run_in, SERVICES)))


@pytest.mark.parametrize("part", SERVICES)
def test_all_is_refused(found, part):
    done = [attempt for attempt, (is_done, _) in found[part].items() if is_done]
    unexplained = {attempt: ATTEMPTS[attempt] for attempt in done if not doors_for(part, attempt)}
    assert unexplained == {}


@pytest.mark.parametrize("part", SERVICES)
def test_bounds_are_what_ends_it(found, part):
    """The kernel kills what takes more memory, and refuses the rest by the bound's own word."""
    why = {attempt: reason for attempt, (_, reason) in found[part].items()}
    assert {why[f"{kind}:{{memory}}"] for kind in ("memory", "shared-memory", "memory-file")} == \
        {"signal 9"}
    assert (why["processes:{processes}"], why["descriptors:{files}"]) == ("EAGAIN", "EMFILE")
    for path in ("/run/bulkhead", STATE, f"{STATE}/database/socket"):
        if f"create:{path}" in [each for each, (is_done, _) in found[part].items() if is_done]:
            assert why[f"fill:{34 * MIB}@{path}"] == "ENOSPC", path


@pytest.mark.parametrize("part", [each for each in SERVICES if each not in ("edge", "db")])
def test_programs_are_closed_to_their_own_user(prober, part):
    """To a second process in their container, which no other part can start there."""
    results = prober.run_beside(part)
    assert len(results) == len(BESIDE)
    assert [attempt for attempt, (is_done, _) in results.items() if is_done] == []


def test_a_process_can_be_open(prober):
    """multiwatch is, and knows nothing. What else seccomp refuses is the engine's choice."""
    results = prober.run_beside("hello", ("multiwatch",))
    done = {attempt.partition(":")[0] for attempt, (is_done, _) in results.items() if is_done}
    assert {"ptrace", "open-memory", "read", "list"} <= done


def test_each_door_is_needed(found):
    idle = [door for door in DOORS if not door.depends and not any(
        is_done and is_open(door, part, attempt)
        for part, results in found.items() for attempt, (is_done, _) in results.items())]
    assert idle == []


def test_figures(found):
    tried = sum(map(len, found.values()))
    done = sum(is_done for results in found.values() for is_done, _ in results.values())
    print(f"\n{len(ATTEMPTS)} attempts in each of {len(found)} containers: {tried} tried, "
          f"{tried - done} refused, {done} through {len(DOORS)} doors with a reason")
    assert tried == len(ATTEMPTS) * len(SERVICES) and len(ATTEMPTS) > 300


def restarts(stack):
    return {name: each["RestartCount"] for name, each in stack.containers().items()}


def test_the_stack_has_not_noticed(stack, prober, found):
    """What is tried harms nobody."""
    assert found
    stack.wait_until_healthy()
    assert stack.get("/?name=Bob").text == "Hello, Bob!\n"
    assert restarts(stack) == prober.restarts


def is_there(attempt):
    """Whether this machine has what the attempt is about: a file of /proc or /sys, or a right."""
    if attempt in OF_SOME_MACHINES:
        return False
    path = attempt.partition(":")[2]
    return not path.startswith(("/proc/", "/sys/")) or os.path.exists(path)


def test_all_can_be_done(prober, found):
    """Where nothing confines, by the same probe: so that no refusal is a mistake of the probe's."""
    free = prober.run_free() | prober.run_resolving(IN_A_NETWORK)
    refused = {attempt: why for attempt, (is_done, why) in free.items()
               if not is_done and is_there(attempt) and why != "ENOSYS"}
    assert refused == {}
