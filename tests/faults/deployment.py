"""A whole deployment on a disk of its own, and what can happen to it."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

from program import wait_until
from stack import BUILD, LIMITS_OFF
from trail_stack import TrailStack

DISK = "size=640m"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def children(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(word) for word in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


class Deployment(TrailStack):
    """
    nginx's clock, which the records' times are, is libfaketime's: a file says how wrong it goes,
    and may be changed under load. nginx itself is the real one.
    """

    def __init__(self):
        super().__init__(**LIMITS_OFF)
        self.programs = self.folder / "programs"
        self.state.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=755,{DISK}", "none", self.state],
                       check=True)
        self.clock = self.folder / "clock"
        self.set_clock(0)
        self.clock.chmod(0o644)
        self.wrap_enclose()

    def wrap_enclose(self):
        """What puts nginx into its walls gives it the clock first, and what that needs."""
        supervise = self.programs / "supervise"
        supervise.mkdir(parents=True)
        (self.programs / "cgi-src").symlink_to(BUILD / "cgi-src")
        (supervise / "await-exit").symlink_to(BUILD / "supervise/await-exit")
        real = shutil.copy2(BUILD / "supervise/enclose", self.folder)
        wrapper = supervise / "enclose"
        wrapper.write_text(f"#!/bin/sh\nexport LD_PRELOAD={FAKETIME} FAKETIME_NO_CACHE=1 "
                           f"FAKETIME_TIMESTAMP_FILE={self.clock} FAKETIME_DONT_FAKE_MONOTONIC=1\n"
                           f'exec {real} --read {self.clock} --own /dev/shm "$@"\n')
        wrapper.chmod(0o755)

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
