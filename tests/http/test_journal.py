"""Each request of a program that keeps a journal is a line there before its answer leaves."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import fcgi_client
from ping_lab import need
from program import BUILD, Program, clean_environment, cgi, is_sanitized, privileges, run

ANYBODY = 0o777
MIB = 1 << 20
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
FROZEN = "2026-01-01 00:00:00"  # without a sign in front, its clock stands still
FIELDS = ["id", "time", "route", "client", "method", "verdict", "status", "reason", "input",
          "microseconds", "request_id"]


@pytest.fixture
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-journal-"))
    made.chmod(ANYBODY)
    yield made
    subprocess.run(["umount", str(made)], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(made)


def files(folder):
    """In the order of time."""
    return sorted(folder.iterdir())


def records(folder):
    """Of all files; a line that is none is an error here."""
    return [json.loads(line) for path in files(folder) for line in path.read_text().splitlines()]


def journal(folder):
    return ["--journal", str(folder)]


@pytest.mark.parametrize("query, status, verdict, reason", [
    ("name=Ada", 200, "allowed", None), ("name=%00", 400, "rejected", "Invalid name"),
    ("name=<script>", 400, "rejected", "Invalid name")])
def test_a_record(folder, query, status, verdict, reason):
    with Program("hello", *journal(folder)) as program:
        assert program.ask(query, request_id="0123456789abcdef" * 2).status == status
    record, = records(folder)
    assert list(record) == FIELDS
    assert record.pop("microseconds") < 60_000_000
    assert record == {
        "id": "019abb82-f0fb-7012-b456-789abcdef012", "time": "2025-11-25T14:55:12.123Z",
        "route": "hello", "client": "192.0.2.7", "method": "GET", "verdict": verdict,
        "status": status, "reason": reason, "input": query,
        "request_id": "0123456789abcdef" * 2}


def test_every_answer_has_one(folder):
    """Of the pool's threads, and of what is refused before a handler sees it."""
    asked = {f"{number:032x}": query for number, query in enumerate(
        ["ip=127.0.0.1", "ip=", "ip=169.254.169.254", "ip=::1", "x=%zz"] * 20)}
    with Program("ping", *journal(folder)) as program, ThreadPoolExecutor(8) as pool:
        statuses = dict(zip(asked, pool.map(
            lambda item: program.ask(item[1], request_id=item[0]).status, asked.items()),
            strict=True))
    found = records(folder)
    assert {record["request_id"]: record["status"] for record in found} == statuses
    assert len(found) == len(asked)
    assert {record["input"] for record in found} == set(asked.values())


def test_the_record_is_there_before_the_answer(folder):
    """Whoever has the answer can read it: no matter what becomes of the program."""
    with Program("hello", *journal(folder)) as program:
        for number in range(50):
            program.ask(f"name=A{number}")
            assert records(folder)[-1]["input"] == f"name=A{number}"
        program.process.kill()
    assert len(records(folder)) == 50


def test_plain_cgi(folder):
    done = run("hello", *journal(folder), environment={
        "REQUEST_METHOD": "HEAD", "QUERY_STRING": "name=Ada", "REMOTE_ADDR": "::1"})
    assert done.reply.status == 200
    record, = records(folder)
    assert (record["method"], record["client"], record["status"]) == ("HEAD", "::1", 200)
    assert abs(time.time() - os.stat(files(folder)[0]).st_mtime) < 60


def test_without_a_journal():
    """Nothing is recorded, and nothing is asked for."""
    assert cgi("hello", "name=Ada").reply.status == 200


@pytest.mark.parametrize("value", ["", "now", ".", "1.1", "-1.000", "1764082512.12345", "9" * 99])
def test_a_time_that_is_none(folder, value):
    """Then it is the time of the program."""
    with Program("hello", *journal(folder)) as program:
        program.ask(came=value)
    assert records(folder)[0]["time"] >= "2025-11-26"


def test_a_folder_that_can_not_be(folder):
    done = run("hello", *journal(folder / "missing"), environment={"REQUEST_METHOD": "GET"})
    assert (done.code, done.output) == (1, b"")
    assert f"--journal {folder}/missing: No such file or directory" in done.errors


def test_the_files_are_the_programs(folder):
    """No one else writes or reads them but the group; their names are in the order of time."""
    for _ in range(3):
        done = run("hello", *journal(folder), environment={"REQUEST_METHOD": "GET"})
        assert done.code == 0
    made = files(folder)
    assert len(made) == 3
    assert {path.stat().st_mode & 0o777 for path in made} == {0o640}
    assert {path.owner() for path in made} == {"nobody" if privileges() else made[0].owner()}
    assert sorted(made, key=lambda path: path.stat().st_mtime_ns) == made


def test_a_full_disk(folder):
    """503, whole lines alone, and all is well once there is room."""
    need(os.geteuid() == 0, "root, to mount a small file system,")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "none", str(folder)],
                   check=True)
    with Program("hello", *journal(folder)) as program:
        filler = folder / "filler"
        filler.write_bytes(bytes(48 * 1024))
        statuses = [program.ask("name=Ada", request_id=f"{number:032x}").status
                    for number in range(200)]
        assert statuses.count(503) > 0 and statuses[0] == 200
        reply = program.ask("name=Ada", accept="application/json")
        assert (reply.status, reply.json()["error"]) == (503, "Trail unavailable")
        filler.unlink()
        assert program.ask("name=Ada", request_id="f" * 32).status == 200
        assert program.errors().count("requests that can't be recorded are answered 503") == 1
    lines = [line for path in files(folder) for line in path.read_text().splitlines()]
    good = [json.loads(line) for line in lines if line.endswith("}")]
    assert len(lines) - len(good) <= 1, "torn lines: one at the end of the room"
    recorded = [record["request_id"] for record in good]
    assert len(set(recorded)) == len(recorded)
    answered = {f"{number:032x}" for number, status in enumerate(statuses) if status == 200}
    assert set(recorded) == answered | {"f" * 32}


def test_a_long_journal_goes_on_in_another_file(folder):
    """None is much longer than 4 MiB, and nothing is lost in between."""
    with Program("hello", *journal(folder)) as program, program.connect() as connection:
        count = 0
        while len(files(folder)) < 2:
            for _ in range(500):
                connection.ask(fcgi_client.request_params("name=" + "A" * 250), keep=True)
                count += 1
            assert count < 20_000
    first, *_ = files(folder)
    assert 4 * MIB <= first.stat().st_size < 4 * MIB + 4096
    assert len(records(folder)) == count


@pytest.mark.skipif(is_sanitized("hello"), reason="a sanitizer's library must be the first")
def test_nobody_else_writes_to_a_file(folder):
    """In containers two programs can have one process id, and start in the same moment."""
    need(os.geteuid() == 0 and FAKETIME.exists(), "root, and the package faketime")
    for number in range(3):
        subprocess.run(
            ["unshare", "--pid", "--fork", "--mount-proc", BUILD / "cgi-src/hello", *privileges(),
             *journal(folder)], check=True, stdout=subprocess.DEVNULL, timeout=30,
            env=clean_environment({"REQUEST_METHOD": "GET", "QUERY_STRING": f"name={number}",
                                   "LD_PRELOAD": str(FAKETIME), "FAKETIME": FROZEN}))
    assert len(records(folder)) == 3
    first, *others = [file.name for file in files(folder)]
    assert first.endswith("-1-0.jsonl")
    assert others == [first.replace("-0.", f"-{number}.") for number in (1, 2)]


def test_sync_is_obeyed(folder):
    """fdatasync is on its list, and the answer is the same."""
    with Program("hello", *journal(folder), environment={"TRAIL_SYNC": "1"}) as program:
        assert program.ask("name=Ada").status == 200
    assert len(records(folder)) == 1
