"""http-probe, the health check of nginx's container: of nginx, and of who listens in its place."""

import contextlib
import os
import socket
import subprocess
import threading
import time

import pytest

from program import BUILD
from stack import LIMITS_OFF, Stack, free_port, stopped

PROGRAM = str(BUILD / "supervise/http-probe")
LIMIT = 2.0  # LIMIT_MS
SOON = 10 * LIMIT  # for a machine that is busy
MAX = 8192  # ANSWER_MAX
GOOD = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"


def run(*arguments, **environment):
    """Nothing on standard output, and a line on standard error where it fails, and only there."""
    start = time.monotonic()
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          check=False, env=environment)
    assert time.monotonic() - start < SOON
    return done.returncode, done.stdout, done.stderr


def probe(port, **environment):
    code, output, errors = run(PORT=str(port), **environment)
    assert output == "" and errors.count("\n") == code
    assert not code or errors.startswith("http-probe: ")
    return code, errors[len("http-probe: "):-1]


@contextlib.contextmanager
def listening(does, address="127.0.0.1"):
    """
    does(connection, request) with the first connection, once a whole request has come. Yields the
    port, and a list that the request comes into.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        server.settimeout(60)
        requests = []

        def serve():
            with contextlib.suppress(OSError), server.accept()[0] as connection:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += connection.recv(65536)
                requests.append(request)
                does(connection)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], requests
        thread.join(60)
        assert not thread.is_alive()


def sends(data):
    return lambda connection: connection.sendall(data)


def wait_for_end(connection):
    while connection.recv(65536):
        pass


# --- nginx ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def stack():
    with Stack(**LIMITS_OFF) as running:
        yield running


def test_nginx_answers(stack):
    assert probe(stack.port) == (0, "")


def test_a_route_without_a_process_that_answers(stack):
    """healthz says so after its second: a 503."""
    with stopped(*stack.pids("calculate")):
        assert probe(stack.port)[0] == 1
    assert probe(stack.port) == (0, "")


@pytest.mark.parametrize("settings", [
    {"HEALTH_FROM": "192.0.2.0/24"},  # 403
    {"TLS": "self-signed"},  # 308
    {"SERVER_NAMES": "*.example.org example.org"},  # whom it asks for
    {"BIND": "127.0.0.3"},
    {"BIND": "::"},
    {"BIND": "0.0.0.0"},
], ids=lambda settings: " ".join(settings))
def test_nginx_that_is_set_otherwise(settings):
    """What sets it is what the probe reads."""
    stack = Stack(**settings, **LIMITS_OFF)
    with contextlib.closing(stack):
        assert stack.bulkhead("up").returncode == 0
        names = {name: value for name, value in settings.items() if name != "TLS"}
        assert probe(stack.port, **names) == (0, "")


# --- what it asks ---------------------------------------------------------------------------------

@pytest.mark.parametrize(("names", "host"), [
    (None, "localhost"), ("", "localhost"), ("   ", "localhost"), ("*.example.org", "localhost"),
    ("a.example.org b", "a.example.org"), ("*.example.org  x_y-z.example", "x_y-z.example"),
    ("[::1] localhost", "[::1]"), (" 127.0.0.1", "127.0.0.1"), ("a" * 255, "a" * 255)])
def test_the_request(names, host):
    """To the byte; a wildcard is nobody's name."""
    with listening(sends(GOOD)) as (port, requests):
        assert probe(port, **({} if names is None else {"SERVER_NAMES": names})) == (0, "")
    assert requests == [f"HEAD /healthz HTTP/1.1\r\nHost: {host}\r\n"
                        "Connection: close\r\n\r\n".encode()]


@pytest.mark.parametrize(("bind", "address"), [
    (None, "127.0.0.1"), ("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.9", "127.0.0.9"),
    ("::", "::1"), ("0:0::0", "::1"), ("::1", "::1")])
def test_where_it_asks(bind, address):
    with listening(sends(GOOD), address) as (port, requests):
        assert probe(port, **({} if bind is None else {"BIND": bind})) == (0, "")
    assert len(requests) == 1


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "0"), ("PORT", "65536"), ("PORT", "x"), ("PORT", "-1"), ("PORT", "80 "),
    ("PORT", "9" * 100), ("PORT", " "), ("BIND", "localhost"), ("BIND", "1.2.3"),
    ("BIND", "[::1]"), ("BIND", "127.0.0.1\n"), ("SERVER_NAMES", "a\r\nX-Evil: b"),
    ("SERVER_NAMES", "a/b"), ("SERVER_NAMES", "a\tb"), ("SERVER_NAMES", "é"),
    ("SERVER_NAMES", "a" * 256)])
def test_malformed_settings(name, value):
    """Named, and nobody is asked."""
    code, _, errors = run(**{name: value})
    assert code == 1
    assert errors.startswith(f"http-probe: {name}: allowed ") and errors.count("\n") == 1


@pytest.mark.parametrize("arguments", [("x",), ("--port", "1"), ("--help", "x"), ("-h",), ("",)])
def test_wrong_usage(arguments):
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "") and errors.startswith("Usage: http-probe\n")


def test_help_and_version():
    """As every program has them."""
    assert run("--help")[:2] == (0, run("x")[2])
    code, output, _ = run("--version")
    assert code == 0 and output.startswith("http-probe (Bulkhead) ")


# --- what it makes of answers ---------------------------------------------------------------------

@pytest.mark.parametrize(("answer", "complaint"), [
    (GOOD, ""),
    (b"HTTP/1.0 404 \r\n\r\n" + b"x" * 100, ""),
    (b"HTTP/1.1 499 x\r\n\r\n", ""),
    (b"HTTP/1.1 500 x\r\n\r\n", "status 500"),
    (b"HTTP/1.1 503 x\r\n\r\n", "status 503"),
    (b"HTTP/1.1 600 x\r\n\r\n", "what it answers is not HTTP/1"),
    (b"HTTP/2 200 OK\r\n\r\n", "what it answers is not HTTP/1"),
    (b"SSH-2.0-OpenSSH_9\r\n", "what it answers is not HTTP/1"),
    (b"\x15\x03\x01\x00\x02\x02\x46", "what it answers is not HTTP/1"),
    (b"\0" * 100, "what it answers is not HTTP/1"),
    (b"HTTP/1.1 200 OK\r\n\0: x\r\n\r\n", "what it answers is not HTTP/1"),
    (b"", "it closed the connection without a whole answer"),
    (b"HTTP/1.1 200 OK\r\nServer: x\r\n", "it closed the connection without a whole answer"),
    (b"HTTP/1.1 200 OK\r\nA: ".ljust(MAX - 4, b"a") + b"\r\n\r\n", ""),
    (b"HTTP/1.1 200 OK\r\nA: ".ljust(MAX - 3, b"a") + b"\r\n\r\n", "its answer has no end"),
])
def test_answers(answer, complaint):
    def send(connection):
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        wait_for_end(connection)
    with listening(send) as (port, _):
        assert probe(port) == ((1, f"127.0.0.1:{port}: {complaint}") if complaint else (0, ""))


def test_an_answer_in_pieces():
    def send(connection):
        for at in range(len(GOOD)):
            connection.sendall(GOOD[at:at + 1])
            time.sleep(0.002)
    with listening(send) as (port, _):
        assert probe(port) == (0, "")


def test_who_closes_at_once():
    def reset(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with listening(reset) as (port, _):
        assert probe(port) == (1, f"127.0.0.1:{port}: Connection reset by peer")


def drips(connection):
    """Fast enough for a limit of each byte's own."""
    for byte in GOOD[:-1] * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def pours(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nA: ")
    while True:
        connection.sendall(b"a" * 65536)


@pytest.mark.parametrize(("does", "complaint"), [
    (wait_for_end, "no answer in time"), (drips, "no answer in time"),
    (pours, "its answer has no end")], ids=["silence", "drips", "pours"])
def test_who_never_ends(does, complaint):
    start = time.monotonic()
    with listening(does) as (port, _):
        assert probe(port) == (1, f"127.0.0.1:{port}: {complaint}")
    assert does is pours or time.monotonic() - start >= LIMIT


def test_nobody_accepts():
    """The queue of a listener that stands still is full: not even a connection is made."""
    with socket.socket() as server, contextlib.ExitStack() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        start = time.monotonic()
        assert probe(port) == (1, f"127.0.0.1:{port}: no answer in time")
        assert time.monotonic() - start >= LIMIT


@pytest.mark.parametrize(("bind", "where"), [
    ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_nobody_listens(bind, where):
    port = free_port()
    assert probe(port, BIND=bind) == (1, f"{where}:{port}: Connection refused")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be without a network")
def test_without_a_network():
    done = subprocess.run(["unshare", "--net", PROGRAM], capture_output=True, text=True, env={},
                          check=False, timeout=60)
    assert (done.returncode, done.stderr) == (
        1, "http-probe: 127.0.0.1:15000: Network is unreachable\n")
