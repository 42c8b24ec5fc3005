"""What Bulkhead wants to reach, and whether a run shows it. None of it is a test."""

import statistics

import figures

BEHIND = ("libfcgi", "go", "php", "uwsgi", "gunicorn", "fcgiwrap")  # the same nginx
TIME_OUT = 2.0  # seconds, PING_TIMEOUT_MS


def find(works, work, subject):
    """A row, or None."""
    rows = [row for each in works if each["id"] == work for row in each["rows"]
            if row["subject"] == subject]
    return rows[0] if rows else None


def over(works, work, one, other):
    """How many times the one is of the other: the median of rounds."""
    first, second = find(works, work, one), find(works, work, other)
    if not first or not second:
        return None
    pairs = figures.ratios(first["values"], second["values"])
    return statistics.median(pairs) if pairs else None


def more_of(works, work, subject, name):
    row = find(works, work, subject)
    return row and row.get("more", {}).get(name)


def tail(works):
    p99, p50 = (more_of(works, "hello-256", "bulkhead", name) for name in ("p99", "p50"))
    return p99 / p50 if p99 and p50 else None


def behind_all(works):
    found = [over(works, "hello-32", "bulkhead", each) for each in BEHIND]
    found = [each for each in found if each is not None]
    return min(found) if found else None


def calculate(works):
    found = [over(works, f"calculate-{name}", "literal_eval", "bulkhead")
             for name in ("small", "literal", "big-integer")]
    return min(found) if None not in found else None


def last_memory(works):
    rows = [each["rows"][-1]["median"] for each in works if each["id"] == "memory-growth"]
    return rows[0] if rows else None


def grown(works):
    rows = [each["rows"] for each in works if each["id"] == "memory-growth"]
    return rows[0][-1]["median"] - rows[0][1]["median"] if rows and len(rows[0]) > 2 else None


def of_hello(other, one="bulkhead"):
    return lambda works: over(works, "hello-32", one, other)


def silent(works):
    row = find(works, "silent", "bulkhead")
    return row and row["median"] / TIME_OUT


LEAST, MOST = "at least", "at most"
TARGETS = [  # what, of which figure, unit, the line
    ("hello at 32 connections, of nginx alone", of_hello("nginx"), "times", LEAST, 0.5),
    ("... of a bare FastCGI echo", of_hello("echo"), "times", LEAST, 0.95),
    ("... of Flask on gunicorn", of_hello("gunicorn"), "times", LEAST, 12),
    ("... of a bare libfcgi accept loop", of_hello("libfcgi"), "times", LEAST, 1.5),
    ("... of the fastest other peer behind the same nginx", behind_all, "times", LEAST, 1),
    ("ping to loopback at 32 connections, of the subprocess",
     lambda works: over(works, "ping-32", "bulkhead", "gunicorn"), "times", LEAST, 30),
    ("64 silent addresses, of one time-out", silent, "times", MOST, 1.5),
    ("calculate in process, of literal_eval, the least of three", calculate, "times", LEAST, 10),
    ("p99 at 256 connections, of the median", tail, "times", MOST, 3),
    ("requests that failed at 2,000 connections",
     lambda works: more_of(works, "hello-2000", "bulkhead", "failed"), "requests", MOST, 0),
    ("memory of a program after all of that", last_memory, "MiB", MOST, 4),
    ("... and what it has grown by since the first tenth", grown, "MiB", MOST, 0.25),
]


def judge(works):
    """Of what was measured."""
    found = []
    for what, measure, unit, sign, wanted in TARGETS:
        measured = measure(works)
        if measured is not None:
            found.append({"what": what, "sign": sign, "wanted": wanted, "unit": unit,
                          "measured": round(measured, 3),
                          "met": measured >= wanted if sign == LEAST else measured <= wanted})
    return found
