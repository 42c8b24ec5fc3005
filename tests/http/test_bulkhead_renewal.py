"""Passwords and certificates are replaced while requests come: none fails, no old one counts."""

import os
import pathlib
import stat

import pytest

from audit_lab import basic
from documented import RENEWAL, is_native, run_native
from load import BOB, Load, Question
from stack import LIMITS_OFF, PASSWORD, Stack
from test_bulkhead_trail import ask
from test_edge_tls import served_number
from tls_lab import PASSWORDS, Server
from tls_stack import TlsStack
from trail_stack import TrailStack

OLD, NEW = "the-old-one-for-a-door", "another-one-for-that-door"


def audit(password, status=200):
    return Question("/audit?limit=1", lambda _: True, status,
                    {"Authorization": basic(password=password), "Accept": "application/json"})


def write(path, password):
    """As an editor does: another file, of the same name."""
    new = path.with_suffix(".new")
    new.write_text(password + "\n")
    new.chmod(0o600)
    new.rename(path)
    return path


def pids_of(stack, *routes):
    return [stack.pids(route) for route in routes]


@pytest.fixture
def stack(tmp_path):
    tmp_path.chmod(0o755)
    settings = {"PASSWORD": "", "PASSWORD_FILE": str(write(tmp_path / "password", OLD))}
    with TrailStack(**settings, **LIMITS_OFF) as running:
        yield running


def test_a_password(stack):
    """Whoever has the old one is let in until the reload, and refused from its end on."""
    file, others = pathlib.Path(stack.settings["PASSWORD_FILE"]), pids_of(stack, "hello", "ping")
    with Load(stack, 4, lambda client, count: audit(OLD) if count % 20 == client else BOB,
              rate=50) as load:
        write(file, NEW)
        load.wait_for_more(50)  # nothing has happened yet
    assert load.failed == []
    with Load(stack, 4, rate=50) as load:
        assert stack.bulkhead("reload").returncode == 0
        for _ in range(4):  # of each process
            assert ask(stack, "/audit", password=NEW)[0] == 200
            assert ask(stack, "/audit", password=OLD)[0] == 401
        load.wait_for_more(50)
    assert load.failed == []
    assert pids_of(stack, "hello", "ping") == others
    audits = stack.pids("audit")
    assert stack.bulkhead("reload").returncode == 0
    assert stack.pids("audit") == audits, "nothing has changed since"


def test_a_password_that_is_refused(stack):
    """Then the old one stays."""
    file = pathlib.Path(stack.settings["PASSWORD_FILE"])
    for content, mode in (("short", 0o600), (NEW, 0o644)):
        write(file, content).chmod(mode)
        done = stack.bulkhead("reload")
        assert done.returncode == 1 and "PASSWORD_FILE" in done.stderr
        assert ask(stack, "/audit", password=OLD)[0] == 200
        assert ask(stack, "/audit", password=content)[0] == 401


def test_the_password_that_bulkhead_has_made(tmp_path):
    """Remove it, and another one is made, by the commands of docs/operations.md."""
    commands = [each for each in RENEWAL if is_native(each)]
    assert commands == ["rm /var/lib/bulkhead/password", "bulkhead password", "bulkhead reload"]
    own = TrailStack(**LIMITS_OFF)
    del own.settings["PASSWORD"]
    try:
        assert own.bulkhead("password").returncode == 0
        own.up()
        old = (own.state / "password").read_text().strip()
        for command in commands:
            run_native(own, tmp_path, command)
        new = (own.state / "password").read_text().strip()
        assert [ask(own, "/audit", password=each)[0] for each in (old, new)] == [401, 200]
        assert stat.S_IMODE((own.state / "password").stat().st_mode) == 0o600
    finally:
        own.close()


def test_a_certificate():
    """On new connections, and on those that stay open over the reload; some are new each time."""
    with TlsStack() as own:
        before = served_number(own)
        with Load(own, 6, rate=20, keeps=lambda client: client % 2 == 0) as load:
            for _ in range(3):
                own.renew()
                assert own.bulkhead("reload").returncode == 0
                load.wait_for_more(30)
        assert load.failed == []
        assert served_number(own) != before


# --- a database of one's own ----------------------------------------------------------------------

def renewed(passwords, number):
    return {role: password if role == "operator" else f"{password} {number}"
            for role, password in passwords.items()}


def test_passwords_of_roles():
    """
    First the server's, then the file, then a reload: both programs look anew. What is recorded
    meanwhile waits; of /audit's connections, which are made when they are needed, one may be
    refused until then.
    """
    server = Server()
    try:
        assert Stack(DATABASE_URL=server.url()).bulkhead("trail-setup").returncode == 0
        server.set_passwords()
        with TrailStack(DATABASE_URL=server.url(), **LIMITS_OFF) as own:
            before = pids_of(own, "audit") + [(own.state / "run/trail.pid").read_text()]
            with Load(own, 4, lambda client, count: BOB if count % 10 else audit(PASSWORD),
                      rate=30) as load:
                for number in range(2):
                    new = renewed(PASSWORDS, number)
                    server.sql("".join(f"ALTER ROLE {role} PASSWORD '{password}';"
                                       for role, password in new.items()))
                    server.passfile("pgpass", new)
                    assert own.bulkhead("reload").returncode == 0
                    load.wait_for_more(30)
                    refused, load.failed = load.failed, []
                    assert [each for each in refused if "/audit?limit=1: 503" not in each] == []
                    load.wait_for_more(60)
            assert load.failed == []
            after = pids_of(own, "audit") + [(own.state / "run/trail.pid").read_text()]
            assert not set(map(str, before)) & set(map(str, after))
            server.restart()  # nobody lives on a connection from before
            own.wait_until_shipped()
            assert ask(own, "/audit")[0] == 200
            stored = set(server.sql("SELECT replace(request_id::text, '-', '') FROM trail.records",
                                    "bulkhead").split())
            assert set(load.request_ids) <= stored
    finally:
        server.remove()


def test_stamps_tell_nothing(stack):
    """What is noted of the files is no word of what is in them."""
    settings = (stack.state / "settings").read_text()
    assert "PASSWORD_STAMP=" in settings and OLD not in settings
    assert not os.environ.get("PASSWORD_STAMP")
