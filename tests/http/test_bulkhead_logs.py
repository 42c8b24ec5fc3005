"""The logs: how `bulkhead logs` shows them, that they stay small, and how to move them away."""

import base64
import os
import re
import signal
import subprocess

import pytest

from program import wait_until
from raw_requests import lines, request
from stack import LIMITS_OFF, REPOSITORY, ROUTES, Stack, parse_answer

def test_logs(own):
    """All, one route's, or nginx's."""
    number = own.get("/nope").header("x-request-id")
    wait_until(lambda: number in own.log("access"), "the line in the access log")
    assert number in own.bulkhead("logs").stdout
    assert number in own.bulkhead("logs", "edge").stdout
    hello = own.bulkhead("logs", "hello")
    assert hello.returncode == 0 and number not in hello.stdout
    unknown = own.bulkhead("logs", "nope")
    assert unknown.returncode == 1
    assert unknown.stderr == (
        f"bulkhead: logs: nope: no such route; there are: {' '.join(ROUTES)} edge\n")


def test_logs_follow(own):
    """-f, on either side of the name."""
    for arguments in (["-f", "edge"], ["edge", "-f"]):
        with subprocess.Popen([str(REPOSITORY / "bulkhead"), "logs", *arguments], text=True,
                              env=own.environment(), stdout=subprocess.PIPE) as follower:
            try:
                number = own.get("/nope").header("x-request-id")
                assert any(number in line for line in follower.stdout)
            finally:
                follower.kill()


# --- size -----------------------------------------------------------------------------------------

def test_a_line_is_short_whatever_a_client_sends(own):
    """15 kB of each would fill a disk ten times as fast; 256 bytes still say what it was."""
    long = "x" * 15_000
    for method, target, host, agent in (
            ("A" * 4000, "/", "localhost", "test"), ("GET", f"/{long}", "localhost", "test"),
            ("GET", "/", long, "test"), ("GET", "/", "localhost", long)):
        own.raw(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\n"
                "Connection: close\r\n\r\n".encode())
    wait_until(lambda: len(own.access_log()) == 4, "a line for each")
    assert max(map(len, own.log("access").splitlines())) < 1000
    # several workers write their lines in no order
    cut = {(name, text) for line in own.access_log() for name, text in line.items()
           if name in ("method", "target", "host", "agent") and len(text) > 100}
    assert cut == {("method", "A" * 253 + "..."), ("target", "/" + "x" * 252 + "..."),
                   ("host", "x" * 253 + "..."), ("agent", "x" * 253 + "...")}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "BREW"])
def test_the_method_is_the_clients(own, method):
    """Also of what is refused, which nginx answers as if it had been a GET."""
    own.get("/", method=method)
    wait_until(own.access_log, "its line")
    assert own.access_log()[0]["method"] == method


def test_a_text_that_fits_is_whole(own):
    """256 bytes and not one less."""
    own.get("/" + "x" * 255)
    wait_until(own.access_log, "its line")
    assert own.access_log()[0]["target"] == "/" + "x" * 255


# --- what is in them ------------------------------------------------------------------------------

SECRET = "hunter2-of-the-sea"


@pytest.fixture(scope="module")
def talkative():
    """With all that nginx is ever told to log."""
    with Stack(LOG_LEVEL="debug", **LIMITS_OFF) as running:
        yield running


def basic(password):
    return b"Authorization: Basic " + base64.b64encode(f"admin:{password}".encode())


@pytest.mark.parametrize("data", [
    request(b"GET /audit HTTP/1.1", basic(SECRET)),
    request(b"GET /audit HTTP/1.1", basic(SECRET * 1000)),
    request(b"GET /audit HTTP/1.1", basic(SECRET), b"Content-Length: 20000"),
    request(b"GET /audit HTTP/1.1", basic(SECRET), basic(SECRET)),
    request(b"GET /audit HTTP/1.1", basic(SECRET) + b"\0"),
    request(b"GET /audit HTTP/1.1", basic(SECRET).replace(b":", b" :")),
    request(b"GET /nope HTTP/1.1", b"Proxy-" + basic(SECRET), b"Cookie: a=" + SECRET.encode()),
    request(f"GET http://admin:{SECRET}@localhost/ HTTP/1.1".encode()),
    request(f"GET http://{SECRET}@localhost/ HTTP/1.1".encode()),
    request(f"CONNECT admin:{SECRET}@localhost:80 HTTP/1.1".encode()),
    request(f"GET admin:{SECRET}@localhost HTTP/1.1".encode()),
    lines(b"GET / HTTP/1.1", f"Host: admin:{SECRET}@localhost".encode()),
])
def test_no_secret_is_logged(talkative, data):
    """As it was sent or as it stands for it, also of what is refused for another reason."""
    lines_before = talkative.log("access").count("\n")
    answer = parse_answer(talkative.raw(data))
    assert answer.status >= 400
    wait_until(lambda: talkative.log("access").count("\n") > lines_before, "its line")
    encoded = base64.b64encode(f"admin:{SECRET}".encode()).decode()
    for name in ("access", "edge", "audit"):
        assert SECRET not in talkative.log(name)
        assert encoded[:20] not in talkative.log(name)


def test_a_query_is_logged_as_it_was_sent(own):
    """So that an input can be found; who sends a secret there has sent it to the log."""
    own.get("/?name=Bob&token=x")
    wait_until(own.access_log, "its line")
    assert own.access_log()[0]["target"] == "/?name=Bob&token=x"


ODD = bytes(byte for byte in range(1, 256) if byte not in b"\r\n")


@pytest.mark.parametrize("data", [
    request(b"GET /" + ODD + b" HTTP/1.1"),
    request(b"GET /?" + ODD[0x80:] + b"\x1b]0;owned\x07 HTTP/1.1", b"Content-Length: 20000"),
    lines(b"GET / HTTP/1.1", b"Host: " + ODD, b"Content-Length: 20000"),
    request(b"GET / HTTP/1.1", b"User-Agent: " + ODD, b"Content-Length: 20000"),
    request(b"GET / HTTP/1.1", b"Referer: " + ODD, b"Content-Length: 20000"),
    ODD + b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + ODD,
])
def test_no_line_holds_a_control_character(talkative, data):
    """access.log as it is; edge.log as it is shown, for nginx has no other way to write it."""
    lines_before = talkative.log("access").count("\n")
    talkative.raw(data)
    wait_until(lambda: talkative.log("access").count("\n") > lines_before, "its line")
    written = (talkative.state / "log/access.log").read_bytes()
    assert re.fullmatch(rb"[\n -~]+", written) and talkative.access_log()
    shown = subprocess.run([str(REPOSITORY / "bulkhead"), "logs", "edge"], capture_output=True,
                           env=talkative.environment(), timeout=60, check=True).stdout
    assert re.fullmatch(rb"[\t\n -~]+", shown)


# --- moved away -----------------------------------------------------------------------------------

def test_reload_after_moving_the_logs_away(own):
    """nginx goes on in new files: the old ones are complete and can be packed."""
    own.get("/before")
    wait_until(own.access_log, "its line")
    log = own.state / "log"
    for name in ("access", "edge"):
        (log / f"{name}.log").rename(log / f"{name}.log.1")
    done = own.bulkhead("reload")
    assert done.returncode == 0, done.stderr

    def is_new():
        own.get("/after")
        return "/after" in own.log("access")
    wait_until(is_new, "a line in the new file")
    old = (log / "access.log.1").read_text()
    own.get("/last")
    wait_until(lambda: "/last" in own.log("access"), "its line")
    assert "/before" in old and (log / "access.log.1").read_text() == old
    assert own.bulkhead("reload", SERVER_NAMES="localhost").returncode == 0, "edge.log is read anew"


def test_a_programs_log_can_be_emptied(own):
    """It is written by appending: what comes next is at its start, not behind a hole."""
    log = own.state / "log/hello.log"
    log.write_bytes(b"")
    os.kill(own.pids("hello")[0], signal.SIGKILL)
    wait_until(lambda: log.stat().st_size, "multiwatch's line")
    assert b"\0" not in log.read_bytes()
