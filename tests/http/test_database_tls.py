"""The trail in the operator's own PostgreSQL, over TCP with TLS."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from audit_lab import DATABASE, free_port
from program import BUILD, clean_environment, wait_until
from stack import LIMITS_OFF, Stack
from test_bulkhead_trail import ask, record_of
from tls_lab import PASSWORDS, Server
from trail_lab import Journals, Shipper, line

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "sandbox"))

from injection import inject  # noqa: E402

ROOT = os.geteuid() == 0
HERE = -100  # AT_FDCWD


@pytest.fixture(scope="module")
def server():
    """With the tables, which `bulkhead trail-setup` has made, as the operator and by the URL."""
    made = Server()
    try:
        done = Stack(DATABASE_URL=made.url()).bulkhead("trail-setup")
        assert done.returncode == 0, done.stderr
        made.set_passwords()
        yield made
    finally:
        made.remove()


@pytest.fixture
def journals():
    made = Journals("hello")
    yield made
    made.remove()


def stored(server, text):
    return int(server.sql(f"SELECT count(*) FROM trail.records WHERE input = '{text}'", DATABASE))


def test_a_whole_deployment(server):
    """Requests are recorded and shown; healthy, and the layer that it costs is named."""
    stack = Stack(DATABASE_URL=server.url(sslmode="verify-full"), **LIMITS_OFF)
    try:
        done = stack.bulkhead("up")
        assert done.returncode == 0, done.stderr
        assert "empty root folder" in done.stdout, "of which only root could give one"
        assert ("DATABASE_URL names a server of yours" in done.stdout) == ROOT
        _, request_id, _ = ask(stack, "/?name=Far")
        assert record_of(stack, request_id)["input"] == "name=Far"
        wait_until(lambda: "; connected" in stack.bulkhead("status").stdout, "a connection")
        status = stack.bulkhead("status")
        assert status.returncode == 0, status.stderr
        if ROOT:
            table = status.stdout.split("compartment ")[0].splitlines()
            rows = {row.split()[0]: row for row in table if row.strip()}
            for name in ("audit-1", "trail"):
                assert re.search(r"without own-root$", rows[name]), rows[name]
            assert rows["hello-1"].endswith("all")
        for word in PASSWORDS.values():
            assert word.encode() not in b"".join(
                path.read_bytes() for path in stack.state.rglob("*") if path.is_file())
        with ThreadPoolExecutor(4) as pool:  # each thread of a process
            targets = ["/audit?limit=1000&format=html"] * 32
            answers = list(pool.map(lambda target: ask(stack, target), targets))
        assert [answer for answer in answers if answer[0] != 200] == [], stack.log("audit")
        server.restart()
        _, request_id, _ = ask(stack, "/?name=Again")
        assert record_of(stack, request_id)["input"] == "name=Again"
        assert stack.bulkhead("restart", "audit").returncode == 0
        assert record_of(stack, request_id)["input"] == "name=Again"
        stack.down()
        assert not re.search("seccomp|without a word", stack.log("audit") + stack.log("trail"))
    finally:
        stack.close()


def test_a_server_that_ends_comes_back(server, journals):
    with Shipper(server, journals, DATABASE_URL=server.url()) as shipper:
        shipper.wait_for(connected=1)
        server.stop(signal.SIGQUIT)
        journals.write(line(input="while it was away"))
        wait_until(lambda: "records wait" in shipper.log(), "a word of it")
        server.start()
        shipper.wait_for(shipped=1, connected=1, behind=0)
        assert "connected again" in shipper.log()
    assert stored(server, "while it was away") == 1


@pytest.mark.parametrize(("change", "words"), [
    ({"sslrootcert": "other.pem"}, "certificate verify failed"),
    ({"host": "127.0.0.1"}, 'does not match host name "127.0.0.1"'),
    ({"passfile": "wrong"}, "password authentication failed"),
    ({"passfile": None}, "no password supplied"),
], ids=["CA", "name", "password", "none"])
def test_what_is_not_as_it_should_be(server, journals, change, words):
    """A line says what, nothing is shipped, and the records wait."""
    server.passfile("wrong", {role: "guessed" for role in PASSWORDS})
    change = {name: server.tls / value if value and name != "host" else value
              for name, value in change.items()}
    path = journals.write(line(input=f"not for {words}"))
    with Shipper(server, journals, DATABASE_URL=server.url(**change)) as shipper:
        wait_until(lambda: "records wait" in shipper.log(), "a refusal")
        assert words in shipper.log()
        assert "guessed" not in shipper.log()
        shipper.wait_for(shipped=0, connected=0)
        assert shipper.process.poll() is None
    assert path.exists()


def test_a_server_without_tls(server, journals):
    """Nothing goes over the wire in the clear; with TLS again all is well."""
    try:
        server.stop()
        server.is_plain = True
        server.start()
        journals.write(line(input="not in the clear"))
        with Shipper(server, journals, DATABASE_URL=server.url()) as shipper:
            wait_until(lambda: "records wait" in shipper.log(), "a refusal")
            assert "server does not support SSL" in shipper.log()
            server.stop()
            server.is_plain = False
            server.start()
            shipper.wait_for(shipped=1, connected=1)
    finally:
        if server.is_plain:
            server.stop()
            server.is_plain = False
            server.start()


# --- what is refused at the start -----------------------------------------------------------------

def refusal(url, *options, program="trail/trail"):
    done = subprocess.run([str(BUILD / "cgi-src" / program), *options], capture_output=True,
                          text=True, timeout=60, check=False,
                          env=clean_environment({"DATABASE_URL": url, "JOURNALS": "/nonexistent",
                                                 # harden: ignore S1 because it is the tests' own
                                                 "PASSWORD": "x9-keeps-out-the-sea"}))
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr


CA = "sslrootcert=/etc/ca.pem"


@pytest.mark.parametrize("program", ["trail/trail", "audit"])
@pytest.mark.parametrize(("url", "words"), [
    *((f"postgresql://db.example.com/x?{CA}&sslmode={mode}", "sslmode is to be verify-full")
      for mode in ("disable", "allow", "prefer", "require", "verify-ca")),
    ("postgresql://db.example.com/x", "sslrootcert is missing"),
    ("postgresql://db.example.com/x?sslrootcert=ca.pem", "sslrootcert is missing"),
    ("postgresql://db.example.com/x?sslrootcert=system", "sslrootcert is missing"),
    (f"postgresql://db.example.com/x?{CA}&passfile=pgpass", "passfile is to be an absolute"),
    (f"postgresql://user:secret7@db.example.com/x?{CA}", "name that as passfile"),
    (f"postgresql://db.example.com/x?{CA}&password=secret7", "name that as passfile"),
    (f"postgresql://a,b,c,d,e/x?{CA}", "up to 4 of them"),
    (f"postgresql://a:1,b:2/x?{CA}", "port is to be the same for all hosts"),
    (f"postgresql://a,b/x?{CA}&target_session_attrs=any", "to be read-write or primary"),
    (f"postgresql://db.example.com:99999/x?{CA}", "port is to be"),
    (f"postgresql://db.example.com/x?{CA}&sslkey=/etc/secret7", "sslkey is not taken"),
    (f"postgresql://db.example.com/x?{CA}&hostaddr=192.0.2.1", "hostaddr is not taken"),
    (f"postgresql:///x?host=/run/postgresql&{CA}", "for a server over TCP"),
])
def test_a_url_that_is_refused(url, words, program):
    said = refusal(url, "--check", program=program)
    assert f"DATABASE_URL: {words}" in said or words in said
    assert "secret7" not in said


@pytest.mark.skipif(not ROOT, reason="a user's own files are what he makes of them")
def test_a_passfile_that_is_none(server):
    """At the start, before anything is connected to."""
    options = ("--user", "nobody")
    journals = Journals("hello")
    path = server.passfile("pgpass-x", {"bulkhead_audit": "not the shipper's"})

    def said(url):
        done = subprocess.run([str(BUILD / "cgi-src/trail/trail"), *options], capture_output=True,
                              text=True, timeout=60, check=False,
                              env=clean_environment({"DATABASE_URL": url,
                                                     "JOURNALS": str(journals.folder)}))
        assert done.returncode == 1
        return done.stderr
    try:
        assert f"no line has a password for localhost:{server.port}:{DATABASE}:bulkhead_trail" in \
            said(server.url(passfile=path))
        path.chmod(0o640)
        assert "may be used by others (mode 0640)" in said(server.url(passfile=path))
        path.chmod(0o600)
        path.write_text("x" * 2000)
        assert "a line of more than 1024 bytes" in said(server.url(passfile=path))
        assert "is no file" in said(server.url(passfile=server.tls))
        assert "No such file" in said(server.url(passfile="/nonexistent/pgpass"))
        assert "No such file" in said(server.url(sslrootcert="/nonexistent/ca.pem"))
        assert "is no file" in said(server.url(sslrootcert=server.tls))
        assert "host nowhere.invalid: " in said(server.url(host="nowhere.invalid"))
    finally:
        journals.remove()


# --- what it may still do -------------------------------------------------------------------------

def address(port):
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H4s8x", port, bytes((127, 0, 0, 1)))


@pytest.mark.skipif(not ROOT, reason="calls are put into it by who may trace it")
def test_its_compartment(server, journals):
    """The one port, the one file, no Unix socket, no other kind of socket."""
    other = free_port()
    with socket.create_server(("127.0.0.1", other)), \
            Shipper(server, journals, DATABASE_URL=server.url()) as shipper:
        shipper.wait_for(connected=1)
        pid = shipper.process.pid
        ca = str(server.tls / "ca.pem")
        made, = inject(pid, pid, ("socket", socket.AF_INET, socket.SOCK_STREAM, 0))
        fd = int(made.split()[1])
        good, bad, end = address(server.port), address(other), address(1)
        assert inject(pid, pid, ("connect", fd, bad, len(bad)), ("connect", fd, end, len(end)),
                      ("connect", fd, good, len(good)),
                      ("openat", HERE, str(server.tls / "server.pem"), 0),
                      ("openat", HERE, "/etc/passwd", 0), ("openat", HERE, "/", 0o200000),
                      ("openat", HERE, ca, 2), ("openat", HERE, ca, 0o2000000),
                      ("openat", HERE, ca, 0o1000), ("newfstatat", HERE, "", bytes(256), 0x1000),
                      ) == ["returned EACCES", "returned EACCES", "returned 0",
                            *["returned EACCES"] * 7]
        opened, = inject(pid, pid, ("openat", HERE, ca, 0))
        assert int(opened.split()[1]) > 2
        assert shipper.process.poll() is None


@pytest.mark.skipif(not ROOT, reason="calls are put into it by who may trace it")
@pytest.mark.parametrize("call", [
    ("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0),
    ("socket", socket.AF_INET, socket.SOCK_DGRAM, 0),
    ("socket", socket.AF_INET, socket.SOCK_STREAM, 262),  # MPTCP
    ("socket", socket.AF_NETLINK, socket.SOCK_RAW, 0),
    ("bind", 0, address(0), 16),
    ("sendto", 0, b"x", 1, 0x20000000, address(80), 16),  # MSG_FASTOPEN
    ("setsockopt", 0, socket.IPPROTO_TCP, 30, bytes(4), 4),  # TCP_FASTOPEN_CONNECT
    ("openat", 0, "x", 0),
    ("newfstatat", 0, "x", bytes(256), 0),
], ids=str)
def test_a_call_that_ends_it(server, journals, call):
    with Shipper(server, journals, DATABASE_URL=server.url()) as shipper:
        shipper.wait_for(connected=1)
        assert inject(shipper.process.pid, shipper.process.pid, call) == ["killed SIGSYS"]


def test_the_sandbox_says_so(server):
    for program in ("trail/trail", "audit"):
        done = subprocess.run([str(BUILD / "cgi-src" / program), "--sandbox"], check=True,
                              capture_output=True, text=True, timeout=60,
                              env=clean_environment({"DATABASE_URL": server.url()}))
        assert "  DATABASE_URL: read the file that it names\n" in done.stdout
        assert f"TCP: connect to port {server.port}, of any host." in done.stdout
        assert "TCP_" not in done.stdout and "AF_UNIX" not in done.stdout
