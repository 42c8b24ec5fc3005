"""Bulkhead as a service of systemd's: what answers, who runs as whom, and who sees what."""

import re

import pytest

from audit_lab import basic
from machine import PROCESSES, SERVICES
from program import wait_until
from stack import ROUTES

STATIC = {"audit", "healthz"}  # whom others know by name; the rest are there while they run
DYNAMIC = range(61184, 65520)
FIRST = [f"bulkhead-route-1@{route}" for route in ROUTES]


@pytest.fixture(scope="module")
def statuses(machine):
    """Service to /proc/PID/status, as a dict."""
    return {service: dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
            for service, text in machine.of_all("cat /proc/$pid/status").items()}


def test_the_commands_of_the_readme(machine):
    address = f"http://127.0.0.1:{machine.port}"
    assert machine.sh(f"curl -s '{address}/?name=Bob'") == "Hello, Bob!\n"
    assert "1 received, 0% packet loss" in machine.sh(f"curl -s '{address}/ping?ip=127.0.0.1'")
    assert machine.sh(f"curl -s '{address}/calculate?expr=2**0.5+1'") == "2.414213562373095\n"


def test_over_ipv6_too(machine):
    assert "1 received, 0% packet loss" in machine.get("/ping?ip=::1").text


def test_nothing_is_missing(machine):
    """No program has said that it is without a wall, and none has a right to keep."""
    said = machine.journal("-u", "bulkhead-*")
    assert len(re.findall(r"info: ready: pid", said)) >= len(PROCESSES) + 1
    assert re.findall(r".*(?:warning|without|refused).*", said) == []


@pytest.mark.parametrize("service", [*PROCESSES, "bulkhead-trail", "bulkhead-edge"])
def test_rights(statuses, service):
    found = statuses[service]
    assert (found["Seccomp"], found["NoNewPrivs"]) == ("2", "1")
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(found[kind], 16) == 0, kind
    uids = set(found["Uid"].split())
    assert len(uids) == 1 and "0" not in uids


def test_layers_as_the_programs_say(machine):
    """All but a root folder by chroot(2), which the unit has instead."""
    text = machine.get("/metrics").text
    for route in [*ROUTES, "trail"]:
        lines = [line for line in text.splitlines()
                 if line.startswith("bulkhead_sandbox_layer") and f'route="{route}"' in line]
        on = {re.search(r'layer="(\w+)"', line).group(1) for line in lines if line.endswith(" 1")}
        assert on == {"user", "landlock", "seccomp", "limits", "mdwe"}, route


def test_each_route_is_a_user_of_its_own(machine, statuses):
    uids = {}
    for route in ROUTES:
        both = {statuses[f"bulkhead-route-{n}@{route}"]["Uid"].split()[0] for n in (1, 2)}
        assert len(both) == 1
        uids[route] = int(both.pop())
    others = [int(machine.sh(f"id -u bulkhead-{each}")) for each in ("edge", "trail", "database")]
    assert len({*uids.values(), *others}) == len(uids) + 3
    for route, uid in uids.items():
        assert (uid in DYNAMIC) == (route not in STATIC), route


@pytest.mark.parametrize("kind", ["mnt", "ipc", "uts"])
def test_namespaces(machine, kind):
    own = machine.of_all(f"readlink /proc/$pid/ns/{kind}").values()
    assert len({*own, machine.sh(f"readlink /proc/1/ns/{kind}")}) == len(SERVICES) + 1


def test_networks(machine):
    """Who is not to have one has nobody's."""
    common = machine.sh("readlink /proc/1/ns/net")
    found = machine.of_all("readlink /proc/$pid/ns/net")
    assert {service for service, network in found.items() if network == common} == {
        "bulkhead-edge", "bulkhead-route-1@ping", "bulkhead-route-2@ping"}


@pytest.mark.parametrize("service", [*FIRST, "bulkhead-trail"])
def test_what_a_program_sees(machine, service):
    """Its program, its journal, its counters, and what all share."""
    route = service.rpartition("@")[2] if "@" in service else "trail"
    root = f"/proc/{machine.pid(service)}/root"
    assert machine.sh(f"find {root}/home {root}/root {root}/srv {root}/boot {root}/etc/shadow "
                      "-mindepth 1", check=False) == ""
    folder = machine.sh(f"find {root}/usr -path '*/libexec/bulkhead/*'").split()
    assert [each.rpartition("/")[2] for each in folder] == [route]
    found = machine.sh(f"ls {root}/run/bulkhead/counters; ls {root}/run/bulkhead/sockets",
                       check=False).split()
    counters = {each.replace("bulkhead-route-", "") for each in PROCESSES}
    names = {f"{name.partition('@')[2]}-{name[0]}" for name in counters}
    wanted = {"healthz": {"healthz-1", *(f"{name}.sock" for name in names)},
              "metrics": {"trail", *names}}.get(route, {"trail" if route == "trail" else
                                                        f"{route}-1"})
    assert set(found) == wanted


def test_a_journal_is_its_writers_and_the_shippers(machine):
    """A folder is open, and the way to it is closed: no other program has it in sight."""
    folder = "/var/lib/bulkhead/journal"
    seen = machine.of_all(f"stat -c %i /proc/$pid/root{folder}")
    for route in ROUTES:
        own = machine.sh(f"stat -c %i {folder}/{route}")
        for service in FIRST:
            assert (seen[service] == own) == service.endswith(f"@{route}"), service
    for user in ("bulkhead-edge", "bulkhead-audit", "bulkhead-database", "nobody"):
        for what in ("ls", "touch"):
            said = machine.sh(f"runuser -u {user} -- {what} {folder}/hello/x 2>&1", check=False)
            assert said.endswith("Permission denied\n"), (user, what)


@pytest.mark.parametrize("user, who", [("bulkhead-audit", "a route"), ("nobody", "anybody"),
                                       ("bulkhead-trail", "the shipper")])
def test_nobody_else_reaches_a_socket(machine, user, who):
    said = machine.sh(f"runuser -u {user} -- ls /run/bulkhead/sockets 2>&1", check=False)
    assert said.endswith("Permission denied\n"), who


def test_the_password_is_audits_alone(machine):
    assert machine.sh("stat -c %a:%U /var/lib/bulkhead/password") == "600:root\n"
    word = machine.password
    assert len(word) >= 20
    assert machine.get("/audit", {"Authorization": basic(password=word)}).status == 200
    for service, text in machine.of_all("tr '\\0' '\\n' </proc/$pid/environ").items():
        assert word not in text
        assert ("PASSWORD_FILE" in text) == ("@audit" in service), service
    there = machine.of_all("ls /proc/$pid/root/var/lib/bulkhead/password 2>&1 || true")
    assert {"No such file" in text for text in there.values()} == {True}


def test_every_request_is_recorded_once(machine):
    ids = [machine.get(path).header("x-request-id") for path in
           ["/?name=Bob", "/?name=%00", "/calculate?expr=1", "/ping?ip=127.0.0.1", "/nowhere",
            "/healthz", "/metrics", "/audit"] * 5]
    machine.wait_until_shipped()
    stored = machine.stored()
    assert set(ids) <= set(stored)
    assert {stored[each][2] for each in ids} == {"edge", *ROUTES}


def test_metrics_knows_a_process_that_starts_later(machine):
    """Its counters' folder comes and goes with it."""
    up = 'bulkhead_up{route="hello",process="2"} '
    machine.systemctl("stop", "bulkhead-route-2@hello.service", "bulkhead-route-2@hello.socket")
    try:
        for number in (1, 2):
            machine.restart(f"bulkhead-route-{number}@metrics")
        assert f"{up}0\n" in machine.get("/metrics").text
        assert machine.get("/?name=Bob").text == "Hello, Bob!\n"
        assert machine.get("/healthz").json()["programs"]["hello"]["ready"] == 1
    finally:
        machine.systemctl("start", "bulkhead-route-2@hello.service")
    wait_until(lambda: f"{up}1\n" in machine.get("/metrics").text, "metrics sees it")
    machine.wait_until_healthy()
