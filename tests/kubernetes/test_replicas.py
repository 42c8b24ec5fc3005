"""
Three pods behind a balancer, under load: one is killed, then all are replaced one after the other.
No request fails, and each answer has its one record in the one database.
"""

import time

from balancer import Balancer
from load import BOB, Load, Question

CLIENTS = 12
RATE = 8  # a second of each, which is within its limit
SUM = Question("/calculate?expr=2**64", "18446744073709551616\n".__eq__)
ROW = "{:<34}{:>6}{:>9}{:>10}{:>8}{:>8}{:>13}{:>14}"


def in_turns(_, count):
    return (BOB, SUM)[count % 2]


def load_on(balancer):
    """From addresses of their own."""
    return Load(balancer, CLIENTS, in_turns, rate=RATE,
                connect=lambda client: balancer.connect(f"127.0.1.{client + 1}"))


def show(what, times, began, load, balancer):
    print(ROW.format(what, times, f"{time.monotonic() - began:.1f}", load.answered,
                     len(load.failed), load.closed, len(load.repeated), balancer.asked_again()))


def assert_recorded_once(cluster, load, balancer, before):
    """
    Each answer has one record, and so has whatever else the balancer asked. Beyond that there may
    be a record of each request whose answer was lost with its pod: another has answered that one,
    under an id of its own.
    """
    ids = load.request_ids
    assert len(set(ids)) == len(ids)
    cluster.wait_until_stored(ids)
    asked, stored = len(balancer.log()), cluster.stored()
    assert len(set(stored)) == len(stored), "a record that is there twice"
    new = len(stored) - before
    print(f"{asked} requests, {new} records")
    assert asked <= new <= asked + balancer.asked_again()


def test_made_by_the_job(cluster):
    """It says so, and no password of anybody's."""
    assert "tables and roles are there" in cluster.setup_said


def test_one_is_killed(cluster, pods):
    """Each container of it by SIGKILL: the volumes stay the pod's, and the rest is shipped."""
    before = cluster.count()
    with Balancer(pods) as balancer:
        with load_on(balancer) as load:
            load.wait_for_more(CLIENTS * 5)
            began = time.monotonic()
            pods[1].kill()
            pods[1].wait_until_ready()
            load.wait_for_more(CLIENTS * 5)
        print("\n" + ROW.format("what", "times", "seconds", "requests", "failed", "closed",
                                "asked again", "by balancer"))
        show("a pod is killed", 1, began, load, balancer)
        assert load.failed == []
        assert_recorded_once(cluster, load, balancer, before)


def test_all_are_replaced(cluster, pods):
    """A new one is ready before an old one is told to go; its volumes go with it."""
    before = cluster.count()
    with Balancer(pods) as balancer:
        with load_on(balancer) as load:
            began = time.monotonic()
            for old in list(pods):
                balancer.add(cluster.start_pod())
                load.wait_for_more(CLIENTS * 3)
                balancer.remove(old)
                cluster.end_pod(old)
            load.wait_for_more(CLIENTS * 3)
        show("all are replaced", 3, began, load, balancer)
        assert load.failed == []
        assert_recorded_once(cluster, load, balancer, before)
