"""
Under load, each container is killed, stopped and started, restarted, and one is upgraded: no client
sees anything of it but while the edge itself is away, and each answer has its one record.
"""

import re
import time

import pytest

from audit_lab import basic
from compose_stack import TWINS
from engine import docker
from load import Load
from questions import questions_for
from stack import ROUTES

CLIENTS = 8
RATE = 15  # a second of each: what two cores bear beside fifteen containers that come and go
SELDOM_EVERY = 10
ROW = "{:<34}{:>7}{:>9}{:>10}{:>8}{:>8}{:>13}"
HEAD = ("what", "times", "seconds", "requests", "failed", "closed", "asked again")
# Of a connection to an edge that is away, or goes: http.client's and the system's words.
NO_ANSWER = re.compile(r"ConnectionRefusedError|ConnectionResetError|BrokenPipeError|"
                       r"RemoteDisconnected|IncompleteRead")


def stop_and_start(stack, service):
    stack.stop(service)
    assert not stack.state(service)["Running"]
    stack.start(service)


def kill(stack, service):
    stack.kill(service)


def restart(stack, service):
    stack.restart(service)


WAYS = {"kill -9": kill, "stop, start": stop_and_start, "restart": restart}


def counts(load):
    return load.answered, len(load.failed), load.closed, len(load.repeated)


def in_turn(stack, load, what, way, services):
    """Prints a row of the table; requests go on before, between and after."""
    before, began = counts(load), time.monotonic()
    for service in services:
        way(stack, service)
        load.wait_for_more(CLIENTS * 3)
    new = [later - earlier for earlier, later in zip(before, counts(load))]
    print(ROW.format(what, len(services), f"{time.monotonic() - began:.1f}", *new))


@pytest.fixture
def table(stack):
    print("\n" + ROW.format(*HEAD))
    stack.wait_until_healthy()  # and of no fault of the test before
    yield
    stack.wait_until_healthy()


def load_of(stack, without=()):
    asked = questions_for(stack, CLIENTS, SELDOM_EVERY)

    def question(client, count):
        found = asked(client, count)
        while found.path.startswith(tuple(without)):
            count += 1
            found = asked(client, count)
        return found
    return Load(stack, CLIENTS, question if without else asked, rate=RATE)


@pytest.mark.parametrize("how", WAYS)
def test_a_process_of_a_route(stack, table, how):
    with load_of(stack) as load:
        in_turn(stack, load, f"{how}: of a route", WAYS[how], TWINS)
    assert load.failed == []
    assert load.repeated == []
    stack.assert_recorded_once(load.request_ids, ROUTES)


@pytest.mark.parametrize("service", ["trail", "db"])
def test_what_keeps_the_trail(stack, table, service):
    """The routes do not need it; records wait in journals until it is back."""
    with load_of(stack, without=["/audit"]) as load:
        for how, way in WAYS.items():
            in_turn(stack, load, f"{how}: {service}", way, [service])
    assert load.failed == []
    assert load.repeated == []
    stack.assert_recorded_once(load.request_ids)


def ask_audit(stack):
    return stack.get("/audit?limit=1", {"Authorization": basic(password=stack.password),
                                        "Accept": "application/json"})


def test_audit_says_that_the_trail_is_away(stack, table):
    stack.stop("db")
    try:
        away = ask_audit(stack)
        hello = stack.get("/?name=Bob")
    finally:
        stack.start("db")
    assert (away.status, away.json()["error"]) == (503, "Trail unavailable")
    assert hello.text == "Hello, Bob!\n"
    assert ask_audit(stack).status == 200
    stack.assert_recorded_once([away.header("x-request-id"), hello.header("x-request-id")])


def test_the_edge(stack, table):
    """While it is away nobody is answered; whoever is, rightly, and with a record."""
    with load_of(stack) as load:
        for how, way in WAYS.items():
            in_turn(stack, load, f"{how}: edge", way, ["edge"])
    wrong = [each for each in load.failed if not NO_ANSWER.search(each)]
    assert wrong == []
    stack.assert_recorded_once(load.request_ids)


@pytest.fixture
def newer(stack):
    """The tag of another image of hello, of the same content."""
    tag = f"{stack.tag}-newer"
    made = docker("build", "-q", "--label=generation=2", "-t", f"bulkhead/hello:{tag}", "-",
                  text_in=f"FROM bulkhead/hello:{stack.tag}\n")
    assert made
    yield tag
    for service in ("hello", "hello-2"):
        stack.upgrade(service, stack.tag)
    docker("rmi", "--no-prune", f"bulkhead/hello:{tag}")


def test_an_upgrade_of_one_route(stack, table, newer):
    """A process after the other; nobody else is touched."""
    before = stack.containers()
    with load_of(stack) as load:
        in_turn(stack, load, "upgrade of hello", lambda stack, name: stack.upgrade(name, newer),
                ["hello", "hello-2"])
    after = stack.containers()
    assert load.failed == []
    assert load.repeated == []
    changed = {name for name in before if before[name]["Id"] != after[name]["Id"]}
    assert changed == {"hello", "hello-2"}
    assert all(after[name]["Config"]["Labels"]["generation"] == "2" for name in changed)
    stack.assert_recorded_once(load.request_ids)
