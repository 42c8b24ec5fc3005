"""
The peers: small programs of peers/ that answer the same route, each started as its own manual has
it, with as many processes as the machine has processors where it does not say better.

A running peer is a Peer: `url`, `groups` of process ids that are accounted together, `close()`.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import edges
from drivers import Wrong, check
from places import BUILD, PEERS
from stack import free_port

CPUS = os.cpu_count() or 1
MADE = BUILD / "bench"  # what is compiled stays there
GREETING = "Hello, Bob!\n"
QUESTION = "/?name=Bob"
CFLAGS = ["-std=gnu17", "-O2", "-D_GNU_SOURCE"]


# --- building -------------------------------------------------------------------------------------

def make(name, sources, *options, command=("cc", *CFLAGS), environment=None):
    """BUILD/bench/NAME of files of peers/, unless it is newer than they are."""
    MADE.mkdir(parents=True, exist_ok=True)
    target, files = MADE / name, [PEERS / each for each in sources]
    if target.exists() and target.stat().st_mtime > max(f.stat().st_mtime for f in files):
        return target
    done = subprocess.run([*command, "-o", str(target), *map(str, files), *options], check=False,
                          capture_output=True, text=True, timeout=600,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise Wrong(f"{name}: {done.stderr.strip()[-300:]}")
    return target


def make_c(name, *options):
    return make(name, [f"{name}.c", "greeting.c"], *options)


def make_go():
    return make("hello_go", ["hello.go"], command=("go", "build"), environment={
        "GO111MODULE": "off", "CGO_ENABLED": "0", "GOFLAGS": "",
        "GOCACHE": str(MADE / "go-cache")})


# --- running --------------------------------------------------------------------------------------

def wait_until_right(url, patience=30):
    deadline = time.monotonic() + patience
    while True:
        try:
            check(url + QUESTION, GREETING)
            return
        except (Wrong, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)


class Peer:
    """
    Processes that listen on sockets of `folder`, and an nginx in front of them. start() of a class
    beneath fills `sockets`; `lines` is what nginx says at the route.
    """
    lines = edges.FASTCGI
    keepalive = 256
    more = ()  # other routes that it answers
    processes = CPUS

    def __init__(self, template, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.children, self.edge, self.sockets = [], None, []
        try:
            self.prepare()
            begun = time.perf_counter()
            self.start()
            self.wait_for_sockets()
            self.put_edge_before(template)
            wait_until_right(self.url)
            self.ready = time.perf_counter() - begun  # seconds from its start to an answer
        except BaseException:
            self.close()
            raise

    def prepare(self):
        """What is no part of a start: compiling."""

    def start(self):
        """Nothing but nginx."""

    def put_edge_before(self, template):
        self.edge = edges.Edge(template, self.folder / "edge", self.lines, self.sockets,
                               self.keepalive, self.more)

    @property
    def url(self):
        return self.edge.url

    @property
    def groups(self):
        return {"edge": [self.edge.process.pid], "program": [each.pid for each in self.children]}

    def launch(self, *command, environment=None):
        with (self.folder / "log").open("ab") as log:
            self.children.append(subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, start_new_session=True,
                env={"PATH": os.environ["PATH"], **(environment or {})}))

    def socket(self, number=1):
        path = self.folder / f"peer-{number}.sock"
        self.sockets.append(path)
        return path

    def wait_for_sockets(self, patience=30):
        """Until each is there, and anybody may connect."""
        deadline = time.monotonic() + patience
        while not all(path.exists() for path in self.sockets):
            if time.monotonic() > deadline or any(p.poll() is not None for p in self.children):
                raise Wrong(f"{type(self).__name__} did not start: "
                            + (self.folder / "log").read_text(errors="replace")[-300:])
            time.sleep(0.002)
        for path in self.sockets:
            path.chmod(0o666)

    def close(self):
        if self.edge:
            self.edge.close()
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class NginxAlone(Peer):
    """The limit: it answers itself."""
    lines = edges.FIXED


class Spawned(Peer):
    """A program that accepts on descriptor 0, one process a socket as Bulkhead has it."""
    program, options = "", ()

    def prepare(self):
        self.made = make_c(self.program, *self.options)

    def start(self):
        for number in range(self.processes):
            self.launch("spawn-fcgi", "-n", "-s", self.socket(number), "-b", "1024", "-M", "0666",
                        "--", self.made)


class Echo(Spawned):
    program = "echo"


class Libfcgi(Spawned):
    """It serves one connection at a time: with keep-alive, others would wait for ever."""
    program, options = "hello_libfcgi", ("-lfcgi",)
    lines, keepalive = edges.FASTCGI_CLOSING, 0


class Fcgiwrap(Peer):
    keepalive = 0
    processes = 2 * CPUS

    def prepare(self):
        self.lines = edges.script(make_c("hello_cgi"))

    def start(self):
        self.launch("fcgiwrap", "-c", self.processes, "-s", f"unix:{self.socket()}")


class Php(Peer):
    keepalive = 0
    processes = 4 * CPUS

    def start(self):
        program = sorted(pathlib.Path("/usr/sbin").glob("php-fpm*"))[-1]
        self.lines = edges.script(shutil.copy(PEERS / "hello.php", self.folder))
        (self.folder / "fpm.conf").write_text(
            f"[global]\nerror_log = {self.folder}/log\ndaemonize = no\n[www]\n"
            f"listen = {self.socket()}\nlisten.backlog = 4096\npm = static\n"
            f"pm.max_children = {self.processes}\n"
            + ("user = nobody\ngroup = nogroup\n" if os.geteuid() == 0 else ""))
        self.launch(program, "-n", "-d", "zend_extension=opcache", "-d", "opcache.enable=1", "-y",
                    self.folder / "fpm.conf")


class Gunicorn(Peer):
    """Flask, as it would usually be deployed."""
    lines, keepalive = edges.HTTP, 0  # its workers close
    more = ("ping", "calculate")
    processes = 2 * CPUS + 1  # gunicorn's own advice

    def start(self):
        self.launch("gunicorn", "-w", self.processes, "--backlog", 4096, "-b",
                    f"unix:{self.socket()}", "--chdir", PEERS, "hello_flask:app",
                    environment={"PYTHONDONTWRITEBYTECODE": "1"})


class Uwsgi(Peer):
    lines, keepalive = edges.UWSGI, 0
    more = ("ping", "calculate")
    processes = 2 * CPUS + 1

    def start(self):
        self.launch("uwsgi", "--master", "--die-on-term", "--plugin", "python3", "--socket",
                    self.socket(), "--listen", 1024, "--processes", self.processes,
                    "--disable-logging", "--chdir", PEERS, "--module", "hello_flask:app",
                    environment={"PYTHONDONTWRITEBYTECODE": "1"})


class Go(Peer):
    lines = edges.HTTP

    def prepare(self):
        self.made = make_go()

    def start(self):
        self.launch(self.made, self.socket())


class Kore(Peer):
    """It speaks HTTP itself, and has fewer headers to send."""

    def prepare(self):
        self.port = free_port()
        module = make("hello_kore.so", ["hello_kore.c", "greeting.c"], "-shared", "-fPIC")
        text = (PEERS / "kore.conf.in").read_text()
        for name, value in (("PORT", self.port), ("FOLDER", module.parent), ("WORKERS", CPUS)):
            text = text.replace(f"@{name}@", str(value))
        (self.folder / "kore.conf").write_text(text)

    def start(self):
        self.launch("kore", "-f", "-n", "-r", "-q", "-c", self.folder / "kore.conf")

    def put_edge_before(self, template):
        """None."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def groups(self):
        return {"program": [each.pid for each in self.children]}
