"""
Bulkhead in containers: docker-compose.yml as it is, under a project, a port, a tag and a folder of
its own. It answers to what Stack and TrailStack of tests/http answer to.
"""

import contextlib
import itertools
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import time

from engine import ENVIRONMENT, REPOSITORY, docker, ids, images, inspect
from program import wait_until
from recorded import FIELDS, Recorded
from stack import LIMITS_OFF, ROUTES, Asking, free_port, make_folder

TWINS = [f"{route}{twin}" for route in ROUTES for twin in ("", "-2")]
SERVICES = sorted(["db", "edge", "trail", *TWINS])
NUMBERS = itertools.count(1)  # of the stacks of this process
SOCKET = "/var/lib/bulkhead/database/socket"
START = 120  # seconds, of a busy machine


def compose_command():
    """Of version 2, a plugin, where it is there; else of 1.29."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=60,
                            check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


class ComposeStack(Asking, Recorded):
    """
    `settings` are those of .env.example, without limits unless they say so. Use it as a context, or
    call up() and close(). A service is named as in docker-compose.yml.
    """

    sees_sources = False  # the client is the gateway

    def __init__(self, source=REPOSITORY, tag=None, **settings):
        self.folder = make_folder()
        self.port = free_port()
        self.tag = tag or images()
        self.project = f"bulkhead-tests-{os.getpid()}-{next(NUMBERS)}"
        self.settings = {"PORT": str(self.port), "BULKHEAD_TAG": self.tag, **LIMITS_OFF, **settings}
        self.file = self.folder / "docker-compose.yml"
        shutil.copy2(source / "docker-compose.yml", self.file)
        shutil.copytree(source / "docker", self.folder / "docker")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self):
        """Of /audit."""
        return (self.folder / "secrets/password").read_text().strip()

    # --- up and down ---

    def run(self, *command, timeout=300, check=True, **more):
        """A command in the folder; `more` are settings for this once."""
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=self.folder,
                              stdin=subprocess.DEVNULL, timeout=timeout, check=False,
                              env=ENVIRONMENT | self.settings | more)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def compose(self, *arguments, **options):
        return self.run(*compose_command(), "-p", self.project, *arguments, **options)

    def first_start(self):
        """Makes the secrets."""
        return self.run("docker/first-start")

    def up(self):
        try:
            self.first_start()
            self.compose("up", "-d", timeout=START)
            self.wait_until_healthy()
        except BaseException:
            self.close()
            raise
        return self

    def down(self):
        """What must last stays."""
        self.compose("down", timeout=180)

    def close(self):
        """Removes all of it, whatever of it is there; again, nothing."""
        if not self.folder.exists():
            return
        self.compose("down", "-v", "-t", "5", "--remove-orphans", timeout=180, check=False)
        for kind, how in (("container", "-f"), ("volume", "-f"), ("network", None)):
            left = ids(kind, project=self.project)
            if left:
                docker(kind, "rm", *filter(None, [how]), *left, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.up()

    def __exit__(self, *_):
        self.close()

    # --- what runs ---

    def _ids(self, **labels):
        """Not of what `docker-compose run` has started."""
        return ids("container", project=self.project, oneoff="False", **labels)

    def containers(self):
        """Service to what the engine says of its container."""
        found = inspect("container", *self._ids())
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def id(self, service):
        found = self._ids(service=service)
        assert len(found) == 1, f"{service}: {found}"
        return found[0]

    def container_ids(self):
        return {service: each["Id"] for service, each in self.containers().items()}

    def state(self, service):
        return inspect("container", self.id(service))[0]["State"]

    def pid(self, service):
        """Of the container's first process, on the host."""
        pid = self.state(service)["Pid"]
        assert pid, f"{service} does not run"
        return pid

    def address(self, service):
        """Of the container in its network; "" if it has none."""
        networks = inspect("container", self.id(service))[0]["NetworkSettings"]["Networks"]
        return next(iter(networks.values()))["IPAddress"]

    def root(self, service):
        """The container's files, as seen from the host."""
        return pathlib.Path(f"/proc/{self.pid(service)}/root")

    def health(self):
        """Service to healthy, unhealthy, starting; or what else it is than running."""
        states = {service: each["State"] for service, each in self.containers().items()}
        return {service: state["Health"]["Status"] if state["Status"] == "running"
                else state["Status"] for service, state in states.items()}

    def wait_until_healthy(self, *services):
        """All of them, when none is named."""
        wanted = set(services or SERVICES)

        def ill():
            health = self.health()
            return {each: health.get(each) for each in wanted if health.get(each) != "healthy"}
        deadline = time.monotonic() + START
        while left := ill():
            assert time.monotonic() < deadline, f"{left}: {self.logs(*left)}"
            time.sleep(0.1)

    def serves(self, service):
        """What the engine asks every few seconds, asked now."""
        container = self.id(service)
        check = inspect("container", container)[0]["Config"]["Healthcheck"]["Test"]
        assert check[0] == "CMD"
        return docker("exec", container, *check[1:], check=False).returncode == 0

    def wait_until_serves(self, service):
        wait_until(lambda: self.serves(service), f"{service} serves")

    def logs(self, *services, lines=20):
        """The last lines of each, for a message; all with lines="all"."""
        texts = []
        for service in services or SERVICES:
            with contextlib.suppress(AssertionError):
                said = docker("logs", "--tail", lines, self.id(service))
                texts.append(f"--- {service}\n{said.stdout}{said.stderr}")
        return "\n".join(texts)

    # --- what is done to a service ---

    def stop(self, service):
        docker("stop", self.id(service))

    def start(self, service):
        docker("start", self.id(service))
        self.wait_until_serves(service)

    def restart(self, service):
        docker("restart", self.id(service))
        self.wait_until_serves(service)

    def kill(self, service):
        """SIGKILL for its first process; the engine brings it back, as nobody has stopped it."""
        pid = self.pid(service)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.state(service)["Pid"] not in (0, pid), f"{service} is back")
        self.wait_until_serves(service)

    def upgrade(self, service, tag):
        """To the image of that tag, alone."""
        self.compose("up", "-d", "--no-deps", service, BULKHEAD_TAG=tag)
        self.wait_until_serves(service)

    # --- the trail ---

    def sql(self, statement, timeout=60):
        """The rows, as psql prints them, asked by the database's own user."""
        return docker("exec", self.id("db"), "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", SOCKET,
                      "-U", "postgres", "-d", "bulkhead", "-c", statement,
                      timeout=timeout).stdout.splitlines()

    def counters(self, service):
        """A route's, of its first process, or the shipper's."""
        with contextlib.suppress(OSError, AssertionError):
            data = (self.root(service) / "run/bulkhead/stats").read_bytes()[:FIELDS * 8]
            return struct.unpack(f"={FIELDS}Q", data.ljust(FIELDS * 8, b"\0"))
        return (0,) * FIELDS
