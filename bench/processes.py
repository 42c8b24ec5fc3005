"""What processes have used: time of the processor, memory that is theirs, calls of the kernel."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def stat_of(pid):
    """The fields of /proc/PID/stat behind the name; None: it has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(roots):
    """These processes and all that they have started, as far as they live."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        fields = stat_of(path.name)
        if fields and fields[0] not in "ZX":
            parents[int(path.name)] = int(fields[1])
    found = [pid for pid in roots if pid in parents]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid and
                  child not in found]
    return found


def running_seconds(pid):
    """Of all threads; each file begins with nanoseconds, which /proc/PID/stat has in hundredths."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return sum(int(path.read_text().split()[0])
                   for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
    return 0.0


def ended_seconds(pid):
    """Of its children that have ended."""
    fields = stat_of(pid)
    return sum(map(int, fields[13:15])) / TICK if fields else 0.0


def processor_seconds(roots):
    """Of all of them, in user and system mode."""
    return sum(running_seconds(pid) + ended_seconds(pid) for pid in tree(roots))


def pss(pid):
    """Bytes of memory, of what is shared its part."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss: +(\d+) kB", text, re.M)[1]) * 1024
    return 0


def total_pss(roots):
    return sum(map(pss, tree(roots)))


class Meter:
    """Microseconds of the processor that each group of a subject uses, for a request each."""

    def __init__(self, groups):
        self.groups = groups
        self.before = self._read()

    def _read(self):
        return {name: processor_seconds(roots) for name, roots in self.groups.items()}

    def per_request(self, requests):
        after = self._read()
        return {f"cpu_{name}": (after[name] - self.before[name]) / max(requests, 1) * 1e6
                for name in self.groups}


# --- calls of the kernel --------------------------------------------------------------------------

class Tracer:
    """strace -c of some processes, from the block's beginning to its end; `calls` is {name: n}."""

    def __init__(self, pids):
        self.pids = pids
        self.calls = {}

    def __enter__(self):
        words = [word for pid in self.pids for word in ("-p", str(pid))]
        self.process = subprocess.Popen(["strace", "-f", "-c", "-U", "name,calls", *words],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        time.sleep(1)  # to get hold of each thread
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=30)
        self.calls = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", said, re.M)
                      if name != "total"}
