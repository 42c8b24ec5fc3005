"""
Under load every part is killed and restarted: of routes no client sees anything, for systemd holds
their sockets and nginx asks the other process; and each answer has its one record.
"""

import pytest

from load import Load
from machine import PROCESSES
from program import wait_until
from questions import questions_for
from stack import ROUTES

CLIENTS = 8
RATE = 15  # a second of each: what two cores bear beside processes that come and go
SELDOM_EVERY = 10
ROW = "{:<34}{:>7}{:>10}{:>8}{:>8}{:>13}"


def counts(load):
    return load.answered, len(load.failed), load.closed, len(load.repeated)


def in_turn(load, what, way, services):
    """Prints a row of a table; requests go on before, between and after."""
    before = counts(load)
    for service in services:
        way(service)
        load.wait_for_more(CLIENTS * 3)
    new = [later - earlier for earlier, later in zip(before, counts(load))]
    print(ROW.format(what, len(services), *new))


def load_of(machine, without=()):
    asked = questions_for(machine, CLIENTS, SELDOM_EVERY)

    def question(client, count):
        found = asked(client, count)
        while without and found.path.startswith(without):
            count += 1
            found = asked(client, count)
        return found
    return Load(machine, CLIENTS, question, rate=RATE)


def test_processes_of_routes(machine):
    print("\n" + ROW.format("what", "times", "requests", "failed", "closed", "asked again"))
    with load_of(machine) as load:
        in_turn(load, "kill -9: of a route", machine.kill, PROCESSES)
        in_turn(load, "restart: of a route", machine.restart, PROCESSES)
        in_turn(load, "reload: nginx", lambda _: machine.systemctl("reload", "bulkhead-edge"),
                range(3))
    assert load.failed == []
    machine.assert_recorded_once(load.request_ids)
    machine.wait_until_healthy()


@pytest.mark.parametrize("service", ["bulkhead-trail", "bulkhead-database"])
def test_what_keeps_the_trail(machine, service):
    """The routes do not need it; records wait in journals until it is back."""
    with load_of(machine, without=("/audit",)) as load:
        in_turn(load, f"kill -9: {service}", machine.kill, [service])
        in_turn(load, f"restart: {service}", machine.restart, [service])
    assert load.failed == []
    machine.assert_recorded_once(load.request_ids)
    machine.wait_until_healthy()


def test_the_edge(machine):
    """Nobody is answered while it is away; what is answered is recorded."""
    with load_of(machine) as load:
        in_turn(load, "kill -9: edge", machine.kill, ["bulkhead-edge"])
        in_turn(load, "restart: edge", machine.restart, ["bulkhead-edge"])
    machine.assert_recorded_once(load.request_ids)
    machine.wait_until_healthy()


def test_many_kills_one_after_another(machine):
    """systemd does not give up: neither the service nor its socket."""
    service = "bulkhead-route-1@hello"
    for _ in range(12):
        machine.kill(service)
    assert machine.state(f"{service}.socket") == "active"
    assert machine.get("/?name=Bob").text == "Hello, Bob!\n"


def test_a_route_starts_with_its_first_request(machine):
    """Where both are stopped and their sockets are not."""
    both = [f"bulkhead-route-{number}@calculate" for number in (1, 2)]
    machine.systemctl("stop", *(f"{each}.service" for each in both))
    assert [machine.state(f"{each}.service") for each in both] == ["inactive"] * 2
    assert machine.get("/calculate?expr=6*7").text == "42\n"
    machine.systemctl("start", *(f"{each}.service" for each in both))
    machine.wait_until_healthy()


def test_all_of_it_stops_and_starts(machine):
    """Within its time, by itself: nothing has to be killed, nothing is left, and all is back."""
    machine.systemctl("stop", "bulkhead.target")
    running = machine.sh("ps -eo user:32,args | grep -E '^bulkhead-|/libexec/bulkhead/|nginx' | "
                         "grep -v grep", check=False)
    assert running == ""
    assert machine.systemctl("list-units", "--failed", "-q", "bulkhead*") == ""
    assert "timed out" not in machine.journal("-u", "bulkhead-*")
    machine.systemctl("start", "bulkhead.target")
    machine.wait_until_healthy()
    wait_until(lambda: machine.get("/?name=Bob").status == 200, "it answers")
    assert {machine.get("/healthz").json()["programs"][route]["ready"] for route in ROUTES} == {2}


def test_new_settings(machine):
    """`reload` has nginx take them over."""
    machine.settings["SERVER_NAMES"] = "localhost 127.0.0.1 other.example"
    host = {"Host": "other.example"}
    assert machine.get("/?name=Bob", host).status == 400
    machine.write_settings()
    machine.systemctl("reload", "bulkhead-edge")
    wait_until(lambda: machine.get("/?name=Bob", host).status == 200, "the new name is answered")
