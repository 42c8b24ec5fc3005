"""
That the table of test_confinement.py sees each hole: containers like hello's with one hole each,
created and never started, are all unlike what is wanted.
"""

import copy
import json

import pytest
import yaml

from compose_stack import ComposeStack
from engine import ids, inspect
from expected import EXPECTED
from seen import of_engine, wanted

SAME = "none at all"
HOLES = {
    SAME: {},
    "root": {"user": "0:0"},
    "another's user": {"user": "10003:10003"},
    "another's group": {"user": "10001:10000"},
    "a group more": {"group_add": ["0"]},
    "the host's network": {"network_mode": "host"},
    "the engine's own network": {"network_mode": "bridge"},
    "a port": {"network_mode": "bridge", "ports": ["127.0.0.1:0:80"]},
    "a name of the host's": {"extra_hosts": ["host:127.0.0.1"], "network_mode": "bridge"},
    "files of the image": {"read_only": False},
    "all capabilities of Docker's": {"cap_drop": []},
    "one of them": {"cap_add": ["NET_RAW"]},
    "all there are": {"privileged": True},
    "rights by setuid": {"security_opt": []},
    "no seccomp": {"security_opt": ["no-new-privileges:true", "seccomp:unconfined"]},
    "no AppArmor": {"security_opt": ["no-new-privileges:true", "apparmor:unconfined"]},
    "the host's memory segments": {"ipc": "host"},
    "segments for others": {"ipc": "shareable"},
    "the host's processes": {"pid": "host"},
    "the host's users": {"userns_mode": "host"},
    "memory": {"mem_limit": "1g", "memswap_limit": "1g"},
    "swap": {"memswap_limit": "1g"},
    "memory without end": {"oom_kill_disable": True},
    "processors": {"cpus": 2.0},
    "processes": {"pids_limit": -1},
    "dumps": {"ulimits": {"nofile": {"soft": 4096, "hard": 4096}}},
    "descriptors": {"ulimits": {"core": 0, "nofile": {"soft": 4096, "hard": 8192}}},
    "the engine's socket": {"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]},
    "another's journal": {"volumes": ["journal-ping:/elsewhere"]},
    "another's journal, read": {"volumes": ["journal-ping:/elsewhere:ro"]},
    "another's journal for its own": {"volumes": ["journal-ping:/var/lib/bulkhead/journal"]},
    "the disk": {"devices": ["/dev/null:/dev/sda"]},
    "a folder in memory": {"tmpfs": ["/tmp"]},
    "a setting of the kernel's": {"sysctls": {"net.ipv4.ip_forward": "1"}},
    "logs without bound": {"logging": {"driver": "json-file"}},
    "logs elsewhere": {"logging": {"driver": "none"}},
    "nobody brings it back": {"restart": "no"},
    "nobody asks after it": {"healthcheck": {"disable": True}},
    "killed at once": {"stop_grace_period": "1s"},
}


@pytest.fixture(scope="module")
def holed():
    """Hole to what the engine says of the container with it."""
    stack = ComposeStack()
    try:
        stack.first_start()
        project = yaml.safe_load(stack.compose("config").stdout)
        hello = project["services"]["hello"]
        project["services"] = {f"hole-{n}": with_hole(hello, change)
                               for n, change in enumerate(HOLES.values())}
        project.pop("secrets")
        (stack.folder / "holes.yml").write_text(json.dumps(project))
        stack.compose("-f", "holes.yml", "up", "--no-start")
        yield {hole: (inspect("container", *ids("container", project=stack.project,
                                                service=f"hole-{n}"))[0], stack.project)
               for n, hole in enumerate(HOLES)}
    finally:
        stack.close()


def with_hole(service, change):
    """The service with the change; volumes come on top of its own."""
    made = copy.deepcopy(service)
    if "volumes" in change:
        taken = {path_of(each) for each in change["volumes"]}
        change = {**change, "volumes": change["volumes"] + [
            each for each in made["volumes"] if path_of(each) not in taken]}
    return {**made, **change}


def path_of(volume):
    """In the container; Compose 2 writes a volume in its long form."""
    return volume["target"] if isinstance(volume, dict) else volume.split(":")[1]


@pytest.mark.parametrize("hole", HOLES)
def test_it_is_seen(holed, hole):
    container, project = holed[hole]
    is_same = of_engine(container, project) == wanted(EXPECTED["hello"], 0)
    assert is_same == (hole == SAME)
