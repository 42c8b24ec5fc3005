"""Before and after, by the same questions: what an attack asks, and what it may look at."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import paths  # noqa: F401
from audit_lab import basic
from program import resident_bytes, wait_until
from stack import LIMITS_OFF, REPOSITORY, Answer, Stack, free_port, parse_answer
from test_bulkhead_trail import sql
from trail_stack import TrailStack

BEFORE = REPOSITORY / "tests/before"
# What somebody who reads tests/before knows, and guesses.
GUESSED = "Sommer2019"
# Of it: bytes of addresses, of a stack, of files. A bomb must not be the machine's.
BOUNDS = ("--as=3000000000", "--stack=524288", "--fsize=134217728", "--nofile=4096", "--core=0")


class Target:
    """`name` is "before" or "after"; `host` what it is asked for."""
    timeout = 20.0

    def __init__(self, place):
        self.scene = place

    # --- asking ---

    def raw(self, data, source="127.0.0.1", timeout=None):
        """Bytes as they are; what came until the end, or until it took too long."""
        there = ("127.0.0.1", self.port)
        deadline = time.monotonic() + (timeout or self.timeout)
        with socket.create_connection(there, timeout or self.timeout, (source, 0)) as connection:
            connection.sendall(data)
            parts = []
            try:
                while part := connection.recv(65536):
                    parts.append(part)
                    connection.settimeout(max(0.01, deadline - time.monotonic()))
            except (ConnectionResetError, TimeoutError):
                pass
            return b"".join(parts)

    def ask(self, path, method="GET", body=b"", host="localhost", source="127.0.0.1",
            timeout=None, **headers):
        """One request; a header's name has _ for -, and __ for _. Status 0: no answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close",
                 *(f"{name.replace('__', chr(0)).replace('_', '-').replace(chr(0), '_')}: {value}"
                   for name, value in headers.items())]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
        data = self.raw(head + body, source, timeout)
        try:
            return parse_answer(data)
        except (IndexError, ValueError):
            return Answer(0, [], data)

    def audit(self, query="", accept="application/json", **more):
        """As who has the password."""
        return self.ask(f"/audit?{query}", Accept=accept, Authorization=self.authorization, **more)

    def settle(self):
        """Until all that was answered is where it will be read."""

    def mend(self):
        """As it was, should an attack have ended it."""

    def is_alive(self):
        return self.ask("/?name=Alive", timeout=2).status == 200


class Before(Target):
    name = "before"
    authorization = basic("root", "toor")  # whose password is the shortest, and looked at soonest
    password = GUESSED
    sqlite = True

    def __init__(self, place):
        super().__init__(place)
        self.process = None

    def __enter__(self):
        self.state = Path(tempfile.mkdtemp(prefix="bh-before-"))
        self.state.chmod(0o777)
        self.start()
        return self

    def start(self):
        self.port = free_port()
        with (self.state / "output").open("ab") as output:
            self.process = subprocess.Popen(
                ["unshare", "--pid", "--mount", "--ipc", "--uts", "--fork", "--kill-child",
                 "--mount-proc", "prlimit", *BOUNDS, "/usr/bin/python3", "-S", "-B",
                 str(BEFORE / "server.py"), str(self.port), str(self.state)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=BEFORE,
                env={"PATH": os.environ["PATH"], "SECRET_KEY": self.scene.secret})
        wait_until(self._listens, "what is before")

    def _listens(self):
        assert self.process.poll() is None, (self.state / "output").read_text()[-2000:]
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        (self.state / "control.sock").unlink(missing_ok=True)

    def mend(self):
        if self.process.poll() is not None:
            self.restart()

    def restart(self):
        self.stop()
        self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    @property
    def secrets(self):
        """What no answer may have in it."""
        return [self.scene.secret, GUESSED]

    def pids(self):
        """Of the program; its number out here."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def resident(self):
        return sum(resident_bytes(pid) for pid in self.pids())

    def logs(self):
        return (self.state / "access.log").read_bytes()

    def log_lines(self):
        return self.logs().split(b"\n")

    def records(self):
        """Of all: (input, all of it as text)."""
        with sqlite3.connect(self.state / "trail.sqlite", timeout=20) as database:
            database.text_factory = lambda data: data.decode("utf-8", "replace")
            rows = database.execute("SELECT * FROM records").fetchall()
        return [dict(zip(("id", "time", "route", "client", "method", "verdict", "status", "input",
                          "agent", "path"), row)) for row in rows]


class After(Target):
    """Bulkhead, natively: all programs, walls and the trail; without limits of rates."""
    name = "after"
    sqlite = False

    def __init__(self, place, stack=None):
        super().__init__(place)
        self.stack = stack or TrailStack(HEALTH_FROM="127.0.0.1 ::1", **LIMITS_OFF)

    def __enter__(self):
        self.stack.up()
        return self

    def __exit__(self, *_):
        self.stack.close()

    @property
    def port(self):
        return self.stack.port

    @property
    def state(self):
        return self.stack.state

    @property
    def authorization(self):
        return basic("admin", self.stack.password)

    @property
    def password(self):
        return self.stack.password

    @property
    def secrets(self):
        return [self.scene.secret, self.stack.password, str(self.stack.state), "root:x:0:",
                "PostgreSQL 1", "nginx/1."]

    def pids(self):
        return [self.stack.edge(), *self.stack.workers(), *self.stack.programs_alive()]

    def resident(self):
        return sum(resident_bytes(pid) for pid in self.pids())

    def settle(self):
        self.stack.wait_until_shipped()

    def logs(self):
        return b"".join(path.read_bytes() for path in sorted((self.state / "log").glob("*.log")))

    def log_lines(self):
        """What was sent is in there; each is JSON, or nginx's and the programs' own."""
        return self.logs().split(b"\n")

    def records(self):
        rows = sql(self.stack, "SELECT row_to_json(r) FROM trail.records r").stdout.splitlines()
        return [json.loads(row) for row in rows]


class Limited(After):
    """With every default, and a password where attackers do not know it."""

    def __init__(self, place):
        super().__init__(place, Stack())
