"""
Requests as attackers write them (raw_requests.py), one by one, over TLS, and two in one packet; and
what a program sees of them: only what nginx wrote itself.
"""

import contextlib
import socket
import ssl

import pytest

from raw_requests import REFUSED, SERVED, request
from stack import PATIENCE, parse_answer, receive_all
from test_edge import assert_error, assert_headers
from tls_stack import TlsStack

GREETING = "Hello, World!\n"


def test_there_are_enough():
    """Nobody takes one away without a reason."""
    assert len(REFUSED) + len(SERVED) >= 200


@pytest.mark.parametrize(("status", "data", "_"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(stack, status, data, _):
    """Each refusal is the contract's JSON under the contract's status; the row says why."""
    assert_error(parse_answer(stack.raw(data)), status)


@pytest.mark.parametrize(("data", "_"), SERVED.values(), ids=SERVED.keys())
def test_served(stack, data, _):
    """Unusual, but no mistake; the row says why."""
    answer = parse_answer(stack.raw(data))
    assert (answer.status, answer.text) == (200, GREETING)
    assert_headers(answer)


def raw_over_tls(stack, data):
    plain = socket.create_connection(("127.0.0.1", stack.port), PATIENCE)
    with stack.context().wrap_socket(plain, server_hostname="localhost") as connection:
        with contextlib.suppress(ssl.SSLError, OSError):  # refused while more was to be sent
            connection.sendall(data)
        with contextlib.suppress(ssl.SSLError):
            return receive_all(connection)
    return b""


def test_the_same_over_tls():
    """TLS changes who can read a request, not what is made of it."""
    expected = {name: status for name, (status, _, _) in REFUSED.items()}
    expected |= {name: 200 for name in SERVED}
    requests = {name: row[-2] for name, row in [*REFUSED.items(), *SERVED.items()]}
    with TlsStack() as stack:
        got = {name: parse_answer(raw_over_tls(stack, data)).status
               for name, data in requests.items()}
    assert got == expected


# --- two requests in one packet -------------------------------------------------------------------

def answers_in(data):
    """All of them, by their lengths."""
    found = []
    while data:
        answer = parse_answer(data)
        head, _, rest = data.partition(b"\r\n\r\n")
        length = int(answer.header("content-length"))
        answer.body = rest[:length]
        found.append(answer)
        data = rest[length:]
    return found


KEPT = {
    "unknown path": (404, b"GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "method": (405, b"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "route's own error": (400, b"GET /?name=%20 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "method with a body": (405, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                                b"\r\nhello"),
}


@pytest.mark.parametrize(("status", "first"), KEPT.values(), ids=KEPT.keys())
def test_a_refusal_does_not_touch_the_next(stack, status, first):
    """The second request in the packet is answered as if it were alone."""
    refused, served = answers_in(stack.raw(first + request("GET / HTTP/1.1")))
    assert_error(refused, status) if status != 400 else assert_headers(refused)
    assert (refused.status, served.status, served.text) == (status, 200, GREETING)


# After these nobody can tell where the next request begins.
CLOSED = [name for name, (status, _, _) in REFUSED.items() if status in (400, 413, 414, 431)]


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_malformed_ends_the_connection(stack, name):
    """Without the client's asking: the second request in the packet is never answered."""
    first = REFUSED[name][1].replace(b"Connection: close\r\n", b"")
    data = stack.raw(first + request("GET /?name=Smuggled HTTP/1.1"))
    assert_error(parse_answer(data), REFUSED[name][0])
    assert b"Smuggled" not in data and data.count(b"X-Request-Id") == 1


HIDDEN = b"GET /?name=Smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
# What one end takes for a body and the other for a request.
WITHIN = {
    "within the length": b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "within a chunk": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(HIDDEN) + HIDDEN
                      + b"\r\n0\r\n\r\n",
    "behind a name with an underscore": b"Content_Length: 0\r\nContent-Length: %d\r\n\r\n"
                                        % len(HIDDEN) + HIDDEN,
    "within a trailer": b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + HIDDEN,
}


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST"])
@pytest.mark.parametrize("rest", WITHIN.values(), ids=WITHIN.keys())
def test_a_body_is_no_request(stack, method, rest):
    """Nothing within it is answered; what follows it is."""
    data = stack.raw(method + b" / HTTP/1.1\r\nHost: localhost\r\n" + rest
                     + request("GET /?name=After HTTP/1.1"))
    assert b"Hello, Smuggled" not in data
    assert data.startswith(b"HTTP/1.1 413 ") or data.startswith(b"HTTP/1.1 405 ")
