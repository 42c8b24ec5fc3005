"""
/audit when its database is slow, locked, stopped, away or not what it should be: a 503 in time that
says what to do, and an answer again as soon as there is one.
"""

import contextlib
import os
import signal
import threading
import time

import pytest

from audit_lab import DATABASE, Audit, Trail, basic
from program import run, wait_until

# What a request may take at most, with room for a busy machine: connecting and two questions.
MOST = 7 + 8
WORKERS = 4


@pytest.fixture(scope="module")
def trail():
    made = Trail()
    made.add([{"input": f"n={n}", "milliseconds": 1_790_000_000_000 + n} for n in range(10)])
    yield made
    made.remove()


@pytest.fixture
def audit(trail):
    with Audit(trail) as running:
        yield running


def is_unavailable(answer, *words):
    assert answer.status == 503, answer.text
    assert answer.json()["error"] == "Trail unavailable"
    assert all(word in answer.json()["detail"] for word in words), answer.json()["detail"]
    return True


def connections(trail, audit):
    """How many the program has by now, after one more request."""
    assert audit.get().status == 200
    return int(trail.ask("SELECT count(*) FROM pg_stat_activity "
                         "WHERE usename = 'bulkhead_audit'"))


def test_off(trail):
    """The password comes first, then the filters, then the trail."""
    with Audit(trail, DATABASE_URL="off") as audit:
        assert is_unavailable(audit.get(), "DATABASE_URL=off")
        assert audit.get("limit=0").status == 400
        assert audit.get(authorization="").status == 401


def test_a_locked_table(trail, audit):
    """Somebody who holds it for good: 503 when the statement's time is over, then as ever."""
    assert audit.get().status == 200
    session = trail.session("BEGIN; LOCK TABLE trail.records IN ACCESS EXCLUSIVE MODE", DATABASE)
    try:
        began = time.monotonic()
        assert is_unavailable(audit.get(), "2 seconds", "since")
        assert 1.5 < time.monotonic() - began < MOST
    finally:
        session.kill()
        session.communicate()
    wait_until(lambda: audit.get().status == 200, "an answer again")
    assert "away" not in audit.errors()


def test_a_locked_picture(trail, audit):
    """The records are worth showing without it."""
    session = trail.session("BEGIN; LOCK TABLE trail.activity IN ACCESS EXCLUSIVE MODE", DATABASE)
    try:
        assert audit.get().status == 200, "JSON has no picture"
        answer = audit.get(accept="text/html")
        assert answer.status == 200
        assert "took too long" in answer.text and "n=9" in answer.text
    finally:
        session.kill()
        session.communicate()


def test_a_slow_question():
    """One that the server needs over 2 s for: q is looked for where it is not."""
    other = Trail()
    try:
        other.ask("CREATE FUNCTION trail.slow(text) RETURNS text LANGUAGE plpgsql AS "
                  "$$BEGIN PERFORM pg_sleep(0.5); RETURN $1; END$$")
        other.ask("ALTER ROLE bulkhead_audit RESET statement_timeout")  # the program has its own
        other.add([{"milliseconds": 1_790_000_000_000 + n} for n in range(20)])
        other.ask("ALTER TABLE trail.records RENAME TO real")
        other.ask("CREATE VIEW trail.records AS SELECT id, time, route, client, method, verdict, "
                  "status, reason, trail.slow(input) AS input, microseconds, request_id "
                  "FROM trail.real; GRANT SELECT ON trail.records TO bulkhead_audit; "
                  "GRANT EXECUTE ON FUNCTION trail.slow TO bulkhead_audit")
        with Audit(other) as audit:
            began = time.monotonic()
            assert is_unavailable(audit.get("q=nowhere"), "narrow since and until")
            assert time.monotonic() - began < MOST
            assert audit.get("q=nowhere&until=2000-01-01T00:00:00Z").status == 200
    finally:
        other.remove()


def test_down_and_back(trail, audit):
    """By itself, at the next request; one line when it went and one when it came back."""
    assert audit.get().status == 200
    trail.stop()
    try:
        for _ in range(5):
            began = time.monotonic()
            assert is_unavailable(audit.get(), "can't be reached")
            assert time.monotonic() - began < MOST
    finally:
        trail.start()
    wait_until(lambda: audit.get().status == 200, "an answer again")
    assert audit.errors().count("database: away") == 1
    assert audit.errors().count("database: back") == 1


def test_killed_between_two_requests(trail, audit):
    """A lost connection is noticed when it is used, and made again for the same request."""
    for _ in range(3):
        wait_until(lambda: connections(trail, audit) == WORKERS, "a connection of each thread's")
        trail.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                  "WHERE usename = 'bulkhead_audit'")
        assert audit.get().status == 200


def test_a_stopped_server(trail, audit):
    """It takes connections and says nothing: nobody waits for it for long."""
    wait_until(lambda: connections(trail, audit) == WORKERS, "a connection of each thread's")
    members = trail.processes()
    signal_all(members, signal.SIGSTOP)
    try:
        for _ in range(WORKERS + 1):
            began = time.monotonic()
            assert is_unavailable(audit.get(), "can't be reached")
            assert time.monotonic() - began < MOST
    finally:
        signal_all(members, signal.SIGCONT)
    wait_until(lambda: audit.get().status == 200, "an answer again")


def signal_all(pids, number):
    """Of sessions, some may have come to their end."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def test_no_such_table(trail):
    """A database without a schema: the log says what it lacks, the answer does not."""
    with Audit(trail, DATABASE_URL=f"postgresql:///postgres?host={folder_of(trail)}") as audit:
        assert is_unavailable(audit.get(), "refuses", "operator")
        assert 'relation "trail.records" does not exist' in audit.errors()


def folder_of(trail):
    return "/database" if os.geteuid() == 0 else trail.sockets


def test_many_at_once(audit):
    """More than there are threads; each has its answer, or a 503 from a full pool."""
    statuses = []

    def ask(number):
        if number % 4 == 3:
            # harden: ignore S1 because it is a wrong one
            statuses.append(audit.get(authorization=basic(password="wrong")).status)
        else:
            statuses.append(audit.get(accept="text/html").status)
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 12 and set(statuses) <= {200, 401, 503} and 200 in statuses
    assert audit.alive() and audit.get().status == 200


def test_the_environment_has_no_say(trail):
    """libpq would listen to it."""
    with Audit(trail, PGHOST="db.example", PGUSER="postgres", PGSERVICE="none",
               PGOPTIONS="-c search_path=x", PGSSLMODE="require") as audit:
        assert audit.get().status == 200


def test_plain_cgi(trail):
    """One request, and the end."""
    root = ["--root", str(trail.root)] if os.geteuid() == 0 else []
    done = run("audit", *root, environment={
        "DATABASE_URL": f"postgresql:///{DATABASE}?host={folder_of(trail)}",
        # harden: ignore S1 because it is the tests' own
        "PASSWORD": "x9-keeps-out-the-sea", "REQUEST_METHOD": "GET", "QUERY_STRING": "limit=3",
        "HTTP_AUTHORIZATION": basic()})
    assert done.code == 0, done.errors
    assert len(done.reply.json()["records"]) == 3
