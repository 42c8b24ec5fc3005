"""Bulkhead as a whole: nginx in front of the programs, started and stopped by `bulkhead`."""

import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", REPOSITORY / "build"))
ROUTES = sorted(path.stem for path in REPOSITORY.glob("nginx/routes/*.conf"))
# What a test inherits must not steer the stack; what a sanitizer was told must.
KEPT = ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
LIMITS_OFF = {"RATE_LIMIT": "off", "PING_RATE_LIMIT": "off"}
# harden: ignore S1 because it is the tests' own
PASSWORD = "x9-keeps-out-the-sea"  # of /audit
# Bounds every wait for the stack: far more than an idle machine needs.
PATIENCE = 30.0


@dataclass
class Answer:
    status: int
    headers: list  # of (lowercase name, value)
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def all(self, name):
        """Every value of a header: that it comes once is often the point."""
        return [value for key, value in self.headers if key == name.lower()]

    def header(self, name):
        values = self.all(name)
        return values[0] if values else None


def parse_answer(data):
    """The first answer in the bytes that a connection gave until it was closed."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines]
    return Answer(int(first.split()[1]), [(k.lower(), v.strip()) for k, _, v in pairs], body)


def copy_source(folder):
    """What `bulkhead` needs of the repository, and the programs, for a Stack(**) of their own."""
    for name in ("bulkhead", "configure.ac"):
        shutil.copy2(REPOSITORY / name, folder)
    for name in ("bulkhead.d", "console", "nginx"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("cgi-src", "supervise"):
        (folder / "build" / name).mkdir(parents=True)
    for name in ("await-exit", "enclose"):
        shutil.copy2(BUILD / "supervise" / name, folder / "build/supervise")
    for name in ROUTES:
        shutil.copy2(BUILD / "cgi-src" / name, folder / "build/cgi-src")
    for part in ("cgi-src/trail/schema", "build/cgi-src/trail"):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(REPOSITORY / "cgi-src/trail/schema", folder / "cgi-src/trail/schema")
    (folder / "build/cgi-src/trail").mkdir()
    shutil.copy2(BUILD / "cgi-src/trail/trail", folder / "build/cgi-src/trail")
    return {"source": folder, "programs": folder / "build"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_folder():
    """A place that the programs' users can enter: mkdtemp's own folder is closed to them."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bh-"))
    folder.chmod(0o755)
    return folder


class Asking:
    """What answers at `port` of this machine, asked."""

    sees_sources = True  # it is told the client's address, 127.x.y.z, by a connection's other end

    def connect(self, source=None):
        """Asks from an address of the client's, 127.x.y.z."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE,
                                          source_address=source and (source, 0))

    def get(self, path, headers=None, method="GET", body=None):
        """One request on a connection of its own."""
        connection = self.connect()
        try:
            return ask(connection, path, headers, method, body)
        finally:
            connection.close()

    def raw(self, data, source="127.0.0.1"):
        """
        Sends bytes as they are and returns what comes until the connection is closed. `source` is
        an address of the client's, 127.x.y.z.
        """
        own = (source, 0) if self.sees_sources else None
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE, own) as connection:
            connection.sendall(data)
            return receive_all(connection)


class Stack(Asking):
    """
    Its own state folder and port; `settings` are those of .env.example, and no program starts
    without its walls. Without a trail, which costs a database, unless DATABASE_URL is given ("" is
    a cluster of the stack's own). Use it as a context, or call up() and close().
    """

    def __init__(self, programs=BUILD, source=REPOSITORY, prefix=(), **settings):
        self.folder = make_folder()
        self.state = self.folder / "state"
        self.port = free_port()
        self.programs = programs
        self.source = source  # where bulkhead and nginx/ are
        self.prefix = prefix  # a command that runs another one: as somebody else, say
        self.settings = {"STATE_DIR": str(self.state), "PORT": str(self.port),
                         "SANDBOX": "required", "DATABASE_URL": "off", "PASSWORD": PASSWORD,
                         **settings}

    @property
    def keeps_trail(self):
        return self.settings["DATABASE_URL"] != "off"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self):
        """Of /audit."""
        return self.settings["PASSWORD"]

    def environment(self, **more):
        kept = {key: os.environ[key] for key in KEPT if key in os.environ}
        # The .env of whoever runs the tests is not the tests'.
        own = {"BULKHEAD_BUILD": str(self.programs), "BULKHEAD_ENV": "/dev/null"}
        return kept | own | self.settings | more

    def bulkhead(self, *arguments, **more):
        """Runs the command; `more` are settings for this once."""
        return subprocess.run([*self.prefix, str(self.source / "bulkhead"), *arguments],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=180, check=False, env=self.environment(**more))

    def up(self):
        done = self.bulkhead("up")
        if done.returncode != 0:
            self.close()
            raise AssertionError(f"bulkhead up: {done.stderr}")
        return self

    def down(self):
        done = self.bulkhead("down")
        assert done.returncode == 0, f"bulkhead down: {done.stderr}"

    def close(self):
        self.bulkhead("down")
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.up()

    def __exit__(self, *_):
        self.close()

    @contextlib.contextmanager
    def locked(self):
        """With the lock that each command takes first: the others wait."""
        with (self.state / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def kill_all(self):
        """SIGKILL for everything, until nothing is left that could bring anything back."""
        workers = self.workers()  # whose command lines do not name the folder
        while victims := [*processes_in(self.state), *workers]:
            for pid in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            workers = [pid for pid in workers if is_alive(pid)]

    # --- what runs ---

    def socket(self, route, n=1):
        return self.state / "run" / f"{route}-{n}.sock"

    def supervisors(self, route):
        """
        The process id of multiwatch of each process, in their order; of those that are taken into
        service or out of it, .new.pid and .old.pid, none.
        """
        files = sorted((self.state / "run").glob(f"{route}-*.pid"))
        return [int(file.read_text().split()[0]) for file in files if "." not in file.stem]

    def pids(self, route):
        """The process id of each program that lives now."""
        return [pid for parent in self.supervisors(route) for pid in children(parent)]

    def all_pids(self):
        return {route: self.pids(route) for route in ROUTES}

    def programs_alive(self):
        """The process ids of all programs."""
        return [pid for route in ROUTES for pid in self.pids(route)]

    def all_supervisors(self):
        return [pid for route in ROUTES for pid in self.supervisors(route)]

    def edge(self):
        """The process id of nginx's master."""
        return int((self.state / "run" / "edge.pid").read_text().split()[0])

    def workers(self):
        return children(self.edge())

    def watch(self):
        """The process ids of the watch's multiwatch and of the watch."""
        parent = int((self.state / "run" / "watch.pid").read_text().split()[0])
        return [parent, *children(parent)]

    def is_watch_asleep(self):
        """In await-exit: it has started, and no repair is under way."""
        return [name_of(pid) for pid in self.watch()] == ["multiwatch", "await-exit"]

    def log(self, name):
        return (self.state / "log" / f"{name}.log").read_text(errors="replace")

    def access_log(self):
        return [json.loads(line) for line in self.log("access").splitlines()]


def ask(connection, path, headers=None, method="GET", body=None):
    """One request on an open connection, which may serve more."""
    connection.request(method, path, body=body, headers=headers or {})
    return read_answer(connection.getresponse())


def read_answer(reply):
    body = reply.read()
    return Answer(reply.status, [(k.lower(), v) for k, v in reply.getheaders()], body)


def receive_all(connection):
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass  # nginx resets what it has refused while more was coming; the answer is here already
    return b"".join(parts)


@contextlib.contextmanager
def stopped(*pids):
    """They do nothing meanwhile."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def processes_in(folder):
    """The ids of whatever runs with this folder in its arguments."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if os.fsencode(folder) in file.read_bytes():
                found.append(int(file.parent.name))
    return found


def is_alive(pid):
    """A zombie is not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def name_of(pid):
    """None when it has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None


def children(parent):
    """The living children of a process that has one thread, from /proc: no zombies."""
    try:
        listed = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    found = []
    for pid in listed.split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            if stat[0] != "Z" and int(stat[1]) == parent:
                found.append(int(pid))
    return sorted(found)
