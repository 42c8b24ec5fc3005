"""
Between nginx and a program: what nginx passes on, what it takes back, and what it makes of a
program that misbehaves. A program of the tests' own stands in for the two processes of hello.
"""

import contextlib
import os
import re
import signal
import socket
import threading
import time
from urllib.parse import quote

import pytest

import fcgi_client as fcgi
from program import PATIENCE, wait_until
from stack import LIMITS_OFF, Stack, parse_answer
from test_edge import HARDENING, assert_error, assert_headers

GOOD = b"Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nhi\n"


class Impostor:
    """Listens on the socket of a process and does with each request what `behave` says."""

    def __init__(self, path, behave):
        self.path, self.behave = path, behave
        self.requests = []  # (params, body)
        self.connections = []
        self.aside = path.with_suffix(".aside")
        path.rename(self.aside)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o666)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError, EOFError):
            stream = connection.makefile("rb")
            while True:
                self.requests.append(read_request(stream))
                output = self.behave()
                if output is None:
                    return
                connection.sendall(fcgi.stream(fcgi.STDOUT, output)
                                   + fcgi.record(fcgi.END_REQUEST, bytes(8)))

    def leave(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        self.aside.rename(self.path)


def read_request(stream):
    """Returns (params, body) of the next request."""
    parts = {fcgi.PARAMS: b"", fcgi.STDIN: b""}
    while True:
        header = stream.read(fcgi.HEADER.size)
        if len(header) < fcgi.HEADER.size:
            raise EOFError
        _, kind, _, length, padding = fcgi.HEADER.unpack(header)
        content = stream.read(length + padding)[:length]
        if kind in parts:
            parts[kind] += content
        if kind == fcgi.STDIN and not content:
            return parse_pairs(parts[fcgi.PARAMS]), parts[fcgi.STDIN]


def parse_pairs(data):
    found, at = [], 0
    while at < len(data):
        sizes = []
        for _ in range(2):
            wide = data[at] & 0x80
            size = int.from_bytes(data[at:at + 4], "big") & 0x7FFFFFFF if wide else data[at]
            sizes.append(size)
            at += 4 if wide else 1
        name, value = data[at:at + sizes[0]], data[at + sizes[0]:at + sum(sizes)]
        found.append((name.decode(), value.decode()))
        at += sum(sizes)
    return found


@pytest.fixture(scope="module")
def hollow():
    """A stack whose hello will be replaced."""
    with Stack(**LIMITS_OFF) as running:
        yield running


@pytest.fixture
def behind(hollow):
    """Puts impostors behind nginx: one behaviour for each process, None for the real one."""
    there = []

    def put(*behaviours):
        for n, behave in enumerate(behaviours, 1):
            if behave is not None:
                there.append(Impostor(hollow.socket("hello", n), behave))
        forget_connections(hollow)
        return there
    yield put
    for impostor in there:
        impostor.leave()
    forget_connections(hollow)  # or nginx might learn last that those to the impostors are closed
    assert hollow.get("/").text == "Hello, World!\n", "the real ones are back"


def forget_connections(stack):
    """New workers of nginx's know no connection to the processes that were there before."""
    before = set(stack.workers())
    os.kill(stack.edge(), signal.SIGHUP)
    wait_until(lambda: stack.workers() and not before & set(stack.workers()), "new workers")


def says(output):
    return lambda: output


def hangs_up():
    return None


def requests_of(impostors):
    return [request for impostor in impostors for request in impostor.requests]


# --- what nginx passes on -------------------------------------------------------------------------

def test_exactly_six_parameters(hollow, behind):
    """Whatever a client sends: httpoxy, aliases, forwarded addresses and cookies end here."""
    impostors = behind(says(GOOD), says(GOOD))
    answer = hollow.get("/?name=%20a&b=+%00", headers={
        "Proxy": "http://example.com", "X-Forwarded-For": "1.2.3.4", "Cookie": "a=b",
        "Authorization": "Basic eA==", "Request-Id": "mine", "Request_Method": "PUT",
        "Content-Type": "text/plain", "Accept": "application/json", "Query-String": "name=x"})
    assert answer.text == "hi\n"
    (params, body), = requests_of(impostors)
    came = params.pop()
    assert (params, body) == ([
        ("REQUEST_METHOD", "GET"), ("QUERY_STRING", "name=%20a&b=+%00"),
        ("HTTP_ACCEPT", "application/json"), ("REQUEST_ID", answer.header("x-request-id")),
        ("REMOTE_ADDR", "127.0.0.1")], b"")
    assert came[0] == "REQUEST_MSEC" and abs(float(came[1]) - time.time()) < PATIENCE


def test_no_body(hollow, behind):
    """A request that has one is refused; of the others a program gets none."""
    impostors = behind(says(GOOD), says(GOOD))
    assert_error(hollow.get("/", body=b"hello"), 413)
    assert requests_of(impostors) == []
    assert hollow.get("/", headers={"Content-Length": "0"}).status == 200
    (params, body), = requests_of(impostors)
    assert body == b""
    assert [name for name, _ in params] == ["REQUEST_METHOD", "QUERY_STRING", "REQUEST_ID",
                                            "REMOTE_ADDR", "REQUEST_MSEC"]


@pytest.mark.parametrize("path", ["/nope", "/?" + "a" * 20_000, "/%zz"])
def test_what_is_refused_reaches_no_program(hollow, behind, path):
    """An error of nginx's own costs the programs nothing."""
    impostors = behind(says(GOOD), says(GOOD))
    assert hollow.get(path).status in (400, 404, 414)
    assert hollow.get("/", method="POST").status == 405
    assert hollow.get("/", headers={"Host": "example.com"}).status == 400
    assert requests_of(impostors) == []


# --- what it takes back ---------------------------------------------------------------------------

HOSTILE_HEADERS = {
    **{name: "x" for name in HARDENING}, "Permissions-Policy": "x", "X-Request-Id": "f" * 32,
    "Date": "x", "Allow": "POST", "Retry-After": "0", "Set-Cookie": "a=b",
    "Location": "http://example.com",
    "X-Powered-By": "test", "X-Accel-Redirect": "/ping", "X-Accel-Limit-Rate": "1",
    "X-Accel-Charset": "x", "X-Accel-Expires": "9",
}


def test_a_program_has_no_say_in_the_headers(hollow, behind):
    """One that was taken over can neither weaken them nor set a cookie nor send nginx elsewhere."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in HOSTILE_HEADERS.items())
    output = f"Status: 200 OK\r\nContent-Type: text/plain\r\n{lines}\r\nhi\n".encode()
    behind(says(output), says(output))
    answer = hollow.get("/")
    assert (answer.status, answer.text) == (200, "hi\n")
    assert_headers(answer)
    assert answer.header("x-request-id") != "f" * 32
    assert len(answer.all("date")) == 1 and answer.header("date") != "x"
    for name in ("allow", "retry-after", "set-cookie", "location", "x-accel-redirect"):
        assert answer.all(name) == [], name


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_a_programs_error_is_its_own(hollow, behind, status):
    """nginx does not put its JSON over a program's: that one says what to change."""
    body = b'{"error":"mine"}'
    head = f"Status: {status} X\r\nContent-Type: application/json\r\n\r\n".encode()
    behind(says(head + body), says(head + body))
    answer = hollow.get("/")
    assert (answer.status, answer.body) == (status, body)
    assert_headers(answer)


def test_a_long_answer_is_whole(hollow, behind):
    """Longer than every buffer of nginx's, and without a temporary file."""
    body = bytes(range(256)) * 4096
    behind(*[says(b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body)] * 2)
    assert hollow.get("/").body == body
    assert list((hollow.state / "edge/fastcgi").iterdir()) == []


# --- programs that misbehave ----------------------------------------------------------------------

BROKEN = {
    "hangs up": hangs_up,
    "says nothing": says(b""),
    "sends no header": says(b"hello\n"),
    "sends a bad status": says(b"Status: hello\r\n\r\nhi"),
    "sends a header without end": says(b"X: " + b"a" * 100_000),
}


@pytest.mark.parametrize("behave", BROKEN.values(), ids=BROKEN.keys())
def test_broken_programs_are_a_502(hollow, behind, behave):
    """The contract's JSON, after a second try on the other process."""
    impostors = behind(behave, behave)
    assert_error(hollow.get("/"), 502)
    assert len(requests_of(impostors)) == 2


@pytest.mark.parametrize("behave", BROKEN.values(), ids=BROKEN.keys())
def test_one_broken_process_is_not_noticed(hollow, behind, behave):
    """Each request that it drops is answered by the other one; and it is asked again each time."""
    impostors = behind(behave, None)
    assert {hollow.get("/").text for _ in range(30)} == {"Hello, World!\n"}
    assert len(requests_of(impostors)) >= 10, "max_fails=0: it is never given up"


def test_a_request_that_kills_does_not_kill_all():
    """Two tries, however many processes there are."""
    with Stack(PROCESSES="3", **LIMITS_OFF) as stack:
        impostors = [Impostor(stack.socket("hello", n), hangs_up) for n in (1, 2, 3)]
        forget_connections(stack)
        assert_error(stack.get("/"), 502)
        assert len(requests_of(impostors)) == 2


def test_missing_sockets_are_a_502(hollow):
    """Nothing listens: not nginx's own page, nor a word about sockets."""
    forget_connections(hollow)
    paths = [hollow.socket("hello", n) for n in (1, 2)]
    for path in paths:
        path.rename(path.with_suffix(".aside"))
    try:
        assert_error(hollow.get("/"), 502)
    finally:
        for path in paths:
            path.with_suffix(".aside").rename(path)
    assert hollow.get("/").status == 200


def test_silent_programs_are_a_504(hollow, behind):
    """Bounded: twice the five seconds that each of two tries has."""
    silence = threading.Event()
    try:
        behind(*[lambda: silence.wait(60) and None] * 2)
        assert_error(hollow.get("/"), 504)
    finally:
        silence.set()


def test_a_late_ping_is_not_sent_twice():
    """Nobody knows whether it went out: another process would send a second one."""
    silence = threading.Event()
    with Stack(PING_TIMEOUT_MS="1", **LIMITS_OFF) as stack:
        impostors = [Impostor(stack.socket("ping", n), lambda: silence.wait(60) and None)
                     for n in (1, 2)]
        assert_error(stack.get("/ping?ip=127.0.0.1"), 504)
        assert len(requests_of(impostors)) == 1
        silence.set()


@pytest.mark.parametrize(("timeout", "least"), [("1", 1.1), ("2000", 5), ("60000", 121)])
def test_a_ping_that_had_to_wait_is_waited_for(down, timeout, least):
    """It may wait for a place as long as a ping takes, then take as long itself."""
    down.settings["PING_TIMEOUT_MS"] = timeout
    down.up()
    route = (down.state / "nginx/routes/ping.conf").read_text()
    assert int(re.search(r"fastcgi_read_timeout (\d+)s;", route).group(1)) >= least


def test_query_reaches_the_program_as_it_came(hollow, behind):
    """Escapes, plus signs, fragments of nginx's own syntax: nothing decodes but the program."""
    impostors = behind(says(GOOD), says(GOOD))
    query = "%2525&a+b=%2B&$uri&%0d%0aX:+y&" + quote("é")
    assert parse_answer(hollow.raw(
        f"GET /?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    ).status == 200
    assert dict(requests_of(impostors)[0][0])["QUERY_STRING"] == query
