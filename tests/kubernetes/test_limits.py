"""
What the limit on one client's requests becomes with three pods: three times as much where a
balancer spreads a client's requests, the same where it sends a client to one pod; and whom it moves
when a pod goes. The client is who the balancer says (TRUSTED_PROXIES).
"""

import collections
import shutil
import subprocess
import time

import pytest

from balancer import Balancer
from cluster import LIMITS
from ping_lab import need
from program import wait_until
from stack import ask

SECONDS = 4
CONNECTIONS = 8
GONE = 499  # nginx's word for who hung up, as wrk does at its end with what is under way
RATE, BURST = int(LIMITS["RATE_LIMIT"]), int(LIMITS["RATE_BURST"])
TIMES = 100
# A machine that is busy: its clock goes on while nobody asks.
SLACK = 0.25
CLIENTS = [f"127.0.2.{number}" for number in range(1, 121)]


def flood(balancer, pods):
    """One client as fast as it can, some 100 times its rate: how many were answered; seconds."""
    need(shutil.which("wrk"), "the package wrk")
    before = len(balancer.log())
    subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s",
                    f"http://127.0.0.1:{balancer.port}/"],
                   check=True, capture_output=True, timeout=60)
    log = balancer.log()[before:]
    took = log[-1]["at"] - log[0]["at"]
    counts = collections.Counter(line["sent"] for line in log)
    assert counts.pop(GONE, 0) <= CONNECTIONS
    assert set(counts) == {200, 429}
    assert len({line["to"] for line in log}) == pods
    print(f"{len(log) / took / RATE:.0f} times the rate for {took:.1f} s: {counts[200]} answered")
    assert len(log) > TIMES * RATE, "in all: a slow machine does not have them in a second"
    return counts[200], took


@pytest.mark.parametrize(("by_client", "times"), [(True, 1), (False, 3)],
                         ids=["by client", "evenly"])
def test_what_one_client_gets(pods, by_client, times):
    """A pod answers BURST + 1 at once, and RATE a second from then on."""
    with Balancer(pods, by_client) as balancer:
        time.sleep(BURST / RATE + 1)  # until each pod has forgotten who asked before
        answered, took = flood(balancer, times)
        wanted = times * (BURST + 1 + RATE * took)
        assert wanted * (1 - SLACK) < answered < wanted * (1 + SLACK) + 1
        other = balancer.connect("127.0.3.1")
        assert ask(other, "/", {}).status == 200, "another client"
        other.close()


def places(balancer):
    """Client to the pod that it is sent to."""
    before = len(balancer.log())
    for client in CLIENTS:
        connection = balancer.connect(client)
        assert ask(connection, "/", {}).status == 200
        connection.close()
    found = {}

    def are_there():
        """A line is written after its answer; what asked whether it listens may come late, too."""
        found.update({line["client"]: line["to"] for line in balancer.log()[before:]
                      if line["client"] in CLIENTS})
        return set(found) == set(CLIENTS)
    wait_until(are_there, "a line of each client")
    return found


def test_who_moves_when_a_pod_goes(pods):
    """Those who were there, about a third; nobody else."""
    with Balancer(pods, by_client=True) as balancer:
        first = places(balancer)
        assert places(balancer) == first
        gone = balancer.pods[-1]
        balancer.remove(gone)
        second = places(balancer)
        balancer.add(gone)
        assert places(balancer) == first
    moved = {client for client in CLIENTS if first[client] != second[client]}
    print(f"{len(moved)} of {len(CLIENTS)} clients moved")
    assert moved == {client for client in CLIENTS if first[client].startswith(f"{gone.ip}:")}
    assert len(CLIENTS) / 6 < len(moved) < len(CLIENTS) / 2
