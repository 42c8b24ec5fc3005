"""What the shipper makes of journals: each record once, whatever is in them and whoever dies."""

import fcntl
import json
import os
import random
import signal
import time

import pytest

from audit_lab import DATABASE, Trail
from program import wait_until
from stack import REPOSITORY
from trail_lab import Journals, Shipper, line, record


@pytest.fixture(scope="module")
def trail():
    made = Trail()
    yield made
    made.remove()


@pytest.fixture
def journals():
    made = Journals("hello", "ping", "edge")
    yield made
    made.remove()


def inputs(trail, prefix):
    """The stored inputs that begin with it, each test's own, in the order of the ids."""
    return trail.ask(f"SELECT input FROM trail.records WHERE input LIKE '{prefix}%' "
                     "ORDER BY id").split("\n")


def test_a_record_is_stored_as_it_is(trail, journals):
    text = 'as=it "is" \\ {} $1 %s \t'.strip() + " 😀 é"
    wanted = record(1, milliseconds=1_795_600_000_123, input=text, status=400, verdict="rejected",
                    reason="Invalid name", client="2001:db8::1", method="HEAD")
    journals.write(json.dumps(wanted, ensure_ascii=False).encode() + b"\n")
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(shipped=1, skipped=0, behind=0, connected=1, waiting=0)
    stored = json.loads(trail.ask("SELECT row_to_json(r) FROM trail.records r "
                                  f"WHERE id = '{wanted['id']}'"))
    stored["request_id"] = stored["request_id"].replace("-", "")
    assert stored.pop("time") == "2026-11-25T09:46:40.123+00:00"
    assert stored == {key: value for key, value in wanted.items() if key != "time"}


def test_follows_what_is_written_later(trail, journals):
    path = journals.write(line(input="later=0"))
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(shipped=1)
        with path.open("ab") as file:
            file.write(line(input="later=1"))
        journals.write(line(route="ping", input="later=2"), "ping")
        shipper.wait_for(shipped=3, behind=0)
    assert len(inputs(trail, "later=")) == 3


def test_a_steady_load_is_no_lag(trail, journals):
    """Something always waits then, and nothing of it for long: the oldest is what counts."""
    with Shipper(trail, journals, TRAIL_BURST_MS="0") as shipper:
        path = journals.write(line(input="steady"))
        shipper.wait_for(shipped=1)
        written, oldest, until = 1, 0, time.monotonic() + 6
        while time.monotonic() < until:
            with path.open("ab") as file:
                file.write(b"".join(line(input="steady") for _ in range(20)))
            written += 20
            since = shipper.progress()["waiting"]
            oldest = max(oldest, time.time() - since if since else 0)
            time.sleep(0.002)
        shipper.wait_for(shipped=written, behind=0, waiting=0)
    assert 0 < oldest < 4  # whole seconds, and a machine that is busy


def write_burst(path, seconds):
    """Some 5,000 records a second. Returns how many there were."""
    pieces = [b"".join(line(input="burst") for _ in range(100))
              for _ in range(round(seconds * 50))]
    begun = time.monotonic()
    for number, piece in enumerate(pieces):
        with path.open("ab") as file:
            file.write(piece)
        time.sleep(max(0, begun + number * 0.02 - time.monotonic()))
    return 100 * len(pieces)


def test_a_burst_is_shipped_after_it(trail, journals):
    with Shipper(trail, journals, TRAIL_BURST_MS="30000") as shipper:
        path = journals.write(line(input="burst"))
        shipper.wait_for(shipped=1)
        written, held = 1, False
        for _ in range(3):  # where a busy machine keeps the writer waiting, the burst is over
            begun = written
            written += write_burst(path, 1.5)
            held = held or shipper.progress()["shipped"] == begun
            shipper.wait_for(shipped=written, behind=0, waiting=0)
        assert held


def test_a_burst_that_lasts_is_shipped_meanwhile(trail, journals):
    with Shipper(trail, journals, TRAIL_BURST_MS="500") as shipper:
        path = journals.write(line(input="burst"))
        shipper.wait_for(shipped=1)
        written = write_burst(path, 3)
        assert shipper.progress()["shipped"] > written / 3
        shipper.wait_for(shipped=1 + written, behind=0, waiting=0)


GOOD = line()
WRONG = [
    (b"", "an empty line"), (b"{", "half an object"), (b"[]", "no object"), (b"{}", "empty"),
    (GOOD[:-2], "torn"), (GOOD[:-1] + b" {}", "two objects"), (b"\0" * 30, "zeros"),
    (b"}" * 3000, "too long"), (b'{"a":' * 100 + b"1" + b"}" * 100, "too deep"),
    (line(route="ping"), "another program's"), (line(route="../x"), "no route's name"),
    (line(id="01a21457-6aa9-7a20-9cbb-2134b0b8ba10"), "an id of another request"),
    (line(time="2026-11-25T09:46:40.123Z"), "a time that is not the id's"),
    (line(id=7), "a number for an id"), (line(request_id="0" * 31), "a short request id"),
    (line(verdict="rejected"), "a verdict that is not the status's"),
    (line(status=1000), "no status"), (line(status="200"), "a status that is no number"),
    (line(status=-1), "a negative status"), (line(microseconds=10**13), "longer than a week"),
    (line(microseconds=1.5), "half a microsecond"),
    (line(input="a\u0000b"), "a NUL"), (line(input="a\tb"), "a control character"),
    (line(input="a\u0085b"), "a control character of two bytes"), (line(input=7), "no text"),
    (line().replace(b"Bob", b"\xff"), "no UTF-8"), (line(method="\x1b[31m"), "a method that obeys"),
]


def test_what_is_no_record_is_skipped(trail, journals):
    """And what stands around it is not; it is said once a file, without what is in it."""
    names = {journals.write(line(input=f"around={number}") + bad.rstrip(b"\n") + b"\n" +
                            line(input=f"around={number}")): why
             for number, (bad, why) in enumerate(WRONG)}
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(shipped=2 * len(WRONG), skipped=len(WRONG), behind=0)
        log = shipper.log()
    stored = inputs(trail, "around=")
    for number, (_, why) in enumerate(WRONG):
        assert stored.count(f"around={number}") == 2, why
    for path, why in names.items():
        assert log.count(path.name) == 1, why
    assert "\x1b" not in log and "\0" not in log


def test_a_client_that_has_no_address(trail, journals):
    journals.write(b"".join(line(input="noaddress", client=client)
                            for client in (None, "unix:", "fe80::1%eth0", "1.2.3", "x'--")))
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(shipped=5, skipped=0)
    assert trail.ask("SELECT count(*) FROM trail.records WHERE input = 'noaddress' "
                     "AND client IS NULL") == "5"


def test_a_line_without_its_end_is_waited_for(trail, journals):
    """While its writer is there; once it is gone nobody will end it."""
    path = journals.write(line(input="end=0") + line(input="end=1")[:40])
    with path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_SH)
        with Shipper(trail, journals) as shipper:
            shipper.wait_for(shipped=1, skipped=0, behind=40)
            writer.close()
            journals.write(line(input="end=2"))
            shipper.wait_for(shipped=2, skipped=1, behind=0)
            assert shipper.log().count("torn") == 1
        with Shipper(trail, journals) as shipper:  # it is behind that, too
            shipper.wait_for(connected=1, behind=0)
            assert "torn" not in shipper.log()


def test_files_that_are_no_journals(trail, journals):
    hello = journals.folder / "hello"
    (hello / "notes.txt").write_bytes(line(input="notours=1"))
    (hello / ".hidden.jsonl").write_bytes(line(input="notours=2"))
    (hello / "a b.jsonl").write_bytes(line(input="notours=3"))
    (hello / ("x" * 80 + ".jsonl")).write_bytes(line(input="notours=4"))
    (hello / "000000000001-1-9.jsonl").symlink_to(hello / "notes.txt")
    os.mkfifo(hello / "000000000002-1-9.jsonl")
    (hello / "000000000003-1-9.jsonl").mkdir()
    journals.write(line(input="ours"))
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(shipped=1, skipped=0, behind=0)
    assert inputs(trail, "notours") == [""]


def test_each_record_once_whoever_dies(trail, journals):
    """The shipper by SIGKILL in the middle of a transaction, as a rule; the server by SIGKILL."""
    chance = random.Random(1)
    total = 0
    for number in range(25):
        count = 4000
        journals.write(b"".join(line(input=f"once={number}.{i}") for i in range(count)))
        total += count
        with Shipper(trail, journals):
            time.sleep(chance.uniform(0, 0.12))
            if number % 10 == 4:
                trail.restart(signal.SIGKILL)
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1, behind=0)
    stored = inputs(trail, "once=")
    assert len(stored) == total and len(set(stored)) == total


def test_what_is_there_is_shipped_before_it_ends(trail, journals):
    """A journal may go with its machine: SIGTERM, beside all that is still to be done."""
    count = 9000  # of several batches
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1, behind=0)
        shipper.process.send_signal(signal.SIGSTOP)
        journals.write(b"".join(line(input=f"rest={number}") for number in range(count)))
        shipper.process.send_signal(signal.SIGTERM)
        shipper.process.send_signal(signal.SIGCONT)
        assert shipper.process.wait(60) == 0
        assert "all is shipped" in shipper.log()
    assert len(set(inputs(trail, "rest="))) == count


def test_it_ends_without_a_database(trail, journals):
    """At once, and says what is left, which its successor ships."""
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1, behind=0)
        trail.stop()
        journals.write(line(input="left=1"))
        wait_until(lambda: shipper.progress()["waiting"], "it notices")
        shipper.process.send_signal(signal.SIGTERM)
        assert shipper.process.wait(30) == 0
        assert "are not shipped" in shipper.log()
    trail.start()
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(shipped=1, behind=0)
    assert inputs(trail, "left=") == ["left=1"]


def test_what_the_database_refuses_holds_up_nothing(trail, journals):
    """A rule of the operator's, say: the one record is skipped, and said; all others arrive."""
    trail.ask("ALTER TABLE trail.records ADD CONSTRAINT odd CHECK (input <> 'refused=x') NOT VALID")
    try:
        journals.write(b"".join(line(input="refused=x" if number == 777 else f"refused={number}")
                                for number in range(1000)))
        with Shipper(trail, journals) as shipper:
            shipper.wait_for(shipped=999, skipped=1, behind=0)
            assert shipper.log().count("refuses a record") == 1
        assert len(inputs(trail, "refused=")) == 999
    finally:
        trail.ask("ALTER TABLE trail.records DROP CONSTRAINT odd")


def test_a_request_of_two_tries_is_one_record(trail, journals):
    twice = line(input="tries=2")
    journals.write(twice)
    journals.write(twice)
    journals.write(twice)
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1, behind=0)
    assert inputs(trail, "tries=") == ["tries=2"]


def test_what_comes_with_a_known_record_is_stored_as_it_is(trail, journals):
    """Where one of a batch is there already, the others take another way than COPY."""
    known = line(input="way=known")
    texts = ["way=\\", "way=\\N", "way=\\\\n", "way=a\\tb", "way='", 'way="', "way=$1",
             "way={}", "way=é😀"]
    others = [line(number + 1, input=text, method=None, client=None)
              for number, text in enumerate(texts)]
    with Shipper(trail, journals) as shipper:
        journals.write(known)
        shipper.wait_for(shipped=1)
        journals.write(b"".join([*others, line(20, input=None, reason="way", method=""), known]))
        shipper.wait_for(shipped=12, skipped=0, behind=0)
        assert "error" not in shipper.log()
    assert sorted(inputs(trail, "way=")) == sorted(["way=known", *texts])
    assert trail.ask("SELECT count(*) FROM trail.records WHERE input LIKE 'way=%' "
                     "AND method IS NULL AND client IS NULL") == str(len(texts))
    assert trail.ask("SELECT input IS NULL, method FROM trail.records WHERE reason = 'way'") == "t|"


def test_a_database_that_is_away(trail, journals):
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1)
        trail.stop()
        journals.write(line(input="away=1"))
        wait_until(lambda: shipper.progress()["connected"] == 0 and shipper.progress()["behind"],
                   "it notices")
        assert shipper.progress()["waiting"] > 0
        trail.start()
        shipper.wait_for(connected=1, behind=0, waiting=0)
        assert shipper.log().count("wait in the journals") == 1
        assert shipper.log().count("connected again") == 1
    assert inputs(trail, "away=") == ["away=1"]


def test_a_session_that_the_server_ends(trail, journals):
    """Is seen, and another one begun, though there is nothing to ship."""
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1, behind=0)
        trail.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                  "WHERE usename = 'bulkhead_trail'")
        wait_until(lambda: "connected again" in shipper.log(), "another session")
        shipper.wait_for(connected=1)


def test_shipped_files_are_removed_beyond_what_is_kept(trail, journals):
    """The oldest first, and none that somebody still writes to."""
    paths = [journals.write(b"".join(line(input=f"keep={n}") for _ in range(200)))
             for n in range(6)]
    size = paths[0].stat().st_size
    with paths[1].open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_SH)
        # three folders share what is kept
        with Shipper(trail, journals, TRAIL_KEEP=str(3 * 3 * size)) as shipper:
            shipper.wait_for(shipped=6 * 200, behind=0)
            wait_until(lambda: sum(path.exists() for path in paths) == 3, "the rest is removed",
                       patience=100)
            kept = [False, True, False, False, True, True]
            assert [path.exists() for path in paths] == kept
            source = (journals.folder / "source").read_text().strip()
            query = f"SELECT file FROM trail.positions WHERE source = '{source}'"
            # the file goes first: a shipper that ends in between says so when it is back
            wait_until(lambda: [path.name in trail.ask(query) for path in paths] == kept,
                       "the database has forgotten them too")


def test_it_says_how_it_is(trail, journals):
    """--probe, as a container asks it: of the counters that it really keeps."""
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1)
        assert shipper.probe() == (0, "")
        trail.stop()
        journals.write(line(input="probed=1"))
        away = (1, "trail: probe: it is not connected to the database\n")
        wait_until(lambda: shipper.probe() == away, "it notices")
        trail.start()
        wait_until(lambda: shipper.probe() == (0, ""), "it is connected again")
        shipper.kill()
        assert shipper.probe() == (
            1, "trail: probe: the process that the counters name has ended\n")


def test_it_says_that_it_has_ended(trail, journals):
    with Shipper(trail, journals) as shipper:
        shipper.wait_for(connected=1)
        shipper.process.terminate()
        assert shipper.process.wait(60) == 0
        assert "no counters of a program that is ready" in shipper.probe()[1]


@pytest.mark.parametrize("settings, complaint", [
    ({"DATABASE_URL": "off"}, "DATABASE_URL"), ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    ({"TRAIL_KEEP": "1GB"}, "TRAIL_KEEP=1GB: allowed is"), ({"TRAIL_KEEP": "-1"}, "TRAIL_KEEP"),
    ({"TRAIL_KEEP": "1025TiB"}, "TRAIL_KEEP"),
    ({"TRAIL_BURST_MS": "30001"}, "TRAIL_BURST_MS=30001: allowed is an integer from 0 to 30000"),
    ({"JOURNALS": "journal"}, "JOURNALS=journal"),
    ({"JOURNALS": "/nonexistent"}, "/nonexistent: No such file or directory"),
])
def test_settings_that_are_wrong(trail, journals, settings, complaint):
    with pytest.raises(AssertionError, match="trail: error: .*" + complaint.replace("/", ".")):
        Shipper(trail, journals, **settings).stop()


def test_a_right_that_it_needs_no_more(trail):
    """Of a trail that an earlier version has made."""
    held = ("SELECT has_database_privilege('bulkhead_trail', current_database(), 'TEMPORARY')")
    trail.ask(f"GRANT TEMPORARY ON DATABASE {DATABASE} TO bulkhead_trail")
    assert trail.ask(held) == "t"
    trail.ask((REPOSITORY / "cgi-src/trail/schema/006-sessions.sql").read_text())
    assert trail.ask(held) == "f"
