"""The trail of containers, copied and put back, by the commands of docs/operations.md."""

import pytest

from documented import BACKUP, is_native, of
from engine import docker
from program import wait_until

DUMP = of(BACKUP, "docker", "trail-backup")
RESTORE = of(BACKUP, "docker", "trail-restore")
AFRESH = [of(BACKUP, "docker", words) for words in ("rm -sf db", "volume rm", "up -d")]


def test_nothing_of_the_page_is_left_out():
    assert {each for each in BACKUP if not is_native(each)} == {DUMP, RESTORE, *AFRESH}


def run(stack, command, **options):
    """As the page has it, but for the project's name."""
    line = command.replace("bulkhead_database", f"{stack.project}_database")
    return stack.run("sh", "-c", line, COMPOSE_PROJECT_NAME=stack.project, **options)


def contents(stack):
    """All records but those of what the engine asks every few seconds: whether nginx serves."""
    rows = stack.sql("BEGIN ISOLATION LEVEL REPEATABLE READ; "
                     "SELECT r FROM trail.records r WHERE method <> 'HEAD' ORDER BY id; "
                     "SELECT (SELECT count(*) FROM trail.records) = "
                     "(SELECT coalesce(sum(requests), 0) FROM trail.activity); COMMIT")
    assert rows.pop() == "t", "what is counted is what is there"
    return rows


def request(stack, count=10):
    """Of a program, and what nginx answers by itself; then all is in the database."""
    for number in range(count):
        assert stack.get(f"/?name=N{number}").status == 200
        assert stack.get(f"/nowhere?{number}").status == 404
    stack.wait_until_shipped()


def wait_for_the_same(stack, wanted):
    """Nobody asks anything meanwhile, which would wake the shipper up."""
    wait_until(lambda: contents(stack) == wanted, "each record, once", patience=60)
    stack.wait_until_shipped()
    assert contents(stack) == wanted


@pytest.fixture(scope="module")
def dump(stack):
    """Made before more is recorded."""
    request(stack)
    run(stack, DUMP)
    request(stack)
    return stack.folder / "trail.dump"


def test_what_came_after_the_backup_is_shipped_again(stack, dump):
    wanted = contents(stack)
    assert "restored " in run(stack, RESTORE).stdout
    wait_for_the_same(stack, wanted)


def test_a_dump_that_is_none(stack, dump):
    """Nothing has changed then, and the exit code comes through."""
    wanted = contents(stack)
    whole = dump.read_bytes()
    try:
        for content, words in ((b"hello", "it is no dump of a trail"), (whole[:-4], "end of file"),
                               (b"", "it is no dump of a trail")):
            dump.write_bytes(content)
            done = run(stack, RESTORE, check=False)
            assert done.returncode == 1 and words in done.stderr
            assert contents(stack) == wanted
    finally:
        dump.write_bytes(whole)


def test_a_cluster_that_is_gone(stack, dump):
    """Its volume and all; what is asked meanwhile is answered, and recorded."""
    before = contents(stack)
    for command in AFRESH[:2]:
        run(stack, command)
    answers = [stack.get("/?name=Meanwhile") for _ in range(10)]
    assert [each.status for each in answers] == [200] * 10
    run(stack, AFRESH[2])
    stack.wait_until_healthy()
    run(stack, RESTORE)
    stack.wait_until_shipped()
    wait_until(lambda: set(before) <= set(contents(stack)), "each record", patience=60)
    assert len(contents(stack)) == len(before) + 10
    assert {each.header("x-request-id") for each in answers} <= set(stack.stored())


def test_what_is_left_in_the_container(stack, dump):
    """Nothing: a dump passes through it."""
    found = docker("exec", stack.id("db"), "find", "/var/lib/bulkhead", "/tmp", "-newer",
                   "/etc/passwd", "-name", "*dump*", check=False).stdout
    assert found == ""
