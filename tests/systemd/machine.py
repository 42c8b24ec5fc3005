"""
A machine of Debian's in a container, whose first process is systemd, and on it what `make install`
installs. It answers to what Stack and TrailStack of tests/http answer to.
"""

import atexit
import contextlib
import functools
import http.client
import itertools
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
for name in ("containers", "load", "http"):
    sys.path.insert(1, str(TESTS / name))

from engine import docker, inspect, need_engine  # noqa: E402
from program import wait_until  # noqa: E402
from recorded import CONNECTED, FIELDS, Recorded  # noqa: E402
from stack import BUILD, LIMITS_OFF, ROUTES, Asking, free_port  # noqa: E402

NUMBERS = itertools.count(1)  # of the machines of this process
START = 120  # seconds, of a busy machine
SOCKET = "/var/lib/bulkhead/database/socket"
PROCESSES = [f"bulkhead-route-{number}@{route}" for route in ROUTES for number in (1, 2)]
SERVICES = [*PROCESSES, "bulkhead-database", "bulkhead-edge", "bulkhead-trail"]
# What systemd itself wants of a container, and no more than it has on a machine of its own: to
# mount and to make namespaces, to give a namespace its loopback, to look after its children's
# priority, and to write the map of a user namespace for a process that /proc hides.
RIGHTS = ["--cap-add=SYS_ADMIN", "--cap-add=NET_ADMIN", "--cap-add=SYS_NICE",
          "--cap-add=SYS_PTRACE", "--security-opt=seccomp=unconfined", "--tmpfs=/run",
          "--tmpfs=/tmp", "--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro",
          "--sysctl=net.ipv6.conf.lo.disable_ipv6=0"]
PACKAGES = ("systemd systemd-sysv nginx libnginx-mod-http-headers-more-filter postgresql openssl "
            "curl procps")
DOCKERFILE = """
FROM debian:{debian}-slim
RUN mkdir -p /etc/postgresql-common/createcluster.d && \\
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf && \\
    printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d && \\
    chmod 0755 /usr/sbin/policy-rc.d && apt-get update -q && \\
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends {packages} && \\
    rm -rf /var/lib/apt/lists/* && \\
    systemctl disable nginx postgresql && systemctl mask getty-static console-getty
COPY installed /
RUN systemctl enable bulkhead.target
CMD ["sh", "-c", "mount --make-rshared / && exec /sbin/init"]
"""


def debian_here():
    """The libraries are those that the programs are built with."""
    lines = pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("VERSION_CODENAME="))


def libraries_of(folder):
    """The packages that the programs load."""
    programs = [path for path in folder.rglob("libexec/bulkhead/*") if path.is_file()]
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True).stdout
    files = {line.split()[2] for line in said.splitlines() if "=> /" in line}
    names = sorted({os.path.realpath(file) for file in files} | files)
    owners = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True,
                            check=False).stdout
    return sorted({line.partition(":")[0] for line in owners.splitlines()})


def install(folder):
    """What `make install` makes of the build under test."""
    subprocess.run(["make", "-s", "install", f"DESTDIR={folder}"], cwd=BUILD, check=True,
                   capture_output=True, timeout=300)


@functools.cache
def image():
    """Built once, and gone with the process."""
    need_engine()
    tag = f"bulkhead-tests/systemd:{os.getpid()}"
    with tempfile.TemporaryDirectory() as work:
        installed = pathlib.Path(work) / "installed"
        install(installed)
        packages = " ".join([PACKAGES, *libraries_of(installed)])
        (pathlib.Path(work) / "Dockerfile").write_text(
            DOCKERFILE.format(debian=debian_here(), packages=packages), encoding="utf-8")
        atexit.register(docker, "rmi", "--no-prune", tag, check=False)
        docker("build", "-q", "-t", tag, work, timeout=600)
    return tag


@functools.cache
def neighbours():
    return inspect("network", "bridge")[0]["IPAM"]["Config"][0]["Subnet"]


class Machine(Asking, Recorded):
    """
    `settings` are those of .env.example, without limits unless they say so. Use it as a context, or
    call up() and close(). Services are named as units, without their ending.
    """

    keeps_trail = True
    sees_sources = False  # the client is the gateway

    def __init__(self, password=None, **settings):
        self.port = free_port()
        self.given_password = password
        # Who asks through a published port comes from the gateway, in the network.
        self.settings = {"BIND": "0.0.0.0", "PORT": str(self.port), "HEALTH_FROM": neighbours(),
                         **LIMITS_OFF, **settings}
        self.name = f"bulkhead-tests-systemd-{os.getpid()}-{next(NUMBERS)}"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self):
        """Of /audit."""
        return self.sh("cat /var/lib/bulkhead/password").strip()

    # --- up and down ---

    def up(self):
        try:
            docker("create", "--name", self.name, *RIGHTS, "-p",
                   f"127.0.0.1:{self.port}:{self.port}", image())
            self.write_settings()
            if self.given_password:
                self.write("/var/lib/bulkhead/password", self.given_password + "\n")
            docker("start", self.name)
            self.wait_until_healthy()
        except BaseException:
            self.close()
            raise
        return self

    def close(self):
        docker("rm", "-f", "-v", self.name, check=False)

    def __enter__(self):
        return self.up()

    def __exit__(self, *_):
        self.close()

    def write(self, path, text, mode=0o600):
        """A file of root's, whether the machine runs or not; folders are made."""
        with tempfile.TemporaryDirectory() as work:
            file = pathlib.Path(work) / path.lstrip("/")
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            file.chmod(mode)
            docker("cp", f"{work}/.", f"{self.name}:/")

    def write_settings(self):
        self.write(self.settings_file(), "".join(
            f'{key}="{value}"\n' for key, value in self.settings.items()))

    @staticmethod
    def settings_file():
        """Where the build that is installed has it."""
        text = (BUILD / "Makefile").read_text(encoding="utf-8")
        values = dict(line.split(" = ", 1) for line in text.splitlines()
                      if line.startswith(("prefix = ", "sysconfdir = ")))
        return values["sysconfdir"].replace("${prefix}", values["prefix"]) + "/bulkhead.env"

    # --- what runs ---

    def sh(self, script, check=True, timeout=60):
        return docker("exec", self.name, "sh", "-c", script, check=check, timeout=timeout).stdout

    def systemctl(self, *arguments, check=True):
        return docker("exec", self.name, "systemctl", *arguments, check=check,
                      timeout=START).stdout

    def show(self, unit, name):
        return self.systemctl("show", "--value", "-p", name, unit).strip()

    def state(self, unit):
        return self.show(unit, "ActiveState")

    def pid(self, service):
        """Of its main process, as the machine numbers it."""
        return int(self.show(service, "MainPID"))

    def pids(self, route):
        """Its programs, as the host numbers them."""
        lines = docker("top", self.name, "-eo", "pid,args").stdout.splitlines()
        return [int(line.split()[0]) for line in lines if f"/bulkhead/{route} --" in line]

    def main_pids(self):
        """Service to its main process, of all; asked at once, for each question takes its time."""
        said = self.systemctl("show", "-p", "Id,MainPID", *SERVICES)
        found = [dict(line.split("=", 1) for line in block.splitlines())
                 for block in said.strip().split("\n\n")]
        return {each["Id"].removesuffix(".service"): int(each["MainPID"]) for each in found}

    def of_all(self, script):
        """Service to what the shell prints, where $pid is the service's process."""
        pids = self.main_pids()
        said = self.sh("".join(f"pid={pid}; {script}; printf '\\0'; " for pid in pids.values()))
        return dict(zip(pids, said.split("\0")))

    def journal(self, *options):
        return docker("exec", self.name, "journalctl", "-q", "--no-pager", "-o", "cat",
                      *options).stdout

    def wait_until_healthy(self):
        def is_healthy():
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.get("/healthz").status == 200
            return False

        def is_all_up():
            states = self.systemctl("is-active", *SERVICES, check=False).split()
            return states == ["active"] * len(SERVICES) and self.counters("trail")[CONNECTED] == 1
        try:
            wait_until(is_all_up, "all units are active", patience=START)
            wait_until(is_healthy, "all programs serve", patience=START)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.journal('-n', '40')}") from error

    def kill(self, service):
        """SIGKILL for its main process; systemd brings it back, as nobody has stopped it."""
        pid = self.pid(service)
        self.systemctl("kill", "--kill-who=main", "--signal=KILL", service)
        wait_until(lambda: self.pid(service) not in (0, pid) and self.state(service) == "active",
                   f"{service} is back")

    def restart(self, service):
        self.systemctl("restart", service)

    # --- the trail ---

    def sql(self, statement):
        """The rows, as psql prints them, asked by the database's own user."""
        return docker("exec", "-i", self.name, "runuser", "-u", "bulkhead-database", "--", "psql",
                      "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", SOCKET, "-U", "postgres", "-d",
                      "bulkhead", "-f", "-", text_in=statement).stdout.splitlines()

    def counters(self, process):
        """Of hello-1, say, or of trail."""
        done = subprocess.run(["docker", "exec", self.name, "head", "-c", str(FIELDS * 8),
                               f"/run/bulkhead/counters/{process}/stats"], capture_output=True,
                              timeout=60, check=False)
        return struct.unpack(f"={FIELDS}Q", done.stdout.ljust(FIELDS * 8, b"\0"))
