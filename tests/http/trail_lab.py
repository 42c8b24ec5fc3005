"""The shipper, journals that tests write for it, and the database that it ships them to."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time
import uuid
from datetime import datetime, timezone

from audit_lab import DATABASE, NAME
from program import BUILD, STATS_MAGIC, clean_environment, privileges, wait_until

PLACES = ("shipped", "skipped", "behind", "waiting", "connected", "kept")
ROOT = os.geteuid() == 0


def record(number=0, route="hello", milliseconds=None, **other):
    """A line as a program writes it; `other` replaces members of it."""
    milliseconds = int(time.time() * 1000) if milliseconds is None else milliseconds
    request = uuid.UUID(int=(number << 64) | 0x1234).hex if number else uuid.uuid4().hex
    clock = f"{milliseconds:012x}"
    variant = "89ab"[int(request[3], 16) & 3]
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return {"id": f"{clock[:8]}-{clock[8:]}-7{request[:3]}-{variant}{request[4:7]}-"
                  f"{request[7:19]}",
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z", "route": route,
            "client": "192.0.2.7", "method": "GET", "verdict": "allowed", "status": 200,
            "reason": None, "input": "name=Bob", "microseconds": 42, "request_id": request,
            **other}


def line(*arguments, **members):
    return json.dumps(record(*arguments, **members), separators=(",", ":"),
                      ensure_ascii=False).encode() + b"\n"


class Journals:
    """A folder of journals, as `bulkhead` makes it."""

    def __init__(self, *names):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-journals-"))
        self.folder.chmod(0o755)
        for name in names:
            (self.folder / name).mkdir()
            (self.folder / name).chmod(0o777)  # the shipper removes files there
        self.files = 0

    def write(self, data, folder="hello", name=None):
        """A file of its own, with nobody who still writes there. Returns its path."""
        self.files += 1
        path = self.folder / folder / (name or f"{self.files:012x}-{self.files}-0.jsonl")
        path.write_bytes(data)
        path.chmod(0o644)
        return path

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Shipper:
    """As root would start it, or as a user does."""

    def __init__(self, trail, journals, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-shipper-"))
        self.folder.chmod(0o755)
        # a server over TCP needs more than a socket, and so the program sees the whole tree
        is_remote = "DATABASE_URL" in settings
        root = ["--root", str(trail.root)] if ROOT and not is_remote else []
        host = f"/{NAME}" if ROOT else trail.sockets
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [str(BUILD / "cgi-src/trail/trail"), *privileges(), *root, "--stats",
                 str(self.folder / "stats")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment({"JOURNALS": str(journals.folder),
                                       "DATABASE_URL": f"postgresql:///{DATABASE}?host={host}",
                                       **settings}))
        try:
            wait_until(self._is_ready, "the shipper")
        except BaseException:
            self.stop()
            raise

    def _is_ready(self):
        assert self.process.poll() is None, self.log()
        return self._numbers()[0] == STATS_MAGIC

    def _numbers(self):
        try:
            data = (self.folder / "stats").read_bytes()[:17 * 8]
        except FileNotFoundError:
            data = b""
        return struct.unpack("=17Q", data.ljust(17 * 8, b"\0"))

    def progress(self):
        return dict(zip(PLACES, self._numbers()[11:]))

    def wait_for(self, **wanted):
        try:
            wait_until(lambda: wanted.items() <= self.progress().items(), wanted)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.progress()}; {self.log()[-500:]}") from None

    def probe(self):
        """Exit code and what is said by another one, which is asked how this one is."""
        done = subprocess.run([str(BUILD / "cgi-src/trail/trail"), "--probe",
                               str(self.folder / "stats")], capture_output=True, text=True,
                              check=False, timeout=60, env={})
        return done.returncode, done.stderr

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
