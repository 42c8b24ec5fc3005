"""A whole deployment on a disk of its own, and what can happen to it."""

import contextlib
import os
import pathlib
import signal
import struct
import subprocess
import time

from program import wait_until
from stack import LIMITS_OFF, Stack
from test_bulkhead_trail import sql

DISK = "size=640m"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def children(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(word) for word in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


class Deployment(Stack):
    """
    nginx's clock, which the records' times are, is libfaketime's: a file says how wrong it goes,
    and may be changed under load. nginx itself is the real one.
    """

    def __init__(self):
        super().__init__(DATABASE_URL="", **LIMITS_OFF)
        self.state.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=755,{DISK}", "none", self.state],
                       check=True)
        self.clock = self.folder / "clock"
        self.set_clock(0)
        self.clock.chmod(0o644)
        wrapper = self.folder / "bin/nginx"
        wrapper.parent.mkdir()
        wrapper.write_text(f"#!/bin/sh\nexport LD_PRELOAD={FAKETIME} FAKETIME_NO_CACHE=1 "
                           f"FAKETIME_TIMESTAMP_FILE={self.clock} FAKETIME_DONT_FAKE_MONOTONIC=1\n"
                           'exec /usr/sbin/nginx "$@"\n')
        wrapper.chmod(0o755)
        self.settings["PATH"] = f"{wrapper.parent}:{os.environ['PATH']}"

    def close(self):
        self.bulkhead("down")
        subprocess.run(["umount", "-l", self.state], check=False)
        super().close()

    # --- who is there -----------------------------------------------------------------------------

    def supervisor(self, name):
        """Of run/NAME.pid; None: not there now."""
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            pid = int((self.state / f"run/{name}.pid").read_text().split()[0])
            if pathlib.Path(f"/proc/{pid}").exists():
                return pid
        return None

    def counters(self, name):
        with contextlib.suppress(FileNotFoundError):
            data = (self.state / f"run/{name}.stats").read_bytes()[:17 * 8]
            return struct.unpack("=17Q", data.ljust(17 * 8, b"\0"))
        return (0,) * 17

    def program(self, name):
        """The one that a supervisor has started, as its counters say, and the kernel too."""
        pid, parent = self.counters(name)[1], self.supervisor(name)
        return pid if parent and pid in children(parent) else None

    # --- what happens to them ---------------------------------------------------------------------

    @staticmethod
    def kill(pid, number=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, TypeError):
            os.kill(pid, number)

    def set_clock(self, seconds):
        self.clock.write_text(f"{seconds:+d}\n")

    def freeze_database(self, seconds):
        """As one that hangs: its connections stay, and it says nothing."""
        master = self.supervisor("database")
        frozen = [master, *children(master)]
        for pid in frozen:
            self.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in frozen:
            self.kill(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def full_disk(self):
        filler = self.state / "filler"
        with filler.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        yield
        filler.unlink()

    # --- and afterwards ---------------------------------------------------------------------------

    def wait_until_well(self):
        wait_until(lambda: self.bulkhead("status").returncode == 0, "all is well", patience=120)

    def wait_until_shipped(self):
        wait_until(lambda: self.counters("trail")[13] == 0 and self.counters("trail")[15] == 1,
                   f"all is shipped: {self.counters('trail')[11:]}", patience=120)
        time.sleep(0.5)  # what nginx has written a moment ago
        wait_until(lambda: self.counters("trail")[13] == 0, "the last of it", patience=60)

    def stored(self):
        """Request id to (status, input, route) of all; that each is there once was looked at."""
        rows = sql(self, "SELECT replace(request_id::text, '-', ''), status, input, route "
                         "FROM trail.records").stdout.splitlines()
        found = {row.split("|", 3)[0]: row.split("|", 3)[1:] for row in rows}
        assert len(found) == len(rows), "a request that is recorded twice"
        return found
