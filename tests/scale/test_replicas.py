"""
Several replicas, one trail: journals whose files have the same names, clocks that are wrong, and
connections that end when nobody knows whether a transaction is in.
"""

import os
import pathlib
import shutil
import tempfile
import time

import pytest

from audit_lab import DATABASE, Trail
from cutter import Cutter
from postgres import OPTIONS
from program import REPOSITORY, wait_until
from replicas import Replicas
from trail_lab import Journals, Shipper, line

DAY = 24 * 3600
# The right one, and some minutes, months and years before and after it.
CLOCKS = (0, -300, 300, -40 * DAY, 90 * DAY, -3000 * DAY)


class CutTrail(Trail):
    """It takes the proxy, which is the tests' own user, for the shipper."""

    def _make(self):
        super()._make()
        if os.geteuid() == 0:
            with (self.data / "pg_ident.conf").open("a") as file:
                file.write("tests root bulkhead_trail\n")


@pytest.fixture
def trail():
    made = CutTrail()
    yield made
    made.remove()


@pytest.fixture
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-cutter-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def url(folder):
    return f"postgresql:///{DATABASE}?host={folder}"


def test_each_record_once_wherever_it_is_cut(trail, folder):
    """Before COMMIT arrives, while it is carried out, before its answer arrives, in the rows."""
    with Cutter(folder, trail.sockets) as cutter, \
            Replicas(trail, len(CLOCKS), url(folder), CLOCKS) as replicas:
        def is_enough():
            replicas.write(50)
            time.sleep(0.2)
            return min(cutter.cuts.values()) >= 4
        wait_until(is_enough, "each kind of cut, often enough")
        cutter.is_cutting = False
        replicas.wait_until_shipped()
        replicas.check()
        sources = {(each.folder / "source").read_text() for each in replicas.journals}
        assert len(sources) == len(CLOCKS)
    # one row for each file, of each replica, though their names are the same
    files = len(replicas.written) // 50
    assert trail.ask("SELECT count(*), count(DISTINCT file) FROM trail.positions") == \
        f"{files}|{files // len(CLOCKS)}"


def test_a_request_that_two_replicas_have(trail):
    """By one id, which a balancer may have given it: it is one record, whoever is first."""
    both = [Journals("hello"), Journals("hello")]
    twice = [line(input=f"both={number}") for number in range(2000)]
    shippers = []
    try:
        for journals in both:
            shippers.append(Shipper(trail, journals))
        for number in range(0, len(twice), 100):
            for journals in both:
                journals.write(b"".join(twice[number:number + 100]))
        for shipper in shippers:
            shipper.wait_for(shipped=len(twice), skipped=0, behind=0)
    finally:
        for each in shippers:
            each.stop()
        for journals in both:
            journals.remove()
    assert trail.ask("SELECT count(*) FROM trail.records") == str(len(twice))
    assert trail.ask("SELECT sum(requests) FROM trail.activity") == str(len(twice))


def test_more_shippers_than_sessions(trail):
    """The limit of the role: who has none waits with its records, says why, and has its turn."""
    trail.ask("ALTER ROLE bulkhead_trail CONNECTION LIMIT 2")
    with Replicas(trail, 3, url(trail.sockets)) as replicas:
        wait_until(lambda: "too many connections for role" in replicas.log(), "a refusal")
        replicas.write(10)
        trail.ask("ALTER ROLE bulkhead_trail CONNECTION LIMIT 3")
        replicas.wait_until_shipped()
        replicas.check()


def test_how_many_sessions_there_may_be(trail, monkeypatch):
    """More for the shipper's role where the server has room, and nobody has said how many."""
    raise_limit = (REPOSITORY / "cgi-src/trail/schema/006-sessions.sql").read_text()
    for there_are, before, after in ((20, 8, 8), (100, 8, 32), (100, 5, 5)):
        if there_are != int(trail.ask("SHOW max_connections")):
            monkeypatch.setitem(OPTIONS, "max_connections", str(there_are))
            trail.restart()
        trail.ask(f"ALTER ROLE bulkhead_trail CONNECTION LIMIT {before}")
        trail.ask(raise_limit)
        assert trail.ask("SELECT rolconnlimit FROM pg_roles "
                         "WHERE rolname = 'bulkhead_trail'") == str(after)
