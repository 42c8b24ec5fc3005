"""
The socket side of a program, asked without nginx: connections, time-outs, peers and the end.

Broken requests have a file of their own, test_fastcgi_broken.py.
"""

import grp
import os
import resource
import threading
import time

import pytest

import fcgi_client as fcgi
from program import Program, wait_until

AS_ROOT = os.geteuid() == 0
IDLE = 2000
MAX_CONNECTIONS = 4096  # cgi-src/route/connections.h
STRANGER = 65533  # nobody's uid on any system that follows Debian's policy


@pytest.fixture(scope="module", autouse=True)
def enough_descriptors():
    """Thousands of connections are thousands of descriptors, on our side too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > MAX_CONNECTIONS + 300, "ulimit -Hn is too low for this test"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, MAX_CONNECTIONS + 300), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def hello():
    with Program("hello") as program:
        yield program


def bob(name="Bob", **more):
    return fcgi.request_params(f"name={name}", **more)


def answers(program):
    """Whether a new connection gets its answer."""
    return program.ask("name=Bob").text == "Hello, Bob!\n"


# --- connections that are used as intended --------------------------------------------------------

def test_one_request(hello):
    """The plain case, to the last record: output, and the end of it, and no complaint."""
    with hello.connect() as connection:
        reply = connection.ask(bob(), keep=False)
        assert (reply.status, reply.text) == (200, "Hello, Bob!\n")
        assert reply.header("content-type") == "text/plain; charset=utf-8"
        assert reply.header("content-length") == "12"
        assert reply.header("cache-control") == "no-store"
        assert (reply.app_status, reply.protocol_status, reply.stderr) == (0, 0, b"")
        assert connection.read_to_end() == b"", "not kept: the program closes"


def test_a_connection_is_kept(hello):
    """nginx keeps its connections: a thousand requests on one, none answered with another's."""
    with hello.connect() as connection:
        for number in range(1000):
            reply = connection.ask(bob(f"Bob{number}", request_id=f"{number:032x}"))
            assert reply.text == f"Hello, Bob{number}!\n"
            assert reply.header("x-request-id") == f"{number:032x}"


def test_a_kept_connection_is_closed_when_asked(hello):
    """The flag is per request: the last one without FCGI_KEEP_CONN ends the connection."""
    with hello.connect() as connection:
        connection.ask(bob())
        connection.ask(bob(), keep=False)
        assert connection.read_to_end() == b""


@pytest.mark.parametrize("size", [1, 3, 7, 8, 9, 64])
def test_fragments(hello, size):
    """A socket may hand bytes over in any pieces; 8 is the size of a record's header."""
    with hello.connect() as connection:
        connection.send_in_pieces(fcgi.request_bytes(bob(), keep=True), size)
        assert connection.read_reply().text == "Hello, Bob!\n"
        assert connection.ask(bob("Ada")).text == "Hello, Ada!\n"


@pytest.mark.parametrize("fcgi_id", [1, 2, 255, 256, 65535])
def test_request_ids(hello, fcgi_id):
    """The answer carries the id that the web server chose."""
    with hello.connect() as connection:
        connection.send(fcgi.request_bytes(bob(), keep=True, fcgi_id=fcgi_id))
        assert connection.read_reply(fcgi_id).text == "Hello, Bob!\n"


@pytest.mark.parametrize("size", [1, 8192, 50000])
def test_a_body_is_read_and_ignored(hello, size):
    """A body that nobody wants must not become the beginning of the next request."""
    with hello.connect() as connection:
        assert connection.ask(bob(), body=b"x" * size).text == "Hello, Bob!\n"
        assert connection.ask(bob("Ada")).text == "Hello, Ada!\n"


def test_parameters_in_many_records(hello):
    """Name-value pairs may be cut anywhere between two PARAMS records: here, everywhere."""
    data = fcgi.pairs(bob())
    cut = b"".join(fcgi.record(fcgi.PARAMS, data[i:i + 1]) for i in range(len(data)))
    with hello.connect() as connection:
        connection.send(fcgi.begin(keep=True) + cut + fcgi.record(fcgi.PARAMS)
                        + fcgi.record(fcgi.STDIN))
        assert connection.read_reply().text == "Hello, Bob!\n"


def test_four_byte_lengths(hello):
    """Short lengths may be written in four bytes too."""
    data = b"".join(fcgi.pair(name, value, wide=True) for name, value in bob().items())
    with hello.connect() as connection:
        connection.send(fcgi.begin(keep=True) + fcgi.stream(fcgi.PARAMS, data)
                        + fcgi.record(fcgi.STDIN))
        assert connection.read_reply().text == "Hello, Bob!\n"


def test_head_has_no_body(hello):
    """nginx would cut it off, but the bytes need not be sent; the length is that of the GET."""
    reply = hello.ask("name=Bob", method="HEAD")
    assert (reply.status, reply.body, reply.header("content-length")) == (200, b"", "12")


def test_counters(hello):
    """What `bulkhead status` shows: one answer each of 200 and 400."""
    before = hello.stats()
    hello.ask("name=Bob")
    hello.ask("name=%2F")
    hello.wait_for_stat("answered", before["answered"] + 2)
    after = hello.stats()
    assert after["pid"] == hello.pid
    assert abs(after["started"] - time.time()) < 3600
    assert after["ok"] == before["ok"] + 1
    assert after["client_errors"] == before["client_errors"] + 1
    assert after["server_errors"] == before["server_errors"]
    assert after["dropped"] == before["dropped"]


# --- clients that hold on -------------------------------------------------------------------------

def test_stalled_request_holds_nobody(hello):
    """Half a request and then silence: dropped after the time-out, and all others go on."""
    half = fcgi.request_bytes(bob())[:40]
    dropped = hello.stats()["dropped"]
    with hello.connect() as stalled:
        stalled.send(half)
        start = time.monotonic()
        meanwhile = 0
        while hello.stats()["dropped"] == dropped:
            assert time.monotonic() < start + 20, "the stalled connection is never dropped"
            assert answers(hello)
            meanwhile += 1
        assert meanwhile > 10, "the others waited for the stalled one"
        assert time.monotonic() - start > 2, "a slow network is no stalled client"
        assert stalled.read_to_end() == b""


def test_many_stalled_requests(hello):
    """As many as there are threads anywhere, and then some."""
    stalled = [hello.connect() for _ in range(200)]
    for connection in stalled:
        connection.send(fcgi.begin(keep=True))
    assert answers(hello)
    for connection in stalled:
        assert connection.read_to_end() == b""
        connection.close()
    assert answers(hello)


def test_of_stalled_requests_the_oldest_go(hello):
    """Each is kept in memory, so there are not more than 64 of them."""
    stalled = []
    for _ in range(100):
        stalled.append(hello.connect())
        stalled[-1].send(fcgi.begin(keep=True))
    wait_until(lambda: sum(map(is_closed, stalled)) == 36, "36 of them are closed")
    assert [is_closed(connection) for connection in stalled] == [True] * 36 + [False] * 64
    for connection in stalled:
        connection.close()
    assert answers(hello)


def test_slow_bytes_are_no_licence(hello):
    """A byte a second keeps a socket busy, and must not keep a request alive for minutes."""
    request = fcgi.request_bytes(bob())
    with hello.connect() as slow:
        start = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for at in range(40):
                slow.send(request[at:at + 1])
                time.sleep(0.5)
    assert time.monotonic() - start < 20


def test_a_client_that_never_reads(hello):
    """Its answers fill the socket; everyone else is answered all the same."""
    with hello.connect() as deaf:
        for _ in range(3000):
            before = hello.stats()["answered"]
            deaf.try_send(fcgi.request_bytes(bob(), keep=True))
            deadline = time.monotonic() + 0.5
            while hello.stats()["answered"] == before and time.monotonic() < deadline:
                pass
            if hello.stats()["answered"] == before:
                break
        assert answers(hello)
        assert hello.alive()
    assert answers(hello)


def test_a_client_that_never_closes(hello):
    """
    The program has ended the connection; the client has not. libfcgi would wait two seconds for
    it, each time, and everyone else with it.
    """
    start = time.monotonic()
    lingering = [hello.connect() for _ in range(10)]
    for connection in lingering:
        connection.ask(bob(), keep=False)
    assert answers(hello)
    assert time.monotonic() - start < 10, "ten lingering closes take twenty seconds"
    for connection in lingering:
        connection.close()


def test_idle_connections_hold_nothing():
    """More idle connections than nginx ever keeps: a new one is answered at once all the same."""
    with Program("hello") as program:
        idle = [program.connect() for _ in range(IDLE)]
        try:
            for connection in idle[::10]:
                connection.try_send(fcgi.request_bytes(bob(), keep=True))
            for number in range(50):
                assert program.ask(f"name=Bob{number}").text == f"Hello, Bob{number}!\n"
        finally:
            for connection in idle:
                connection.close()
        program.wait_for_stat("open", 0)
        assert answers(program)


def test_few_descriptors_keep_nobody_out():
    """A limit that is under the table's size, as a container may set it: the oldest must go too."""
    with Program("hello", descriptors=256) as program:
        idle = [program.connect() for _ in range(300)]
        try:
            for number in range(20):
                assert program.ask(f"name=Bob{number}").text == f"Hello, Bob{number}!\n"
        finally:
            for connection in idle:
                connection.close()


def test_an_evicted_connection_is_closed_cleanly():
    """
    Where there are too many, idle ones go: at a moment at which they owe no answer, so what
    nginx sees is what it sees whenever an upstream ends a kept connection.
    """
    with Program("hello") as program:
        kept = [ask_and_keep(program) for _ in range(MAX_CONNECTIONS + 200)]
        gone = [connection for connection in kept if is_closed(connection)]
        open_now = program.stats()["open"]
        for connection in kept:
            connection.close()
        assert gone == kept[:200], "the longest idle ones make room"
        assert open_now == MAX_CONNECTIONS
        assert program.stats()["dropped"] == 0, "an idle connection is no broken request"


def ask_and_keep(program):
    connection = program.connect()
    assert connection.ask(bob()).text == "Hello, Bob!\n", "a new connection must not be evicted"
    return connection


def is_closed(connection):
    """Whether the program has closed it; anything but silence or a clean end is a failure."""
    connection.sock.settimeout(0)
    try:
        received = connection.sock.recv(1)
    except BlockingIOError:
        return False
    assert received == b""
    return True


# --- who may connect ------------------------------------------------------------------------------

@pytest.mark.skipif(not AS_ROOT, reason="only root can connect as somebody else")
def test_a_stranger_is_refused():
    """Socket permissions are one bolt; with them wide open the peer's uid is the next."""
    with Program("hello") as program:
        os.chmod(program.socket, 0o666)
        with fcgi.connect_as(program.socket, STRANGER, STRANGER) as stranger:
            stranger.try_send(fcgi.request_bytes(bob()))
            assert stranger.read_to_end() == b""
        program.wait_for_stat("refused", 1)
        assert program.stats()["answered"] == 0 and program.stats()["dropped"] == 0
        assert answers(program)


@pytest.mark.skipif(not AS_ROOT, reason="only root can connect as somebody else")
def test_the_named_peer_is_served():
    """--peer is the one uid, besides the program's own, that is let in; root is not special."""
    with Program("hello", peer=STRANGER) as program:
        os.chmod(program.socket, 0o666)
        with fcgi.connect_as(program.socket, STRANGER, STRANGER) as peer:
            assert peer.ask(bob()).text == "Hello, Bob!\n"
        with program.connect() as root:
            root.try_send(fcgi.request_bytes(bob()))
            assert root.read_to_end() == b""
        program.wait_for_stat("refused", 1)


@pytest.mark.skipif(not AS_ROOT, reason="only root can connect as somebody else")
def test_the_named_group_is_served():
    """--peer :GROUP is the one gid that is let in, whatever the uid; one's own uid is not."""
    with Program("hello", peer=":daemon") as program:
        os.chmod(program.socket, 0o666)
        with fcgi.connect_as(program.socket, STRANGER, grp.getgrnam("daemon").gr_gid) as peer:
            assert peer.ask(bob()).text == "Hello, Bob!\n"
        for uid in (STRANGER, 0):
            with fcgi.connect_as(program.socket, uid, STRANGER) as other:
                other.try_send(fcgi.request_bytes(bob()))
                assert other.read_to_end() == b""
        program.wait_for_stat("refused", 2)


@pytest.mark.skipif(not AS_ROOT, reason="only root can connect as somebody else")
def test_the_socket_keeps_strangers_out():
    """The bolt before that: they can't even connect."""
    with Program("hello") as program:
        with pytest.raises(PermissionError):
            fcgi.connect_as(program.socket, STRANGER, STRANGER)


# --- the end --------------------------------------------------------------------------------------

def test_sigterm_with_idle_connections():
    """Idle connections are no reason to wait: nginx keeps them for a minute."""
    with Program("hello") as program:
        idle = [program.connect() for _ in range(20)]
        for connection in idle[:10]:
            connection.ask(bob())
        code, seconds = program.terminate()
        assert code == 0
        assert seconds < 4, "that is the time which requests in flight may take"
        for connection in idle:
            assert connection.read_to_end() == b""
            connection.close()


def test_sigterm_with_a_stalled_request():
    """Half a request may never become one: the end comes all the same, and in time."""
    with Program("hello") as program, program.connect() as stalled:
        stalled.send(fcgi.begin())
        wait_until(lambda: program.stats()["open"] == 1, "the connection")
        code, seconds = program.terminate()
        assert code == 0
        assert seconds < 15, "5 s, and what a loaded machine adds"


def ask_until_the_end(program, results):
    """Keeps asking on one connection; notes each answer, or what came of the last request."""
    try:
        with program.connect() as connection:
            while True:
                results.append(connection.ask(bob()).text)
    except fcgi.Dropped as end:
        results.append(end.received)
    except (BrokenPipeError, ConnectionResetError, ConnectionRefusedError):
        results.append(b"")


def test_sigterm_while_requests_run():
    """Each request is answered whole or not at all: nginx tries the second kind elsewhere."""
    with Program("hello") as program:
        results = [[] for _ in range(8)]
        threads = [threading.Thread(target=ask_until_the_end, args=(program, r)) for r in results]
        for thread in threads:
            thread.start()
        wait_until(lambda: program.stats()["answered"] > 200, "some load")
        code, _ = program.terminate()
        for thread in threads:
            thread.join()
        assert code == 0
        for result in results:
            assert set(result[:-1]) <= {"Hello, Bob!\n"}
            assert result[-1] == b"", "half an answer"
