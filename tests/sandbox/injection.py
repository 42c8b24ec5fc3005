"""Programs as in production, and system calls put into their threads: see inject.c."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import fcgi_client  # noqa: E402
from injection_calls import OWN_PID, OWN_TID, POLITELY_REFUSED  # noqa: E402
from program import BUILD, STATS_MAGIC, Program, clean_environment, wait_until  # noqa: E402
from stack import processes_in  # noqa: E402

INJECT = BUILD / "tests/sandbox/inject"
# The rights that bulkhead leaves to who starts and supervises a program.
RIGHTS = "-all,+syslog,+net_raw,+sys_chroot,+setuid,+setgid,+setpcap,+kill"
OBITUARY = re.compile(r"process (\d+) before this one (?:was ended by seccomp: it called (.*) "
                      r"\(number (\d+), architecture ([0-9a-f]+)\)|ended without a word: (.*))")
# What each program is asked, and a part of the right answer.
QUESTIONS = {"hello": ("name=Ada", "Hello, Ada!\n"), "calculate": ("expr=6*7", "42\n"),
             "ping": ("ip=127.0.0.1", "1 received, 0% packet loss")}
SIGSYS, EACCES = "killed SIGSYS", "returned EACCES"


def expected(call):
    return EACCES if call[0] in POLITELY_REFUSED else SIGSYS


def shown(call):
    """A call for people to read."""
    name, *arguments = call
    words = (f"{len(a)} bytes" if isinstance(a, bytes) else repr(a) if isinstance(a, str)
             else f"{int(a):#x}" for a in arguments)
    return f"{name if isinstance(name, str) else hex(name)}({', '.join(words)})"


def line_of(call, pid, tid):
    """As inject.c reads it."""
    def word(value):
        value = {OWN_PID: pid, OWN_TID: tid}.get(value, value)
        if isinstance(value, str):
            value = value.encode() + b"\0"
        return f"@{value.hex()}" if isinstance(value, bytes) else f"{value & (1 << 64) - 1:#x}"
    name, *arguments = call
    return " ".join([name if isinstance(name, str) else word(name), *map(word, arguments)]) + "\n"


def inject(pid, tid, *calls):
    """What each call gave: "returned EPERM", say. The first that ends the process is the last."""
    done = subprocess.run([INJECT, str(pid), str(tid)], capture_output=True, text=True, check=False,
                          input="".join(line_of(call, pid, tid) for call in calls))
    assert done.returncode == 0, f"{[shown(call) for call in calls]}: {done.stderr}"
    outcomes = done.stdout.splitlines()
    assert len(outcomes) == len(calls) or not outcomes[-1].startswith("returned"), outcomes
    return outcomes


def threads_of(pid):
    """The main one first."""
    return sorted(int(entry.name) for entry in pathlib.Path(f"/proc/{pid}/task").iterdir())


@dataclass
class Verdict:
    call: tuple
    outcome: str
    answers: bool  # whether the next request was answered as it should be
    named: object  # the call by the log of the next process; None: no system call, or no log

    def __str__(self):
        return f"{shown(self.call)}: {self.outcome}"


class Supervised(Program):
    """A program as `bulkhead up` starts it by root: when it dies, multiwatch brings it back."""

    def __init__(self, name):
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test-"))
        self.folder.chmod(0o755)
        self.socket, self.log = self.folder / "program.sock", self.folder / "stderr"
        self.stats_file = self.folder / "stats"
        (self.folder / "empty").mkdir()
        command = ["spawn-fcgi", "-n", "-b", "1024", "-M", "0660", "-s", str(self.socket), "--",
                   shutil.which("setpriv"), "--no-new-privs", "--inh-caps=-all",
                   f"--bounding-set={RIGHTS}", shutil.which("multiwatch"), "-f", "1", "-r",
                   "1000000", "-t", "1", "-s", "TERM", "--", str(BUILD / "cgi-src" / name),
                   "--user", "nobody", "--peer", str(os.geteuid()), "--root",
                   str(self.folder / "empty"), "--stats", str(self.stats_file)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log,
                                            stdout=log, env=clean_environment())
        try:
            self._wait_for_start()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self):
        """Of the program, not of multiwatch."""
        return self.stats()["pid"]

    def stop(self):
        """Multiwatch first. A program that let an attack through may have left their group."""
        self.process.kill()
        self.process.wait()
        for pid in processes_in(self.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_for_successor(self, pid):
        def is_there():
            stats = self.stats()
            return stats["magic"] == STATS_MAGIC and stats["pid"] != pid
        wait_until(is_there, f"{self.name} after {pid}: {self.errors()[-500:]}")

    def answers(self):
        query, part = QUESTIONS[self.name]
        with self.connect() as connection:
            reply = connection.ask(fcgi_client.request_params(query), keep=False)
        return reply.status == 200 and part in reply.text

    def obituary(self, pid):
        """What the log says of a process that has ended: the match, or None."""
        return next((found for found in OBITUARY.finditer(self.errors())
                     if found[1] == str(pid)), None)

    def attack(self, call, thread=0):
        """`thread`: which, the main one is the first. Afterwards it serves again."""
        pid = self.pid
        threads = threads_of(pid)
        outcome, = inject(pid, threads[thread % len(threads)], call)
        named = None
        if not outcome.startswith("returned"):
            self.wait_for_successor(pid)
            found = self.obituary(pid)
            named = found[2] if found else "no obituary"
        return Verdict(call, outcome, self.answers(), named)

    def attack_until_broken(self, calls_and_threads):
        """A verdict each. One that breaks it for good, not just its process, is the last."""
        for call, thread in calls_and_threads:
            try:
                yield self.attack(call, thread)
            except (AssertionError, OSError, fcgi_client.Dropped) as error:
                yield Verdict(call, f"broke it: {error}", False, None)
                return


class Victim:
    """A process of a plain user's, without any sandbox."""

    def __enter__(self):
        self.process = subprocess.Popen(
            ["prlimit", "--core=0:0", "setpriv", "--reuid", "nobody", "--regid", "nogroup",
             "--clear-groups", "sleep", "600"], stdin=subprocess.DEVNULL, cwd="/")
        comm = pathlib.Path(f"/proc/{self.process.pid}/comm")
        wait_until(lambda: comm.read_text() == "sleep\n", "sleep")
        return self.process.pid

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def inject_into_victims(calls):
    """What each call gives in a process that is not confined: a new one after each that ended."""
    outcomes = []
    while len(outcomes) < len(calls):
        with Victim() as pid:
            outcomes += inject(pid, pid, *calls[len(outcomes):])
    return outcomes
