"""The records that the page is tested with: each set has days of its own, so a page shows one."""

import random
from datetime import datetime, timedelta, timezone
from urllib.parse import quote_plus

from audit_lab import id_of, insertion
from test_audit_hostile import FORMULAS, HOSTILE

# What a page would do with them if it were careless is to set window.pwned.
TRAPS = [
    "<script>window.pwned=1</script>", "<img src=x onerror='window.pwned=1'>",
    "<svg onload=window.pwned=1>", "\" autofocus onfocus=\"window.pwned=1",
    "</textarea></title></style><script>window.pwned=1</script>",
    "<meta http-equiv=refresh content=0;url=javascript:window.pwned=1>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href=//198.51.100.1>x</a>", "<base href=//198.51.100.1/>",
    "<link rel=stylesheet href=//198.51.100.1/x.css>",
    "name=%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E", "%00%ff%u0041%",
    "m" * 256, "#" + "m" * 255,
]
ALL_HOSTILE = HOSTILE + FORMULAS + TRAPS

# The days of each set, as the filters take them.
WEEK = "since=2026-03-02T00:00:00Z&until=2026-03-09T00:00:00Z"
PAGED = "since=2026-02-03T00:00:00Z&until=2026-02-04T00:00:00Z"
PAGED_COUNT = 137
TRAPPED = "since=2026-01-05T00:00:00Z&until=2026-01-06T00:00:00Z&limit=1000"
EMPTY = "since=2001-01-01T00:00:00Z&until=2001-01-02T00:00:00Z"


def milliseconds(*moment):
    return int(datetime(*moment, tzinfo=timezone.utc).timestamp() * 1000)


# route, weight, status, reason, inputs, milliseconds that it takes: what an ordinary week has
NAMES = [f"name={quote_plus(name)}" for name in ("Bob", "Ada", "Zoë", "李雷", "مريم", "Ωmega7")]
ADDRESSES = ["ip=192.0.2.1", "ip=198.51.100.17", "ip=2001%3Adb8%3A%3A53", "ip=203.0.113.9"]
SUMS = ["expr=6*7", "expr=2**100", "expr=(1%2B2)%2F3", "expr=sqrt(2)", "expr=factorial(30)"]
KINDS = [
    ("hello", 40, 200, None, NAMES, 0.2),
    ("hello", 5, 400, "Invalid name", ["name=Bob%21", "name=%3Cb%3E", "name="], 0.2),
    ("ping", 18, 200, None, ADDRESSES, 24),
    ("ping", 2, 400, "Invalid IP address", ["ip=localhost", "ip=1.2.3", None], 0.2),
    ("ping", 2, 403, "Address not allowed", ["ip=169.254.169.254", "ip=%3A%3A"], 0.2),
    ("calculate", 20, 200, None, SUMS, 0.6),
    ("calculate", 5, 400, "Invalid expression", ["expr=1%2F0", "expr=9**9**9", "expr=__import__"],
     0.7),
    ("audit", 3, 200, None, [None, "route=ping", "verdict=rejected&limit=50"], 9),
    ("audit", 1, 401, "Unauthorized", [None], 60),
    ("edge", 6, 404, "Not found", ["x=1", None], 0),
    ("edge", 4, 429, "Too many requests", NAMES, 0),
    ("edge", 1, 502, "Bad gateway", [None], 3),
]
HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 11, 14, 15, 14, 12, 14, 16, 15, 13, 10, 8, 7, 6, 5, 4, 3]
CLIENTS = ["192.0.2.7", "192.0.2.20", "198.51.100.4", "203.0.113.80", "2001:db8::7"]


def week():
    """Seven days of what people ask; one afternoon /ping's far side and the database are away."""
    chance = random.Random(7)
    first = datetime(2026, 3, 2, tzinfo=timezone.utc)
    made = []
    for day in range(7):
        for hour, weight in enumerate(HOURS):
            for _ in range(chance.randint(weight, weight * 4) // (1 if day < 5 else 3)):
                moment = first + timedelta(days=day, hours=hour, seconds=chance.random() * 3600)
                made.append((moment, request(chance, day == 3 and 14 <= hour < 17)))
    return [{"milliseconds": int(moment.timestamp() * 1000), **given,
             "request_id": f"{chance.getrandbits(128):032x}"}
            for moment, given in sorted(made, key=lambda each: each[0])]


def request(chance, is_bad_hour):
    kind = chance.choices(KINDS, [each[1] for each in KINDS])[0]
    route, _, status, reason, inputs, takes = kind
    if is_bad_hour and status == 200 and route in ("ping", "audit"):
        status, reason = 503, "Trail unavailable" if route == "audit" else "Service unavailable"
    return {"route": route, "status": status, "reason": reason, "input": chance.choice(inputs),
            "verdict": "failed" if status >= 500 else "rejected" if status >= 400 else "allowed",
            "client": chance.choice(CLIENTS),
            "microseconds": int(takes * 1000 * chance.uniform(0.7, 1.6))}


def paged():
    """Some in the same millisecond: there the id alone says what comes first."""
    first = milliseconds(2026, 2, 3, 12)
    return [{"milliseconds": first + number // 5, "input": f"name=n{number}",
             "id": id_of(first + number // 5, number)} for number in range(PAGED_COUNT)]


def hostile():
    """Each in every column that is text."""
    first = milliseconds(2026, 1, 5, 12)
    return [{"milliseconds": first + number, "input": text, "route": text, "method": text,
             "reason": text} for number, text in enumerate(ALL_HOSTILE)]


def statements():
    return [insertion(records)[0] for records in (week(), paged(), hostile())]
