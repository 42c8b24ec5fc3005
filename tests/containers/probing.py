"""The probe, built; run with the confinement of a service, and without any."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import canary
from attempts import ATTEMPTS, DATABASE_SOCKETS, ENGINE, FOLDERS, PATHS, bounds
from engine import docker, inspect
from expected import EXPECTED, STATE
from seen import of_engine, processes, status, wanted
from stack import make_folder

HERE = pathlib.Path(__file__).resolve().parent
PROBE, SETUID = "/probe", "/probe-setuid"
PATIENCE = 500
CAP_AUDIT_READ = 37
BESIDE = ("ptrace:PROCESS", "read-memory:PROCESS", "open-memory:PROCESS", "pidfd-getfd:PROCESS",
          "read:/proc/PROCESS/environ", "read:/proc/PROCESS/maps", "list:/proc/PROCESS/fd")
HARMLESS = ("/dev/mem", "/dev/vda", "/etc/shadow")  # a file in the place of each
# What --privileged is, on a machine that may lack a capability itself.
FREEDOM = ["--user=0", "--device-cgroup-rule=a *:* rwm", "--volume=/sys:/sys", "--device=/dev/kmsg",
           *(f"--security-opt={each}=unconfined" for each in ("seccomp", "apparmor",
                                                              "systempaths"))]
HOSTS = [f"--{kind}=host" for kind in ("network", "pid", "ipc", "uts", "cgroupns")]


def build(folder):
    """The probe, and a copy that is root's and setuid."""
    made = folder / "probe"
    subprocess.run([os.environ.get("CC", "gcc"), "-std=gnu17", "-D_GNU_SOURCE", "-static", "-O1",
                    "-Wall", "-Wextra", "-Werror", "-o", made, *sorted(HERE.glob("probe*.c"))],
                   check=True, timeout=120)
    copy = folder / "probe-setuid"
    shutil.copy(made, copy)
    os.chown(copy, 0, 0)
    copy.chmod(0o4755)
    return made, copy


class Prober:
    """Of a stack that runs, and a world that must not be reached from it."""

    def __init__(self, stack, world):
        self.stack, self.world = stack, world
        self.folder = make_folder()
        self.files = build(self.folder)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def mounts(self):
        return [f"--volume={file}:{path}:ro" for file, path in zip(self.files, (PROBE, SETUID))]

    def places(self):
        """What the names in braces stand for, of this stack."""
        def gateway(network):
            name = f"{self.stack.project}_{network}"
            return inspect("network", name)[0]["IPAM"]["Config"][0]["Gateway"]
        port = self.world.port
        hosts = {"frontend": gateway("frontend"), "gateway": gateway("ping"),
                 "host": canary.HOST_OUTSIDE}
        outside = {"internet": canary.INTERNET, "neighbour": canary.NEIGHBOUR,
                   "metadata": canary.METADATA}
        parts = {name: self.stack.address(name) for name in ("edge", "ping", "ping-2")}
        return {**{name: f"{address},{port}" for name, address in hosts.items()},
                **{name: f"{address},{canary.PORT}" for name, address in outside.items()},
                **{name: f"{address},{self.stack.port}" for name, address in parts.items()},
                "resolver": f"{canary.INTERNET},{canary.DNS}", "abstract": self.world.name,
                "process": os.getpid(), "segment": canary.SEGMENT}

    def words(self, service, attempts=ATTEMPTS):
        """Attempt to the probe's words for it."""
        known = {**self.places(), **bounds(EXPECTED[service])}
        return {attempt: attempt.format(**known) for attempt in attempts}

    def run_in(self, service):
        """With all that confines the service. Returns attempt to (is it done, why not)."""
        words = self.words(service)
        name = self.stack.compose(
            "run", "-d", "--no-deps", *self.mounts, "--entrypoint", PROBE, service,
            *words.values(), timeout=60).stdout.split()[-1]
        try:
            self._see_that_it_is_confined(service, name)
            return self._results(name, words)
        finally:
            docker("rm", "-f", name)

    def _see_that_it_is_confined(self, service, name):
        """As the service is: but for the probe, the port, a name, and who brings it back."""
        found = of_engine(inspect("container", name)[0], self.stack.project)
        here = {path: found["mounts"].pop(path)[1] for path in (PROBE, SETUID)}
        assert here == {PROBE: "ro", SETUID: "ro"}
        other = {"ports": {}, "restart": found["restart"], "Links": found["Links"]}
        assert found == {**wanted(EXPECTED[service], self.stack.port), **other}

    def _results(self, name, words):
        deadline = time.monotonic() + PATIENCE
        while inspect("container", name)[0]["State"]["Running"]:
            assert time.monotonic() < deadline, f"the probe does not end: {docker('logs', name)}"
            time.sleep(0.1)
        return results(docker("logs", name).stdout, words)

    def run_beside(self, service, names=tuple(EXPECTED)):
        """
        As whoever has broken into its container: among its processes, as its user. Returns what it
        can do to each process of these names, its id there in place of PROCESS.
        """
        container, part = self.stack.id(service), EXPECTED[service]
        words = [each.replace("PROCESS", pid)
                 for pid in ids_within(container, names) for each in BESIDE]
        said = docker("run", "--rm", f"--network=container:{container}",
                      f"--pid=container:{container}", "--ipc=none", "--read-only",
                      "--cap-drop=ALL", "--security-opt=no-new-privileges",
                      f"--user={part.uid}:{part.gid}", *self.mounts, f"--entrypoint={PROBE}",
                      f"bulkhead/{service.removesuffix('-2')}:{self.stack.tag}", *words).stdout
        return results(said, {each: each for each in words})

    # --- where all can be done ---

    def run_free(self):
        """As root of the host, more or less; what it asks for and looks into is there."""
        world, words = self.folder / "world", self.words("hello")
        sockets = [*DATABASE_SOCKETS, ENGINE, "/run/docker.sock",
                   *(f"{path}/sock" for path in PATHS["sockets of processes"]),
                   *(attempt.partition(":")[2] for attempt in words if "unix:/" in attempt)]
        listening = furnish(world, sockets)
        try:
            said = docker(
                "run", "--rm", *FREEDOM, *HOSTS, *capabilities(), *self.mounts,
                *(f"-v={each}:/{each.name}" for each in world.iterdir()),
                *(f"-v={world}/root/file:{path}" for path in HARMLESS),
                f"--entrypoint={PROBE}", f"bulkhead/edge:{self.stack.tag}", *words.values(),
                timeout=PATIENCE).stdout
        finally:
            listening.close()
        return results(said, words)

    def run_resolving(self, attempts):
        """In a network like the edge's, with a resolver that answers."""
        words = self.words("hello", attempts)
        name = f"{self.stack.project}-resolving"
        docker("network", "create", name)
        try:
            said = docker("run", "--rm", *FREEDOM, *capabilities(), f"--network={name}",
                          f"--dns={canary.INTERNET}", *self.mounts, f"--entrypoint={PROBE}",
                          f"bulkhead/edge:{self.stack.tag}", *words.values()).stdout
        finally:
            docker("network", "rm", name)
        return results(said, words)


def is_health_check(pid):
    try:
        return b"--probe" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True  # it was one: what else is there stays


def ids_within(container, names):
    """The process ids in the container of what is called so; not of health checks that come by."""
    said = [status(pid) for pid in processes(container) if not is_health_check(pid)]
    return [each["NSpid"].split()[-1] for each in said if each["Name"] in names]


def capabilities():
    """All that this process may hand on, as far as engines know them."""
    bounds_of = int(status("self")["CapBnd"], 16)
    header = pathlib.Path("/usr/include/linux/capability.h").read_text()
    known = re.findall(r"#define (CAP_\w+)\s+(\d+)$", header, re.MULTILINE)
    return [f"--cap-add={name}" for name, bit in known
            if bounds_of >> int(bit) & 1 and int(bit) <= CAP_AUDIT_READ]


def results(said, words):
    """Of the probe's output: one line for each attempt."""
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [line["attempt"] for line in lines] == list(words.values()), said[-500:]
    assert all(line["why"] != "wrong use" for line in lines)
    return {attempt: (line["done"], line["why"]) for attempt, line in zip(words, lines)}


def furnish(world, sockets):
    """Folders with all that is looked for; the sockets answer."""
    files = ["/run/secrets/password", f"{STATE}/database/cluster/PG_VERSION",
             *(f"{path}/segment" for path in PATHS["journals"]), "/var/lib/docker/file",
             "/root/file"]
    listening = canary.Canary()
    for path in FOLDERS:
        if path.startswith(("/run", "/var", "/tmp")):
            (world / path[1:]).mkdir(parents=True, exist_ok=True)
    for path in files:
        (world / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (world / path[1:]).write_text("found")
    for path in dict.fromkeys(sockets):
        (world / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        listening.unix(str(world / path[1:]))
    return listening
