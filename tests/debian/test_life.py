"""Installed, upgraded, removed and purged, on machines whose first process is systemd."""

import json
import re

import pytest

from machine import SITE, docker
from packages import BINARIES, ROOT, as_version, find

OLDER = "0.1.0-0~earlier"
ROUTES = ("audit", "calculate", "healthz", "hello", "metrics", "ping")
# Asks until /root/stop is there: on connections that stay and on new ones. A line an answer.
ASKING = f"""
ask() {{
    while [ ! -e /root/stop ]; do
        curl -s -w '%{{http_code}} %{{errormsg}}\\n' -o /dev/null "$@" '{SITE}/?name=[1-20]' \\
            -o /dev/null '{SITE}/calculate?expr=[1-20]'
    done
}}
for n in 1 2; do
    ask >/root/answers-$n 2>/root/errors-$n &
    ask -H 'Connection: close' >/root/answers-new-$n 2>/root/errors-new-$n &
done
wait
touch /root/stopped
"""
# What the trail has of that.
COUNT = ("setpriv --reuid=bulkhead-database --clear-groups --regid=bulkhead-database "
         "psql -XAt -U postgres -h /var/lib/bulkhead/database/socket bulkhead "
         "-c \"select count(*) from trail.records "
         "where route in ('hello', 'calculate') and input <> 'name=Bob'\"")


@pytest.fixture
def installed(machine, packages):
    machine.install(*(find(packages, name) for name in BINARIES))
    machine.wait_for_answers()
    return machine


def test_it_answers_once_installed(installed):
    """What `autopkgtest` would run; and what the package names is all that it takes."""
    smoke = installed.put(ROOT / "debian/tests/smoke")
    said = installed.sh(f"sh {smoke}")
    assert said.count("ok: ") == 6, said


def test_all_of_it_is_systemds(installed):
    """The target alone is enabled, and has two processes of each route."""
    assert installed.sh("systemctl is-enabled bulkhead.target") == "enabled"
    units = installed.processes()
    assert {f"bulkhead-route-{number}@{route}.service" for route in ROUTES for number in (1, 2)} | {
        f"bulkhead-{part}.service" for part in ("database", "edge", "trail")} == set(units)
    assert installed.sh("systemctl list-units --plain --no-legend --failed 'bulkhead*'") == ""


def test_the_port_is_open_to_this_machine_alone(installed):
    listening = installed.sh("cat /proc/net/tcp /proc/net/tcp6")
    assert re.findall(r"(\w+):3A98 \w+:\w+ 0A", listening) == ["0100007F"] * len(
        re.findall(r":3A98 \w+:\w+ 0A", listening))


def test_an_upgrade_fails_no_request_and_takes_over_all(machine, packages, tmp_path):
    package = find(packages, "bulkhead")
    machine.install(as_version(package, OLDER, tmp_path))
    setting = "RATE_LIMIT=off"
    machine.sh(f"echo '{setting}' >>/etc/bulkhead/bulkhead.env; "
               "systemctl restart bulkhead.target 'bulkhead-*.service'")
    machine.wait_for_answers()
    before = machine.processes()
    asking = tmp_path / "asking"
    asking.write_text(ASKING)
    docker("exec", "-d", machine.name, "sh", machine.put(asking))
    machine.until("[ $(cat /root/answers* | wc -l) -gt 200 ]")
    said = machine.install(package)
    machine.until(f"[ $(cat /root/answers* | wc -l) -gt {answers(machine) + 200} ]")
    machine.sh("touch /root/stop")
    machine.until("[ -e /root/stopped ]")
    assert {line.strip() for line in machine.sh("cat /root/answers*").splitlines()} == {"200"}, said
    assert machine.sh("dpkg-query -W -f '${Version}' bulkhead") != OLDER
    after = machine.processes()
    kept = {unit for unit, process in before.items() if after.get(unit) == process}
    assert kept == {"bulkhead-edge.service"}
    assert machine.sh(f"grep -c '^{setting}' /etc/bulkhead/bulkhead.env") == "1"
    machine.until(f"[ $({COUNT}) -eq {answers(machine)} ]")  # a record each


def answers(machine):
    return int(machine.sh("cat /root/answers* | wc -l"))


def test_remove_stops_all_and_keeps_the_trail(installed, packages):
    installed.until(f"curl -sf '{SITE}/?name=Kept'")
    password = installed.sh("cat /var/lib/bulkhead/password")
    installed.sh("dpkg -r bulkhead")
    assert installed.sh("systemctl list-units --all --plain --no-legend 'bulkhead*' | "
                        "grep -v 'not-found inactive' || true") == ""
    assert installed.sh("ls -l /proc/[0-9]*/exe 2>/dev/null | grep -E 'bulkhead|nginx|postgres' "
                        "|| true") == ""
    installed.sh("[ -e /etc/bulkhead/bulkhead.env ] && [ -d /var/lib/bulkhead/journal ]")
    installed.install(find(packages, "bulkhead"))
    installed.wait_for_answers()
    assert installed.sh("cat /var/lib/bulkhead/password") == password
    installed.until('curl -sf -u "admin:$(cat /var/lib/bulkhead/password)" '
                    f"'{SITE}/audit?route=hello' | grep name=Kept")


def test_purge_leaves_nothing(machine, packages):
    before = machine.snapshot()
    machine.install(*(find(packages, name) for name in BINARIES))
    machine.wait_for_answers()
    assert machine.snapshot() != before
    machine.sh("dpkg -P " + " ".join(BINARIES))
    assert sorted(set(machine.snapshot()) ^ set(before)) == []


def test_logs_are_rotated_and_no_line_is_lost(installed):
    ask = f"for n in 1 2 3 4 5; do curl -sf -o /dev/null '{SITE}/?name={{}}'; done"
    log = "/var/lib/bulkhead/log/access.log"
    installed.sh(ask.format("before"))
    installed.until(f"[ -s {log} ]")  # nginx gathers lines; an empty log stays where it is
    installed.sh("logrotate -f /etc/logrotate.d/bulkhead")
    installed.until(f"[ -e {log} ] && curl -sf '{SITE}/?name=after' && grep -q name=after {log}")
    lines = [json.loads(line) for line in installed.sh(f"cat {log}.1").splitlines()]
    assert sum("name=before" in json.dumps(line) for line in lines) == 5
    assert installed.sh(f"stat -c '%a %U' {log}") == "600 bulkhead-edge"
    assert installed.sh(f"grep -c name=before {log} || true") == "0"


def test_the_command_runs_without_the_units(installed):
    """Where systemd is not wanted: `bulkhead up`, whose logs the same file rotates."""
    installed.sh("systemctl disable --now bulkhead.target; systemctl stop 'bulkhead-*'")
    installed.sh("bulkhead up")
    installed.wait_for_answers()
    log = "/var/lib/bulkhead/log/access.log"
    installed.until(f"[ -s {log} ]")
    installed.sh("logrotate -f /etc/logrotate.d/bulkhead")
    installed.until(f"curl -sf '{SITE}/?name=after' && grep -q name=after {log}")
    installed.sh(f"grep -q name=Bob {log}.1")
    installed.sh("dpkg -P bulkhead")
    assert installed.sh("ls -d /var/lib/bulkhead /run/bulkhead 2>/dev/null || true") == ""
    assert installed.sh("grep bulkhead /etc/passwd /etc/group || true") == ""
