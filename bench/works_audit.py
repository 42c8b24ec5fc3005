"""The page /audit, of a trail of many records."""

import base64
import http.client
import json
import os
import subprocess
import time
import urllib.parse

import figures
from drivers import Wrong
from subjects import Bulkhead

DAYS = 60        # that the records are spread over, in the order of their ids
ASKED = 5        # of each question a round
PATIENCE = 1800
DATABASE_USER = "bulkhead-database"

# A record each: an id of its moment, most of them allowed, from 65,536 clients.
FILL = """
INSERT INTO trail.records
SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8'
        || lpad(to_hex(n), 15, '0'))::uuid,
       to_timestamp(ms / 1000.0),
       (ARRAY['hello', 'calculate', 'ping', 'hello'])[1 + n % 4],
       '10.0.0.0'::inet + (n::bigint * 40503) % 65536,
       'GET', v, CASE WHEN v = 'allowed' THEN 200 ELSE 400 END,
       CASE WHEN v = 'rejected' THEN 'Invalid name' END, 'name=Bob' || n % 1000, 50 + n % 100,
       lpad(to_hex(n), 32, '0')::uuid
FROM (SELECT n, {first} + n::bigint * {step} AS ms,
             (CASE WHEN n % 50 = 0 THEN 'rejected' ELSE 'allowed' END)::trail.verdict AS v
      FROM generate_series({begin}, {end}) AS n) AS made
"""
INDEXES = """
CREATE INDEX records_route ON trail.records (route, id);
CREATE INDEX records_client ON trail.records (client, id);
CREATE INDEX records_verdict ON trail.records (verdict, id) WHERE verdict <> 'allowed';
"""
DROPPED = "DROP INDEX trail.records_route, trail.records_client, trail.records_verdict"
BATCH = 500_000


def sql(stack, statement):
    """As the superuser of the stack's own cluster."""
    change = ["setpriv", f"--reuid={DATABASE_USER}", f"--regid={DATABASE_USER}",
              "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run([*change, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h",
                           str(stack.state / "database/socket"), "-U", "postgres", "-d",
                           "bulkhead", "-c", statement], capture_output=True, text=True, cwd="/",
                          timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise Wrong(f"psql: {done.stderr.strip()[-300:]}")
    return done.stdout


def fill(run, stack, count):
    """
    In batches, with the indexes made afterwards as a restore does, and fewer where the run's time
    is over. Returns the first moment, the milliseconds between two records, and how many there are.
    """
    now = int(time.time() * 1000)
    first = now - DAYS * 86_400_000
    step = max((now - first) // count, 1)
    sql(stack, "SELECT trail.make_month(now() - make_interval(months => ago)) "
               "FROM generate_series(0, 3) AS ago")
    sql(stack, DROPPED)
    made = 0
    while made < count and not (made and run.is_late()):
        begin, made = made, min(made + BATCH, count)
        sql(stack, "SET synchronous_commit = off; "
            + FILL.format(first=first, step=step, begin=begin, end=made - 1))
        if made % (4 * BATCH) == 0:
            run.say(f"audit: {made:,} records")
    sql(stack, INDEXES)
    sql(stack, "ANALYZE trail.records")
    return first, step, made


def questions(first, step, count):
    """{what it is: (filters, Accept)}"""
    middle = count // 2
    moment = first + middle * step
    deep = f"{moment:012x}"
    return {
        "the newest 100": ({}, "application/json"),
        "the newest 100, as a page": ({}, "text/html"),
        "1,000 records": ({"limit": 1000}, "application/json"),
        "one route": ({"route": "ping"}, "application/json"),
        "what was rejected": ({"verdict": "rejected"}, "application/json"),
        "one client of 65,536": ({"client": "10.0.0.0"}, "application/json"),
        "a page in the middle": ({"before": f"{deep[:8]}-{deep[8:]}-7000-8000-000000000000"},
                                 "application/json"),
        "one hour": ({"since": rfc3339(moment), "until": rfc3339(moment + 3_600_000)},
                     "application/json"),
        "a text, within a day": ({"q": "Bob7", "since": rfc3339(moment),
                                  "until": rfc3339(moment + 86_400_000)}, "application/json"),
    }


def rfc3339(milliseconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


def asker(stack):
    """A function that asks on one connection, as the user admin; milliseconds and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    given = base64.b64encode(f"admin:{stack.password}".encode()).decode()

    def ask(filters, accept):
        begun = time.perf_counter()
        connection.request("GET", "/audit?" + urllib.parse.urlencode(filters), headers={
            "Authorization": f"Basic {given}", "Accept": accept})
        answer = connection.getresponse()
        body = answer.read().decode()
        if answer.status != 200:
            raise Wrong(f"/audit: {answer.status} {body[:200]}")
        return (time.perf_counter() - begun) * 1000, body
    return ask


def is_right(body, accept):
    return len(json.loads(body)["records"]) > 0 if "json" in accept else "<table" in body


def audit(run):
    with_records = Bulkhead()
    try:
        begun = time.monotonic()
        first, step, count = fill(run, with_records, run.plan.records)
        took = time.monotonic() - begun
        work = figures.Work("audit", f"/audit of {count:,} records, one question after the other",
                            "ms", better="less",
                            note=f"the records were made in {took:.0f} s")
        ask = asker(with_records)

        def measure(filters, accept):
            times, bodies = zip(*(ask(filters, accept) for _ in range(ASKED)))
            if not is_right(bodies[-1], accept):
                raise Wrong(f"/audit?{filters}: {bodies[-1][:100]}")
            return sorted(times)[ASKED // 2], {"worst": max(times), "bytes": len(bodies[-1])}
        yield run.interleave(work, {
            name: lambda filters=filters, accept=accept: measure(filters, accept)
            for name, (filters, accept) in questions(first, step, count).items()})
    finally:
        with_records.close()
