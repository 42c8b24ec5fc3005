"""The trail through PgBouncer, as deploy/pgbouncer/pgbouncer.ini has it."""

import time

import pytest

from audit_once import RemoteAudit
from pgbouncer_lab import Pooler, make_server
from program import wait_until
from replicas import Replicas

SHIPPERS, SESSIONS = 6, 2


@pytest.fixture(scope="module")
def server():
    made = make_server()
    yield made
    made.remove()


@pytest.fixture
def pooler(server):
    """With fewer sessions than there are shippers, so that they take turns at each."""
    with Pooler(server, default_pool_size=SESSIONS) as running:
        yield running


def sessions(server, role):
    return int(server.sql(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}'"))


def test_all_arrive_once_though_it_is_killed(server, pooler):
    """Several shippers in a few sessions; it is killed in the middle, twice, and started again."""
    with Replicas(server, SHIPPERS, pooler.url()) as replicas:
        for number in range(12):
            replicas.write(400)
            if number in (3, 8):
                pooler.kill()
                wait_until(lambda: "records wait" in replicas.log(), "a loss")
                replicas.write(400)
                pooler.start()
            time.sleep(0.05)
        replicas.wait_until_shipped()
        replicas.check()
        assert replicas.log().count("connected again") >= SHIPPERS
        assert 0 < sessions(server, "bulkhead_trail") <= SESSIONS
    with RemoteAudit(pooler.url()) as audit:
        status, records = audit.records()
        assert status == 200 and len(records) == 3
        assert 0 < sessions(server, "bulkhead_audit") <= SESSIONS


@pytest.mark.parametrize(("role", "name", "value"), [
    ("bulkhead_audit", "statement_timeout", "2s"),
    ("bulkhead_audit", "default_transaction_read_only", "on"),
    ("bulkhead_trail", "statement_timeout", "1min"),
    ("bulkhead_trail", "synchronous_commit", "on"),
    ("bulkhead_trail", "idle_in_transaction_session_timeout", "1min"),
])
def test_what_a_session_has_all_the_same(pooler, role, name, value):
    """It lets no setting through that a program asks for at its start: the roles have it."""
    assert pooler.ask(role, f"SHOW {name}") == value


def test_a_password_that_is_wrong(server, pooler):
    """Is refused by the pooler, which has only what the server has of the right one."""
    passfile = server.tls / "pgpass-wrong"
    passfile.write_text("*:*:*:*:guessed\n")
    passfile.chmod(0o600)
    assert not any(word in pooler.userlist.read_text() for word in ("ships", "reads"))
    with Replicas(server, 1, pooler.url(passfile=passfile)) as replicas:
        wait_until(lambda: "records wait" in replicas.log(), "a refusal")
        assert "SASL authentication failed" in replicas.log()
