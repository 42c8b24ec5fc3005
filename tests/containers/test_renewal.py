"""The password of /audit is replaced under load, by the commands of docs/operations.md."""

import stat

import pytest

from audit_lab import basic
from documented import RENEWAL, is_native, of
from load import BOB, Load, Question

FIRST_START = of([each for each in RENEWAL if each.endswith("first-start")], "docker/")
NEW_PASSWORD = of(RENEWAL, "--new-password")
RESTARTS = [of([each for each in RENEWAL if each.endswith(end)], "restart")
            for end in ("audit", "audit-2")]


def test_nothing_of_the_page_is_left_out():
    """What is not here is in test_overrides.py."""
    others = {of(RENEWAL, "reload edge"), of(RENEWAL, "restart trail")}
    assert {each for each in RENEWAL if not is_native(each)} == \
        {FIRST_START, NEW_PASSWORD, *RESTARTS, *others}


def run(stack, command):
    return stack.run("sh", "-c", command, COMPOSE_PROJECT_NAME=stack.project)


def status(stack, password):
    return stack.get("/audit?limit=1", {"Authorization": basic(password=password)}).status


def audit(password):
    """Let in; or not any more."""
    return Question("/audit?limit=1", lambda _: True, 200,
                    {"Authorization": basic(password=password), "Accept": "application/json"})


def test_a_new_password(stack):
    """
    One process after the other: no request fails, but with the old one, which is a 401 then. It is
    asked with seldom: who guesses often is told to wait.
    """
    old = stack.password
    said = run(stack, NEW_PASSWORD)
    new = stack.password
    assert new != old and len(new) == 24
    assert new not in said.stdout + said.stderr and old not in said.stdout + said.stderr
    assert status(stack, old) == 200, "a container sees what it was started with"

    counts = [old]

    def question(client, count):
        return audit(counts[-1]) if count % 40 == 10 * client else BOB
    with Load(stack, 4, question, rate=30) as load:
        for command in RESTARTS:
            run(stack, command)
            load.wait_for_more(40)
        counts.append(new)
        stack.wait_until_healthy("audit", "audit-2")
        load.wait_for_more(200)
        for _ in range(3):  # of each process
            assert [status(stack, each) for each in (old, new)] == [401, 200]
    assert [each for each in load.failed if not each.startswith("/audit?limit=1: 401 ")] == []
    assert load.repeated == []
    stack.wait_until_shipped()
    assert set(load.request_ids) <= set(stack.stored())


def test_first_start_again_changes_nothing(stack):
    """It is what `make start` calls each time."""
    file = stack.folder / "secrets/password"
    before = file.stat()
    said = run(stack, FIRST_START)
    assert (said.stdout, said.stderr) == ("", "")
    assert file.stat() == before
    assert (before.st_uid, stat.S_IMODE(before.st_mode)) == (10004, 0o600)


# harden: ignore S1 because it is the tests' own
@pytest.mark.parametrize("settings", [{"PASSWORD": "x9-keeps-out-the-sea"},
                                      {"PASSWORD_FILE": "/nowhere"}], ids=" ".join)
def test_what_first_start_refuses(stack, settings):
    before = (stack.folder / "secrets/password").stat()
    done = stack.run("docker/first-start", check=False, **settings)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("first-start: PASSWORD")
    assert "x9-keeps" not in done.stdout + done.stderr
    assert (stack.folder / "secrets/password").stat() == before
