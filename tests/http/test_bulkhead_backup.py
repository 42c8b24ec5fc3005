"""Copies of the trail: what a dump holds, and what is there once it is put back."""

import os
import pty
import shutil
import signal
import subprocess

import pytest

from audit_lab import DATABASE, Trail
from documented import BACKUP, is_native, of, run_native
from load import Load
from program import hear_interrupts, wait_until
from stack import LIMITS_OFF, REPOSITORY, Stack, copy_source
from test_bulkhead_trail import ROOT, ask, sql
from tls_lab import Server
from trail_stack import TrailStack

LATER = "CREATE TABLE trail.later (x int);"  # a file of the schema of a version to come


@pytest.fixture(scope="module")
def stack():
    with TrailStack(**LIMITS_OFF) as made:
        yield made


def backup(stack, path, **more):
    with path.open("wb") as file:
        done = subprocess.run([str(stack.source / "bulkhead"), "trail-backup"], stdout=file,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120,
                              check=False, env=stack.environment(**more))
    assert (done.returncode, done.stderr) == (0, b"")
    return path


def restore(stack, path, check=True, **more):
    done = stack.bulkhead("trail-restore", str(path), **more)
    assert not check or done.returncode == 0, done.stderr
    return done


def requests(stack, count):
    """Ids of so many, of programs and of nginx alone; all are in the database."""
    ids = {ask(stack, target)[1] for number in range(count)
           for target in (f"/?name=N{number}", f"/nowhere?{number}")}
    stack.wait_until_shipped()
    assert ids <= set(stack.stored())
    return ids


def contents(stack):
    """All that a restore could change, and all that was counted is what is there."""
    # at one moment, for the shipper may be at work
    rows, _, activity = sql(stack, """
        SELECT string_agg(r::text, E'\\n' ORDER BY id),
               (SELECT coalesce(sum(requests), 0) FROM trail.activity)
        FROM trail.records r""").stdout.strip().rpartition("|")
    assert int(activity) == len(rows.splitlines())
    return rows, sql(stack, "SELECT name FROM bulkhead.migrations ORDER BY name").stdout


def wait_for_the_same(stack, wanted):
    """Without another request, which would wake the shipper up."""
    wait_until(lambda: contents(stack) == wanted, "each record, once", patience=60)
    stack.wait_until_shipped()
    assert contents(stack) == wanted


# --- and back -------------------------------------------------------------------------------------

def test_what_came_after_the_backup_is_shipped_again(stack, tmp_path):
    requests(stack, 5)
    dump = backup(stack, tmp_path / "dump")
    requests(stack, 5)
    wanted = contents(stack)
    done = restore(stack, dump)
    assert "restored " in done.stdout
    wait_for_the_same(stack, wanted)
    assert stack.bulkhead("status").returncode == 0
    for _ in range(20):  # of each thread of each process
        assert ask(stack, "/audit")[0] == 200
    assert "trail is only added to" in sql(stack, "DELETE FROM trail.records", check=False).stderr


def test_a_cluster_that_is_gone(tmp_path):
    """All that was ever shipped; the dump and journals are left. By the page's commands, as is."""
    native = [each for each in BACKUP if is_native(each)]
    back_up, put_back, *afresh = (of(native, words) for words in (
        "trail-backup", "trail-restore", "down", "rm -r", "bulkhead up"))
    assert set(native) == {back_up, put_back, *afresh}
    with TrailStack(**LIMITS_OFF) as own:
        requests(own, 5)
        run_native(own, tmp_path, back_up)
        requests(own, 5)
        wanted = contents(own)
        for command in afresh:
            run_native(own, tmp_path, command)
        assert "restored " in run_native(own, tmp_path, put_back).stdout
        wait_for_the_same(own, wanted)


def test_what_the_journals_no_longer_have(tmp_path):
    """Is in the dump alone."""
    with TrailStack(**LIMITS_OFF) as own:
        ids = requests(own, 5)
        dump = backup(own, tmp_path / "dump")
        own.down()
        for path in (own.state / "journal").rglob("*.jsonl"):
            path.unlink()
        shutil.rmtree(own.state / "database")
        own.up()
        assert not ids & set(own.stored())
        restore(own, dump)
        assert ids <= set(own.stored())


def test_under_load(stack, tmp_path):
    """Restored again and again while requests come: none fails, each is recorded once."""
    with Load(stack, 4, rate=50) as load:
        dump = backup(stack, tmp_path / "dump")
        for _ in range(3):
            load.wait_for_more(50)
            restore(stack, dump)
        load.wait_for_more(50)
    assert load.failed == []
    wait_until(lambda: set(load.request_ids) <= set(stack.stored()), "each record", patience=60)
    stack.wait_until_shipped()
    contents(stack)
    assert set(load.request_ids) <= set(stack.stored())


OF_TRAIL = "namespace = 'trail'::regnamespace ORDER BY 1"
RIGHTS = (
    f"SELECT relname, relacl::text, relowner::regrole FROM pg_class WHERE rel{OF_TRAIL}",
    f"SELECT proname, proacl::text, proowner::regrole FROM pg_proc WHERE pro{OF_TRAIL}",
    "SELECT tgrelid::regclass::text, tgname, tgenabled, tgparentid <> 0 FROM pg_trigger "
    "ORDER BY 1, 2",
    "SELECT nspname, nspacl::text, nspowner::regrole FROM pg_namespace ORDER BY 1",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'trail' ORDER BY 1",
    "SELECT rolname, rolconfig FROM pg_roles ORDER BY 1")


def test_months_and_rights(stack, tmp_path):
    """Of partitions too: nobody may do afterwards what they may not before."""
    sql(stack, "SELECT trail.make_month('2020-05-15')")
    before = [sql(stack, question).stdout for question in RIGHTS]
    dump = backup(stack, tmp_path / "dump")
    restore(stack, dump)
    assert [sql(stack, question).stdout for question in RIGHTS] == before
    assert stack.bulkhead("trail-drop", "2020-05").returncode == 0


# --- what is refused, and changes nothing ---------------------------------------------------------

def refused(stack, path, words):
    before = contents(stack)
    done = restore(stack, path, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("bulkhead: trail-restore: "), done.stderr
    assert words in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert contents(stack) == before
    return done.stderr


@pytest.fixture(scope="module")
def dump(stack, tmp_path_factory):
    requests(stack, 5)
    made = backup(stack, tmp_path_factory.mktemp("dump") / "dump")
    requests(stack, 1)  # to be seen if it were gone
    return made


@pytest.mark.parametrize("share", [0, 0.02, 0.3, 0.6, 0.8, 0.9, 0.95, -100, -4, -1])
def test_a_dump_that_is_cut_short(stack, dump, tmp_path, share):
    """In the list of what is in it, in its records, or at the last byte."""
    data = dump.read_bytes()
    length = int(len(data) * share) if share >= 0 else len(data) + share
    (tmp_path / "cut").write_bytes(data[:length])
    assert "nothing has changed: " in refused(stack, tmp_path / "cut", "")


def test_a_dump_of_which_a_bit_has_turned(stack, dump, tmp_path):
    """In its last records: what is compressed has a sum."""
    data = bytearray(dump.read_bytes())
    data[-60] ^= 1
    (tmp_path / "turned").write_bytes(data)
    refused(stack, tmp_path / "turned", "nothing has changed: ")


def test_what_is_no_dump(stack, tmp_path):
    path = tmp_path / "file"
    for content in (b"", b"hello\n", b"-- PostgreSQL database dump\nDROP SCHEMA trail CASCADE;\n",
                    os.urandom(5000), b"PGDMP" + bytes(5000)):
        path.write_bytes(content)
        refused(stack, path, "it is no dump of a trail")
    refused(stack, tmp_path, "no such file")
    refused(stack, tmp_path / "nowhere", "no such file")


@pytest.mark.parametrize("statements", [
    "CREATE TABLE public.fruit (name text)", "CREATE SCHEMA bulkhead; CREATE TABLE bulkhead.x ()",
    "CREATE SCHEMA trail; CREATE TABLE trail.records ()",
    "CREATE SCHEMA trail; CREATE SCHEMA bulkhead; CREATE TABLE bulkhead.migrations (name text)",
])
def test_a_dump_of_something_else(stack, tmp_path, statements):
    other = Trail()
    try:
        other.sql("CREATE DATABASE other")
        other.sql(statements, "other")
        command = other.as_owner("pg_dump", "-Fc", "-h", other.sockets, "-U", "postgres", "other")
        (tmp_path / "dump").write_bytes(subprocess.run(command, capture_output=True, timeout=60,
                                                       check=True, cwd="/").stdout)
    finally:
        other.remove()
    refused(stack, tmp_path / "dump", "it is no dump of a trail")


def test_a_terminal(stack):
    """Neither way."""
    here, there = pty.openpty()
    try:
        for command, words in ((["trail-backup"], "for no terminal"),
                               (["trail-restore", "-"], "from no terminal")):
            done = subprocess.run([str(stack.source / "bulkhead"), *command], stdin=there,
                                  stdout=there, stderr=subprocess.PIPE, text=True, timeout=60,
                                  check=False, env=stack.environment())
            assert done.returncode == 1 and words in done.stderr
    finally:
        os.close(here)
        os.close(there)


def test_a_full_disk(stack):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(stack.source / "bulkhead"), "trail-backup"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                              env=stack.environment())
    assert done.returncode == 1 and "what was written is no backup" in done.stderr


def test_somebody_who_stands_in_the_way(stack, dump):
    """A session of the operator's that has looked at the trail and not ended: waited for."""
    words = ["psql", "-XAtq", "-h", stack.state / "database/socket", "-U", "postgres", "-d",
             "bulkhead"]
    change = ["setpriv", "--reuid=bulkhead-database", "--regid=bulkhead-database",
              "--clear-groups"] if ROOT else []
    with subprocess.Popen([*change, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True, cwd="/") as session:
        session.stdin.write("BEGIN; SELECT count(*) > 0 FROM trail.records;\n")
        session.stdin.flush()
        assert session.stdout.readline() == "t\n"
        waiting = subprocess.Popen([str(stack.source / "bulkhead"), "trail-restore", str(dump)],
                                   stdout=subprocess.PIPE, text=True, env=stack.environment())
        wait_until(lambda: "1" in sql(stack, "SELECT count(*) FROM pg_stat_activity WHERE "
                                      "wait_event_type = 'Lock'").stdout, "it waits")
        assert ask(stack, "/?name=Ada")[0] == 200
        session.stdin.write("COMMIT;\n")
        session.stdin.close()
        assert "restored " in waiting.communicate(timeout=60)[0] and waiting.returncode == 0


def test_interrupted(stack, dump):
    """While it waits for its turn: nothing has changed then."""
    stack.wait_until_shipped()
    before = contents(stack)
    with subprocess.Popen([str(stack.source / "bulkhead"), "trail-restore", "-"],
                          stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          preexec_fn=hear_interrupts, env=stack.environment(),
                          start_new_session=True) as process:
        data = dump.read_bytes()
        process.stdin.write(data[:-len(data) // 4])
        process.stdin.flush()
        os.killpg(process.pid, signal.SIGINT)
    assert process.returncode != 0
    stack.wait_until_shipped()
    assert contents(stack) == before


# --- versions, and other servers ------------------------------------------------------------------

def test_a_dump_of_an_earlier_version(tmp_path):
    """Its tables are brought up to date; a later one's is refused, in words."""
    own = TrailStack(**copy_source(tmp_path), **LIMITS_OFF)
    try:
        own.up()
        requests(own, 2)
        early = backup(own, tmp_path / "early")
        later = own.source / "cgi-src/trail/schema/900-later.sql"
        later.write_text(LATER)
        assert own.bulkhead("reload").returncode == 0
        late = backup(own, tmp_path / "late")
        restore(own, early)
        assert sql(own, "SELECT count(*) FROM trail.later").stdout == "0\n"
        assert "900-later.sql" in contents(own)[1]
        later.unlink()
        restore(own, early)
        assert sql(own, "SELECT 1 FROM trail.later", check=False).returncode != 0
        refused(own, late, "it is of a later version of Bulkhead, which has 900-later.sql")
    finally:
        own.close()


def test_a_server_of_ones_own(stack, tmp_path):
    """Over TLS, as the user in the URL; and a dump is good for the one and for the other."""
    server = Server()
    try:
        other = Stack(DATABASE_URL=server.url(), **LIMITS_OFF)
        done = restore(other, "/dev/null", check=False)
        assert done.returncode == 1 and "no such file" in done.stderr
        (tmp_path / "x").write_bytes(b"x")
        done = restore(other, tmp_path / "x", check=False)
        assert "there is no trail yet: bulkhead trail-setup makes one" in done.stderr
        assert other.bulkhead("trail-setup").returncode == 0
        ids = requests(stack, 3)
        restore(other, backup(stack, tmp_path / "dump"))
        count = server.sql("SELECT count(*) FROM trail.records", DATABASE)
        assert int(count) == len(stack.stored())
        wanted = contents(stack)
        restore(stack, backup(other, tmp_path / "back"))
        assert ids <= set(stack.stored())
        wait_for_the_same(stack, wanted)
        done = stack.bulkhead("trail-backup", DATABASE_URL=server.url(passfile="/nowhere"),
                              STATE_DIR="/nowhere")
        assert done.returncode == 1 and "no password supplied" in done.stderr
    finally:
        server.remove()


def test_without_a_trail(down):
    for command in (["trail-backup"], ["trail-restore", str(REPOSITORY / "LICENSE")]):
        done = down.bulkhead(*command)
        assert done.returncode == 1 and "this deployment keeps no trail" in done.stderr
        done = down.bulkhead(*command, DATABASE_URL="")
        assert done.returncode == 1 and "bulkhead: " in done.stderr, "and none that runs"
    assert down.bulkhead("trail-backup", "file").returncode == 2
    assert down.bulkhead("trail-restore").returncode == 2
