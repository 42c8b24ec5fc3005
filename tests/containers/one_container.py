"""The image of everything in one container, as `docker run` starts it."""

import base64
import contextlib
import itertools
import os
import pathlib
import re
import signal
import time

import engine
from engine import docker, inspect
from program import wait_until
from stack import PATIENCE, Stack, free_port

# What root in there needs beside its own files: with less it does not start, or does not end.
CAPABILITIES = re.search("^capabilities='(.*)'$", (engine.REPOSITORY / "docker/run").read_text(),
                         re.M)[1].split()
STATE = "/var/lib/bulkhead"
NUMBERS = itertools.count(1)


def locked(capabilities=CAPABILITIES):
    """As few rights as it runs with."""
    return ["--read-only", "--cap-drop", "ALL",
            *(f"--cap-add={each}" for each in capabilities),
            "--security-opt", "no-new-privileges", "--pids-limit", "512", "--memory", "512m"]


class OneContainer(Stack):
    """Asked like a Stack; `options` are docker run's. Its volume lasts until close()."""

    def __init__(self, *options, volume=True):
        # pylint: disable=super-init-not-called  # there is no state folder on this side
        self.port = free_port()
        self.image = f"bulkhead/bulkhead:{engine.images()}"
        self.name = f"bulkhead-tests-one-{os.getpid()}-{next(NUMBERS)}"
        self.options = [*options]
        if volume:
            self.options += ["-v", f"{self.name}:{STATE}"]

    def start(self, *options):
        """Not yet up: started."""
        docker("run", "-d", "--name", self.name, "-p", f"127.0.0.1:{self.port}:15000",
               *self.options, *options, self.image)
        return self

    def up(self):
        try:
            self.start()
            self.wait_until_up()
        except BaseException:
            self.close()
            raise
        return self

    def wait_until_up(self):
        def is_up():
            assert self.state()["Running"], f"it has ended: {self.logs()}"
            return self.is_well()
        wait_until(is_up, "it is up", patience=120)

    def is_well(self):
        return self.command("status").returncode == 0

    def command(self, *arguments):
        return docker("exec", self.name, "bulkhead", *arguments, check=False)

    def shell(self, script, check=True):
        return docker("exec", self.name, "sh", "-c", script, check=check).stdout

    def state(self):
        return inspect("container", self.name)[0]["State"]

    def takes_signals(self):
        """Whether the first process would see a SIGTERM: before, the kernel drops it."""
        status = pathlib.Path(f"/proc/{self.state()['Pid']}/status").read_text()
        return int(re.search(r"^SigCgt:\t(\w+)", status, re.M)[1], 16) >> (signal.SIGTERM - 1) & 1

    def logs(self):
        done = docker("logs", self.name)
        return done.stdout + done.stderr

    def stop(self, patience=60):
        """SIGTERM: seconds that it took, exit code."""
        begun = time.monotonic()
        docker("stop", "-t", patience, self.name)
        return time.monotonic() - begun, self.state()["ExitCode"]

    def remove(self):
        docker("rm", "-f", "-v", self.name, check=False)

    def close(self):
        self.remove()
        docker("volume", "rm", "-f", self.name, check=False)

    # --- the trail ---

    @property
    def password(self):
        return self.shell(f"cat {STATE}/password").strip()

    def records(self, query):
        """Of /audit, to who has the password."""
        answer = self.get(f"/audit?{query}", {"Accept": "application/json",
                                              "Authorization": basic(self.password)})
        assert answer.status == 200, answer
        return answer.json()["records"]

    def wait_for_record(self, query):
        found = []

        def is_there():
            with contextlib.suppress(AssertionError):
                found[:] = self.records(query)
            return found
        wait_until(is_there, f"a record of {query}", patience=PATIENCE)
        return found[0]

    # --- what runs inside ---

    def processes(self):
        """Process id to (name, state, parent), but for what asks."""
        rows = re.findall(r"^(\d+) \((.*?)\) (\S) (\d+)", self.shell(
            'for file in /proc/[0-9]*/stat; do cat "$file" 2>/dev/null; done; true'), re.M)
        found = {int(pid): (name, state, int(parent)) for pid, name, state, parent in rows}
        asking = {pid for pid, (_, _, parent) in found.items() if parent == 0 and pid != 1}
        return {pid: each for pid, each in found.items()
                if pid not in asking and each[2] not in asking}


def basic(password):
    """The header for the user admin."""
    return "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()
