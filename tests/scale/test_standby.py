"""A primary and its standby: what a failover costs the trail."""

import signal

import pytest

from audit_once import RemoteAudit
from program import wait_until
from replicas import Replicas
from standby_lab import STANDBY, Pair


@pytest.fixture
def pair():
    with Pair() as running:
        yield running


def fail_over(pair):
    pair.primary.stop(signal.SIGKILL)
    pair.standby.promote()


def look_past_a_host_that_says_nothing(pair):
    """It takes connections and never answers: audit goes on with the other one."""
    pair.primary.start()
    pair.primary.server.send_signal(signal.SIGSTOP)
    try:
        with RemoteAudit(pair.url(("127.0.0.1", STANDBY))) as audit:
            wait_until(lambda: audit.records()[0] == 200, "an answer", patience=30)
    finally:
        pair.primary.server.send_signal(signal.SIGCONT)


def test_what_the_standby_had_not_yet_is_shipped_again(pair):
    """Asynchronous: what was committed on the primary alone is in the journals still."""
    with Replicas(pair.standby, 2, pair.url()) as replicas, RemoteAudit(pair.url()) as audit:
        replicas.write(200)
        replicas.wait_until_shipped()
        assert audit.records()[0] == 200
        wait_until(lambda: pair.standby.records() == 400, "the standby has them")
        pair.standby.cut_off()
        replicas.write(300)
        for shipper in replicas.shippers:
            shipper.wait_for(shipped=500, behind=0)
        assert pair.standby.records() == 400, "nothing is lost that was there"
        fail_over(pair)
        replicas.write(100)
        for shipper in replicas.shippers:  # it counts again what it ships again
            shipper.wait_for(shipped=900, behind=0, connected=1)
        replicas.check()
        wait_until(lambda: audit.records()[0] == 200, "audit has found it too")
    look_past_a_host_that_says_nothing(pair)


def test_what_is_shipped_is_on_both(pair):
    """Synchronous: while the standby is away nothing counts as shipped, and nothing is lost."""
    pair.primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    pair.primary.sql("SELECT pg_reload_conf()")
    with Replicas(pair.standby, 1, pair.url()) as replicas:
        replicas.write(200)
        replicas.shippers[0].wait_for(shipped=200, behind=0)
        wait_until(lambda: pair.standby.records() == 200, "they are replayed")
        pair.standby.cut_off()
        replicas.write(300)
        waiting = ("SELECT count(*) FROM pg_stat_activity WHERE usename = 'bulkhead_trail' AND "
                   "wait_event = 'SyncRep'")
        wait_until(lambda: pair.primary.sql(waiting) == "1", "it waits for the standby")
        assert replicas.shippers[0].progress()["shipped"] == 200
        fail_over(pair)
        replicas.shippers[0].wait_for(shipped=500, behind=0, connected=1)
        replicas.check()
