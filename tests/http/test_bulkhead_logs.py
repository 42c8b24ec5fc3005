"""The logs: how `bulkhead logs` shows them, that they stay small, and how to move them away."""

import os
import signal
import subprocess

import pytest

from program import wait_until
from stack import REPOSITORY, ROUTES

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
    names = ("method", "target", "host", "agent")
    cut = [line[name] for line, name in zip(own.access_log(), names)]
    assert cut == ["A" * 253 + "...", "/" + "x" * 252 + "...", *["x" * 253 + "..."] * 2]


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
