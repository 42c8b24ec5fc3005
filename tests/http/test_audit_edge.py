"""
/audit behind nginx: guesses at the password wait, and the password never does. That no other route
gets to see credentials is in test_lists.py.
"""

import concurrent.futures
import contextlib
import socket
import time

import pytest

from audit_lab import Audit, Edge, Trail, basic
from program import wait_until

GOOD = {"authorization": basic()}
BAD = {"authorization": basic(password="a wrong password")}
AT_ONCE = 5  # guesses that are answered without waiting: the first, and as many as `delay` says


@pytest.fixture(scope="module")
def trail():
    made = Trail()
    made.add([{"milliseconds": 1_790_000_000_000 + n} for n in range(1000)])
    yield made
    made.remove()


@pytest.fixture(scope="module")
def audit(trail):
    with Audit(trail) as running:
        yield running


@pytest.fixture(scope="module")
def edge(audit):
    """Without limits."""
    with Edge(audit) as running:
        yield running


@pytest.fixture
def limited(trail):
    """With limits, and a program that has no memory of earlier guesses either."""
    with Audit(trail) as audit, Edge(audit, rate_limit="10", burst=60) as running:
        yield running


def value(headers, name):
    values = [v for k, v in headers if k == name]
    assert len(values) <= 1, f"{name} came {len(values)} times"
    return values[0] if values else None


def test_answers(edge):
    """Each form, with the edge's headers and the program's."""
    for accept, kind in (("", "application/json"), ("text/html", "text/html; charset=utf-8"),
                         ("text/csv", "text/csv; charset=utf-8; header=present")):
        status, headers, body = edge.get("/audit?limit=1000", **GOOD, Accept=accept)
        assert (status, value(headers, "content-type")) == (200, kind)
        assert len(body) == int(value(headers, "content-length")) > 100_000
        assert value(headers, "link") is None and value(headers, "cache-control") == "no-store"
        policy = value(headers, "content-security-policy")
        assert "style-src 'sha256-" in policy and "form-action 'self'" in policy
        assert "default-src 'none'" in policy and "unsafe" not in policy
    assert value(edge.get("/audit?limit=1", **GOOD)[1], "link").startswith("</audit?limit=1&before")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_401(edge, method):
    """nginx's own, in the program's words; WWW-Authenticate comes once."""
    for given in ({}, BAD):
        status, headers, body = edge.get("/audit?x=1", method=method, **given)
        assert status == 401
        assert value(headers, "www-authenticate") == 'Basic realm="Bulkhead audit", charset="UTF-8"'
        assert value(headers, "content-type") == "application/json"
        assert value(headers, "x-frame-options") is None
        assert value(headers, "x-content-type-options") == "nosniff"
        if method == "GET":
            assert b'"error": "Unauthorized"' in body
            assert value(headers, "x-request-id").encode() in body


def test_errors_of_the_program(edge):
    status, headers, body = edge.get("/audit?limit=0", **GOOD)
    assert status == 400 and b'"error":"Invalid filter"' in body
    assert value(headers, "x-request-id").encode() in body


BODIES = [
    (b"Content-Length: 1\r\n\r\nx", 413, "a byte"),
    (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413, "a chunked one, empty"),
    (b"Content-Length: 0\r\n\r\n", 200, "none, announced"),
    (b"\r\n", 200, "none"),
]


@pytest.mark.parametrize("end, expected", [row[:2] for row in BODIES], ids=[r[2] for r in BODIES])
def test_bodies(edge, end, expected):
    request = (f"GET /audit?limit=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
               f"Authorization: {basic()}\r\n").encode() + end
    with socket.create_connection(("127.0.0.1", edge.port), 20) as connection:
        connection.sendall(request)
        answer = connection.makefile("rb").read()
    assert int(answer.split()[1]) == expected


def test_other_methods(edge):
    assert edge.get(method="POST", **GOOD)[0] == 405
    assert edge.get(method="DELETE", **GOOD)[0] == 405


def test_guesses_wait_and_the_password_does_not(limited):
    """The first few are answered at once. Then one is not, while the password still is."""
    for _ in range(AT_ONCE):
        assert limited.get(**BAD)[0] == 401
    began = time.monotonic()
    guess = limited.connect(timeout=60)
    guess.request("GET", "/audit", headers={"Authorization": BAD["authorization"]})
    for _ in range(10):
        assert limited.get(**GOOD)[0] == 200
    assert time.monotonic() - began < 8, "the password waits"
    answer = guess.getresponse()
    assert answer.status == 401
    assert time.monotonic() - began > 8, "12 seconds, but for what has passed since the first"
    guess.close()


def test_few_guesses_at_once(limited):
    """Of many, four are tried and wait for their answer; the rest is refused untried."""
    for _ in range(AT_ONCE):
        limited.get(**BAD)
    waiting = []
    for _ in range(4):
        guess = limited.connect(timeout=60)
        guess.request("GET", "/audit", headers={"Authorization": BAD["authorization"]})
        waiting.append(guess)
    limited.program.wait_for_stat("client_errors", AT_ONCE + 4)
    status, headers, body = limited.get(**BAD)
    assert status == 429 and value(headers, "retry-after") == "1"
    assert b'"error": "Too many requests"' in body
    for guess in waiting:
        guess.close()
    wait_until(lambda: limited.get(**GOOD)[0] == 200, "room again")


def test_who_does_not_wait_is_stopped(limited):
    """
    A guess that is not answered at once is wrong: whoever hangs up and tries the next one learns as
    much as who waits. The program lets a client have 20 of these.
    """
    statuses = []
    for number in range(40):
        guess = limited.connect(timeout=0.3)
        guess.request("GET", "/audit", headers={"Authorization": basic(password=f"guess {number}")})
        with contextlib.suppress(TimeoutError):
            statuses.append(guess.getresponse().status)
        guess.close()
    assert statuses.count(401) <= AT_ONCE + 1
    wait_until(lambda: limited.get(**GOOD)[0] == 429, "a 429 for all that this client sends")


def test_without_limits_no_guess_waits(edge):
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: edge.get(**BAD)[0], range(12)))
    assert statuses == [401] * 12
    assert time.monotonic() - began < 12


def test_a_flood_of_the_password_is_limited_like_all(audit):
    """No more than 4 of a client at a time."""
    with Edge(audit, rate_limit="10") as edge:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(
                lambda _: edge.get("/audit?limit=1000", **GOOD, Accept="text/html")[0], range(64)))
    assert set(statuses) <= {200, 429} and 200 in statuses
