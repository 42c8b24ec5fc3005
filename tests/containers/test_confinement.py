"""What confines each container that runs, to the engine and to the kernel, against one table."""

import json

import pytest
import yaml

from compose_stack import SERVICES
from engine import ids, inspect
from expected import EXPECTED, UIDS, VOLUMES
from seen import (NAMESPACES, hard_limit, mount_options, namespaces, of_engine, processes, short,
                  status, wanted)

ON_DISK = {f"journal-{name}" for name in UIDS} | {"database", "journals"}


@pytest.fixture(scope="module")
def containers(stack):
    return stack.containers()


def test_nothing_else_runs(stack, containers):
    """Whoever adds a service says here what confines it."""
    assert sorted(containers) == sorted(EXPECTED) == SERVICES
    assert len(ids("container", project=stack.project)) == len(EXPECTED)
    uids = {service.uid for service in EXPECTED.values()}
    assert uids == set(UIDS.values()) and len(uids) == len(UIDS)


@pytest.mark.parametrize("name", SERVICES)
def test_the_engine_says(stack, containers, name):
    assert of_engine(containers[name], stack.project) == wanted(EXPECTED[name], stack.port)


def test_who_waits_for_whom(stack):
    services = yaml.safe_load(stack.compose("config").stdout)["services"]
    found = {name: {each: how["condition"] for each, how in service.get("depends_on", {}).items()}
             for name, service in services.items()}
    assert found == {name: {each: "service_healthy" for each in service.after}
                     for name, service in EXPECTED.items()}


def test_volumes(stack):
    found = inspect("volume", *ids("volume", project=stack.project))
    assert {short(each["Name"], stack.project): (each["Options"] or {}).get("o")
            for each in found} == VOLUMES
    for each in found:
        options = each["Options"] or {}
        assert options.get("type") == options.get("device") == ("tmpfs" if options else None)
        assert each["Driver"] == "local"


def test_networks(stack):
    found = inspect("network", *ids("network", project=stack.project))
    apart = {"com.docker.network.bridge.enable_icc": "false"}
    assert {short(each["Name"], stack.project): each["Options"] for each in found} == \
        {"frontend": {**apart, "com.docker.network.bridge.enable_ip_masquerade": "false"},
         "ping": apart}


# --- the kernel -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", SERVICES)
def test_the_kernel_says(containers, name):
    """Of each process in it, the health check's too if it runs just now."""
    service, found = EXPECTED[name], processes(containers[name]["Id"])
    assert found
    for pid in found:
        try:
            said, limit = status(pid), hard_limit(pid, "Max open files")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if said["Name"].startswith("runc"):  # the engine's own, on its way in
            continue
        assert said["Uid"].split() == [str(service.uid)] * 4, said
        assert said["Gid"].split() == [str(service.gid)] * 4, said
        assert set(said["Groups"].split()) <= {str(service.gid)}, said
        for name_of_set in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(said[name_of_set], 16) == 0, said
        assert (said["NoNewPrivs"], said["Seccomp"]) == ("1", "2"), said
        assert int(limit) <= service.files


def test_namespaces_are_own(containers):
    """Unlike the host's and unlike each other's."""
    all_of = {"host": namespaces("self")} | {name: namespaces(each["State"]["Pid"])
                                             for name, each in containers.items()}
    for kind in NAMESPACES:
        found = [each[kind] for each in all_of.values()]
        assert len(set(found)) == len(found), json.dumps(all_of, indent=1)


@pytest.mark.parametrize("name", SERVICES)
def test_mounts_are_as_said(containers, name):
    """
    By the kernel: what is read-only is, and what is written in memory is for no program or device.
    (Where such a volume is read-only, runc before 1.2 has that in place of the other options.)
    """
    service = EXPECTED[name]
    options = mount_options(containers[name]["State"]["Pid"])
    assert "ro" in options["/"]
    for path, (what, how) in service.mounts.items():
        assert how in options[path], path
        if how == "rw" and what not in ON_DISK:
            assert {"noexec", "nosuid", "nodev"} <= options[path], path
    for path in service.tmpfs:
        assert {"rw", "noexec", "nosuid", "nodev"} <= options[path]
