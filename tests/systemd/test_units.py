"""The units as they are installed: what systemd thinks of them, and what they must agree with."""

import re

import pytest

from machine import PROCESSES, SERVICES
from stack import ROUTES

MOST = 1.0  # of 10, for each route
# As systemd 252 and 257 see it: what is more is a directive that is gone.
EXPOSURE = {"bulkhead-edge": 1.0, "bulkhead-database": 0.3, "bulkhead-trail": 0.1,
            **{each: 1.0 if each.endswith("@ping") else 0.3 for each in PROCESSES}}


def test_systemd_has_no_complaint(machine):
    """Of any of them, manual pages aside, which a machine without man(1) lacks."""
    units = " ".join(f"{each}.service" for each in [*SERVICES, "bulkhead-password"])
    sockets = " ".join(f"{each}.socket" for each in PROCESSES)
    said = machine.sh(f"systemd-analyze verify --man=no bulkhead.target {units} {sockets} 2>&1")
    assert said == ""


@pytest.fixture(scope="module")
def exposures(machine):
    """Service to its figure."""
    said = machine.sh("".join(f"systemd-analyze security --offline=true '{each}.service' | "
                              "tail -n 1; " for each in SERVICES))
    found = re.findall(r"exposure level for (\S+)\.service: ([0-9.]+)", said)
    return {service: float(figure) for service, figure in found}


@pytest.mark.parametrize("service", SERVICES)
def test_exposure(exposures, service):
    print(f"{service}: {exposures[service]}")
    assert exposures[service] <= EXPOSURE[service]
    assert "@" not in service or exposures[service] <= MOST


def test_a_directive_less_is_seen(machine):
    """Or the test above says nothing."""
    machine.sh("mkdir -p /tmp/less && cp -r --parents /usr/lib/systemd /usr/local/lib/systemd "
               "/tmp/less 2>/dev/null; sed -i '/^PrivateNetwork/d; /^RestrictAddress/d' "
               "$(find /tmp/less -name 'bulkhead-route-1@.service')")
    said = machine.sh("systemd-analyze security --offline=true --root=/tmp/less "
                      "bulkhead-route-1@hello.service | tail -n 1; rm -rf /tmp/less")
    assert float(re.search(r": ([0-9.]+)", said).group(1)) > EXPOSURE[PROCESSES[0]]


def test_every_route_has_its_units(machine):
    wanted = machine.show("bulkhead.target", "Wants").split()
    assert sorted(wanted) == sorted(f"{each}.service" for each in SERVICES)
    made = machine.sh("ls /var/lib/bulkhead/journal").split()
    assert sorted(made) == sorted(["edge", "source", *ROUTES])
    for looker in ("healthz", "metrics"):
        environment = machine.show(f"bulkhead-route-1@{looker}", "Environment")
        assert f'"ROUTES={" ".join(ROUTES)}"' in environment


def test_both_processes_of_a_route_are_the_same(machine):
    texts = [machine.sh(f"cat $(systemctl show --value -p FragmentPath bulkhead-route-{n}@hello)")
             for n in (1, 2)]
    assert texts[0] == texts[1] != ""


@pytest.mark.parametrize("service", ["bulkhead-route-1@hello", *SERVICES[-3:]])
def test_every_call_is_known(machine, service):
    """systemd ignores what its version does not know, and says so in its log alone."""
    said = machine.journal("--identifier=systemd")
    assert "nknown system call" not in said and "Failed to parse" not in said
    calls = machine.show(service, "SystemCallFilter").split()
    assert {"read", "execve"} <= set(calls) and not {"mount", "setuid", "capset"} & set(calls)
