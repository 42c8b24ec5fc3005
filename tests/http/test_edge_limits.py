"""
What one client may take of nginx: requests, connections, time.

A client is an address, so each test asks from a loopback address of its own and starts with a full
allowance.
"""

import http.client
import itertools
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ping_lab import SILENT4, need_echo
from stack import Stack, ask
from test_edge import assert_error

RATE, BURST = 10, 20  # the defaults
PING_RATE, PING_BURST = 2, 5
FLOOD = 80
_addresses = (f"127.0.9.{n}" for n in itertools.count(1))


@pytest.fixture
def client(all_are_one):
    """
    An address that nobody has asked from yet. None is the one that all clients have where a gateway
    stands between: then it is one that has waited until it may send as much as any.
    """
    if all_are_one:
        time.sleep(max(BURST / RATE, PING_BURST / PING_RATE) + 1)
        return None
    return next(_addresses)


def ask_from(address, stack, path, method="GET", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30,
                                            source_address=address and (address, 0))
    try:
        return ask(connection, path, headers, method)
    finally:
        connection.close()


def flood(address, stack, path, count=FLOOD, **more):
    """As fast as one client can; returns the answers and the seconds that it took."""
    start = time.monotonic()
    answers = [ask_from(address, stack, path, **more) for _ in range(count)]
    return answers, time.monotonic() - start


def assert_limited(answers, status, most):
    """At least the burst passed, at most what the time allowed, and the rest is told to wait."""
    passed = [answer for answer in answers if answer.status == status]
    refused = [answer for answer in answers if answer.status == 429]
    assert len(passed) + len(refused) == len(answers)
    assert len(passed) <= most
    assert refused, "nothing was limited"
    for answer in refused:
        assert_error(answer, 429)
        assert answer.all("retry-after") == ["1"]
    return len(passed)


FLOODS = {
    "a route": (200, {"path": "/?name=Bob"}),
    "errors of a route": (400, {"path": "/?name=%20"}),
    "unknown paths": (404, {"path": "/nope"}),
    "methods": (405, {"path": "/", "method": "POST"}),
    "methods of ping": (405, {"path": "/ping", "method": "DELETE"}),
    "unknown hosts": (400, {"path": "/", "headers": {"Host": "example.com"}}),
    "internal pages": (404, {"path": "/_error"}),
    "large bodies": (413, {"path": "/", "headers": {"Content-Length": "9999"}}),
    "long lines": (414, {"path": "/" + "a" * 17_000}),
    "large headers": (431, {"path": "/", "headers": {"X": "a" * 17_000}}),
    "malformed requests": (400, {"path": "/%zz"}),
}


@pytest.mark.parametrize(("status", "what"), FLOODS.values(), ids=FLOODS.keys())
def test_floods_are_limited(limited_stack, client, status, what):
    """Whatever is asked: a cheap refusal is no way around the limit."""
    answers, seconds = flood(client, limited_stack, **what)
    passed = assert_limited(answers, status, BURST + 2 + RATE * seconds)
    assert passed >= BURST


def test_pings_are_limited_further(limited_stack, client):
    """Two a second and a burst of five: each costs the network something."""
    need_echo()
    answers, seconds = flood(client, limited_stack, "/ping?ip=127.0.0.1", count=20)
    passed = assert_limited(answers, 200, PING_BURST + 2 + PING_RATE * seconds)
    assert passed >= PING_BURST


def test_pings_count_as_requests_too(limited_stack, client):
    """ping.conf must repeat the limit of all routes, for its own replaces what it inherits."""
    answers, seconds = flood(client, limited_stack, "/ping", count=5)
    assert all(answer.status == 400 for answer in answers)
    more, more_seconds = flood(client, limited_stack, "/")
    assert_limited(more, 200, BURST + 2 - len(answers) + RATE * (seconds + more_seconds) + 1)


def test_one_client_does_not_limit_another(limited_stack, client):
    """A flood is its sender's problem."""
    assert 429 in {answer.status for answer in flood(client, limited_stack, "/")[0]}
    assert ask_from(next(_addresses), limited_stack, "/").status == 200


def test_it_passes_after_the_wait(limited_stack, client):
    """Retry-After tells the truth."""
    answers, _ = flood(client, limited_stack, "/")
    refused = [answer for answer in answers if answer.status == 429]  # the last one may pass
    time.sleep(int(refused[-1].header("retry-after")) + 0.1)
    assert ask_from(client, limited_stack, "/").status == 200


def test_off_is_off(stack, client):
    """RATE_LIMIT=off and PING_RATE_LIMIT=off: benchmarks measure programs, not limits."""
    assert {a.status for a in flood(client, stack, "/", count=200)[0]} == {200}
    need_echo()
    assert {a.status for a in flood(client, stack, "/ping?ip=127.0.0.1", count=30)[0]} == {200}


# --- clients in a namespace -----------------------------------------------------------------------

def test_a_client_over_ipv6_is_a_network(lab):
    """A host owns 2^64 addresses: sixty of them are one client, in the next network is another."""
    def ask_at(source):
        connection = http.client.HTTPConnection("fd00:0:0:1::1", there.port, timeout=30,
                                                source_address=(source, 0))
        return ask(connection, "/", {"Host": "localhost"}).status

    sources = [f"fd00:0:0:1::{n:x}" for n in range(2, 62)]
    for address in ["fd00:0:0:1::1", *sources, "fd00:0:0:2::1"]:
        lab.near(f"addr add {address}/128 dev lo nodad")
    with lab.inside(), Stack(BIND="::") as there:
        one_network = [ask_at(source) for source in sources]
        other = ask_at("fd00:0:0:2::1")
    assert set(one_network) == {200, 429}
    assert BURST <= one_network.count(200) < 50
    assert other == 200


def test_connections_of_a_client_are_counted(lab, client):
    """64 requests at once, whatever the rate would allow: each holds a place in a program."""
    def ask_slowly(_):
        with lab.inside():
            return ask_from(client, fast, f"/ping?ip={SILENT4}").status

    settings = {"RATE_LIMIT": "100000", "RATE_BURST": "100000", "PING_RATE_LIMIT": "off"}
    with lab.inside(), Stack(**settings) as fast, ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(ask_slowly, range(100)))
    assert answers.count(200) == 64
    assert answers.count(429) == 36


# --- time -----------------------------------------------------------------------------------------

def drip(stack, first, piece, seconds=20):
    """Sends a request that never ends; returns how long nginx stood it."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", stack.port), timeout=0.2) as connection:
        connection.sendall(first)
        while time.monotonic() - start < seconds:
            try:
                connection.sendall(piece)
                if connection.recv(4096) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - start


SLOW = {
    "header": (b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
    "request line": (b"GET /", b"a"),
    "body": (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000\r\n\r\n", b""),
    "refused body": (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000\r\n\r\n", b"a"),
    "silence": (b"", b""),
}


def test_slow_clients_are_let_go(stack):
    """Five seconds for a header, as long between pieces of a body: then the place is free again."""
    with ThreadPoolExecutor(len(SLOW)) as pool:
        times = dict(zip(SLOW, pool.map(lambda name: drip(stack, *SLOW[name]), SLOW)))
    assert all(seconds < 15 for seconds in times.values()), times


def test_slow_clients_hold_up_nobody(stack):
    """Slowloris: a thousand of them, and others are served."""
    held = []
    try:
        for _ in range(1000):
            connection = socket.create_connection(("127.0.0.1", stack.port))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            held.append(connection)
        start = time.monotonic()
        assert stack.get("/?name=Bob").text == "Hello, Bob!\n"
        assert time.monotonic() - start < 4.5, "less than the time-out of a header"
    finally:
        for connection in held:
            connection.close()


def test_idle_connections_hold_up_nobody(stack):
    """
    More clients at once than any program has threads, each keeping its connection, so that nginx's
    caches are full of idle connections to every program; then again, on new connections.
    """
    need_echo()
    for _ in range(2):
        connections = [stack.connect() for _ in range(300)]
        try:
            with ThreadPoolExecutor(300) as pool:
                answers = list(pool.map(
                    lambda c: [ask(c, "/?name=Bob").status, ask(c, "/ping?ip=127.0.0.1").status],
                    connections))
            assert answers == [[200, 200]] * 300
        finally:
            for connection in connections:
                connection.close()
