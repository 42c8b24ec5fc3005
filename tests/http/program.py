"""One program alone, without nginx: under spawn-fcgi, or as plain CGI."""

import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass

import fcgi_client

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", REPOSITORY / "build"))

STATS_MAGIC = 0x31736B6862  # "bhks1"
STATS_FIELDS = ("magic", "pid", "started", "answered", "ok", "client_errors", "server_errors",
                "open", "dropped", "refused", "landlock")
# What follows those of the shipper: trail_lab.PLACES.
STATS_MORE = ("layers", "microseconds", "durations")
DURATION_CLASSES = 14  # the last of those is as many places
STATS_PAGE_BYTES = 4096

# Half a second of an idle machine is many seconds of a loaded one.
PATIENCE = 60.0


def privileges():
    """The options that a program started by root must have; none for a plain user."""
    return ["--user", "nobody"] if os.geteuid() == 0 else []


def is_sanitized(program):
    """Whether memory numbers of this build mean nothing, and everything is slow."""
    image = (BUILD / "cgi-src" / program).read_bytes()
    return any(mark in image for mark in (b"__asan_init", b"__tsan_init"))


def wait_until(holds, what, patience=PATIENCE):
    """Polls for a condition; an AssertionError that names it when it never comes."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"waited {patience} s in vain: {what}"
        time.sleep(0.01)


def resident_bytes(pid):
    """RSS of a process; /proc/PID/status is readable even of one that is not dumpable."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


class Program:
    """
    A program on a socket of its own, run by spawn-fcgi -n, which turns into it: one process, no
    supervisor, so a crash is the end of it. `stats` are its own counters.
    """

    def __init__(self, name, *options, peer=None, environment=None, descriptors=None,
                 log_to=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test-"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "program.sock"
        self.log = self.folder / "stderr"
        self.stats_file = self.folder / "stats"
        peer = os.geteuid() if peer is None else peer
        command = ["spawn-fcgi", "-n", "-s", str(self.socket), "-M", "0660", "--",
                   str(BUILD / "cgi-src" / name), *privileges(), "--peer", str(peer),
                   "--stats", str(self.stats_file), *options]
        if descriptors is not None:
            command = ["prlimit", f"--nofile={descriptors}:{descriptors}", *command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stderr=log_to or log, stdout=log,
                                            env=clean_environment(environment))
        try:
            self._wait_for_start()
        except BaseException:
            self.stop()
            raise

    def _wait_for_start(self):
        def started():
            assert self.process.poll() is None, f"did not start: {self.errors()}"
            return self.stats_file.exists() and self.stats()["magic"] == STATS_MAGIC
        wait_until(started, "the program's counters")

    @property
    def pid(self):
        return self.process.pid

    def stats(self):
        data = self.stats_file.read_bytes()[:8 * len(STATS_FIELDS)]
        if len(data) < 8 * len(STATS_FIELDS):
            return dict.fromkeys(STATS_FIELDS, 0)
        return dict(zip(STATS_FIELDS, struct.unpack(f"={len(STATS_FIELDS)}Q", data)))

    def wait_for_stat(self, name, value):
        try:
            wait_until(lambda: self.stats()[name] == value, f"{name} becomes {value}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.stats()[name]}") from None

    def errors(self):
        return self.log.read_text(errors="replace")

    def alive(self):
        return self.process.poll() is None

    def resident(self):
        return resident_bytes(self.pid)

    def connect(self, **options):
        return fcgi_client.Connection(self.socket, **options)

    def ask(self, query="", **params):
        """One request on a connection of its own."""
        with self.connect() as connection:
            return connection.ask(fcgi_client.request_params(query, **params), keep=False)

    def terminate(self, patience=PATIENCE):
        """Sends SIGTERM; returns (exit code, seconds it took)."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(patience)
        return code, time.monotonic() - start

    def stop(self):
        if self.alive():
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def hear_interrupts():
    """For preexec_fn. What a shell starts with & ignores them, and with it all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# What a test inherits must not steer a program; what a sanitizer was told must.
KEPT = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")


# So that no test passes for the want of a wall.
ENFORCED = {"SANDBOX": "required"}


def clean_environment(more=None):
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    return kept | ENFORCED | (more or {})


@dataclass
class Run:
    """What a program that ran to its end said."""
    code: int
    output: bytes
    errors: str

    @property
    def reply(self):
        return fcgi_client.Reply(*fcgi_client.parse_cgi(self.output))


def run(program, *options, environment=None, privileged=True, stdin=b""):
    """Runs a program as plain CGI. privileged=False leaves out what root must say."""
    command = [str(BUILD / "cgi-src" / program), *(privileges() if privileged else []), *options]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE,
                          env=clean_environment(environment), check=False)
    return Run(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def cgi(program, query="", method="GET", accept=None, request_id=None, **more):
    """One plain CGI request, with only the variables that are given."""
    variables = {"REQUEST_METHOD": method, "QUERY_STRING": query, "HTTP_ACCEPT": accept,
                 "REQUEST_ID": request_id, **more}
    return run(program, environment={k: v for k, v in variables.items() if v is not None})
