"""
FastCGI that no web server sends, against the one socket that takes FastCGI.

libfcgi trusts its peer, so the runtime looks at every byte before libfcgi does (cgi-src/route/
scan.h). Each row is one way of being broken. There is one acceptable outcome: the connection is
closed without a byte of an answer, the process lives on, and the next client is served.
"""

import pytest

import fcgi_client as fcgi
from fcgi_client import (ABORT_REQUEST, AUTHORIZER, BEGIN_REQUEST, DATA, END_REQUEST, FILTER,
                         GET_VALUES, GET_VALUES_RESULT, PARAMS, STDERR, STDIN, STDOUT, UNKNOWN_TYPE,
                         begin, length_of, pair, pairs, record, request_bytes, request_params,
                         stream)
from program import Program, is_sanitized

ASKED = request_params("name=Bob")
WHOLE = request_bytes(ASKED)
BEGUN = begin(keep=True)
NAMED = stream(PARAMS, pairs(ASKED))
END = record(STDIN)
MIB = 1 << 20


def with_params(content):
    """A request whose PARAMS stream holds these bytes."""
    return BEGUN + stream(PARAMS, content) + END


# Complete enough to be refused for what they are: nothing more is sent, nothing is hung up.
BROKEN = {
    "HTTP": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "a client at the wrong door"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), "another wrong door"),
    "garbage": (bytes(range(255, 0, -1)) * 4, "no version is 255"),
    "zeros": (bytes(4096), "no version is 0"),
    "version 0": (record(BEGIN_REQUEST, bytes(8), version=0), "only version 1 exists"),
    "version 2": (record(BEGIN_REQUEST, bytes(8), version=2), "only version 1 exists"),
    "version later": (BEGUN + record(PARAMS, pairs(ASKED), version=3), "each record has one"),
    "type 0": (record(0, bytes(8)), "there is no such type"),
    "type 12": (record(12, bytes(8)), "the first unassigned type"),
    "type 255": (record(255, bytes(8)), "the last"),
    "type unknown later": (BEGUN + record(77, b"x"), "not even between others"),
    "answer types": (record(STDOUT, b"x"), "what a program sends, not what it takes"),
    "END_REQUEST": (BEGUN + record(END_REQUEST, bytes(8)), "a program's, too"),
    "STDERR": (BEGUN + NAMED + record(STDERR, b"x"), "a program's, too"),
    "UNKNOWN_TYPE": (record(UNKNOWN_TYPE, bytes(8), 0), "a program's, too"),
    "GET_VALUES": (record(GET_VALUES, pair("FCGI_MAX_CONNS", ""), 0), "nginx asks for no values"),
    "GET_VALUES_RESULT": (record(GET_VALUES_RESULT, pair("FCGI_MAX_CONNS", "1"), 0),
                          "nor does it tell any"),
    "GET_VALUES within": (BEGUN + record(GET_VALUES, b"", 0) + NAMED + END, "nor between others"),
    "ABORT first": (record(ABORT_REQUEST), "nothing to abort"),
    "ABORT after BEGIN": (BEGUN + record(ABORT_REQUEST), "nginx hangs up instead"),
    "ABORT after PARAMS": (BEGUN + NAMED + record(ABORT_REQUEST), "nginx hangs up instead"),
    "DATA": (BEGUN + NAMED + record(DATA, b"x"), "a filter's stream"),
    "no BEGIN": (NAMED + END, "parameters of no request"),
    "only STDIN": (END, "a body of no request"),
    "role 0": (begin(0) + NAMED + END, "there is no such role"),
    "authorizer": (begin(AUTHORIZER) + NAMED + END, "not our role"),
    "filter": (begin(FILTER) + NAMED + END, "not our role"),
    "role 257": (begin(257) + NAMED + END, "a responder in the low byte only"),
    "request id 0": (request_bytes(ASKED, fcgi_id=0), "0 is for management records"),
    "BEGIN short": (record(BEGIN_REQUEST, bytes([0, 1])) + NAMED + END, "a body of 2 bytes, not 8"),
    "BEGIN long": (record(BEGIN_REQUEST, bytes([0, 1]) + bytes(90)) + NAMED + END, "92, not 8"),
    "BEGIN empty": (record(BEGIN_REQUEST) + NAMED + END, "no body at all"),
    "BEGIN twice": (BEGUN + BEGUN + NAMED + END, "libfcgi aborts on some of these"),
    "multiplexed": (BEGUN + begin(request_id=2) + NAMED + END, "a second request inside the first"),
    "PARAMS of another": (BEGUN + stream(PARAMS, pairs(ASKED), 2) + END, "an id never begun"),
    "STDIN of another": (BEGUN + NAMED + record(STDIN, b"", 2), "an id never begun"),
    "STDIN before PARAMS": (BEGUN + END + NAMED, "the wrong order"),
    "PARAMS reopened": (BEGUN + NAMED + NAMED + END, "the stream had ended"),
    "pipelined": (WHOLE + WHOLE, "the second before the first is answered"),
    "a byte behind": (WHOLE + b"\x01", "not even the beginning of a second"),
    "oversized parameter": (with_params(pair("QUERY_STRING", "name=" + "x" * 70000)), "over 64 K"),
    "oversized body": (request_bytes(ASKED, b"x" * 70000), "over 64 K"),
    "oversized padding": (BEGUN + record(PARAMS, b"", padding=255) * 300, "padding counts, too"),
    "many parameters": (with_params(pairs([(f"P{i}", "x") for i in range(1000)])), "nginx sends 4"),
    "many empty pairs": (with_params(bytes(4000)), "2,000 pairs of nothing"),
    "length 2^31-1 of a name": (with_params(b"\xff\xff\xff\xff\x01ab"), "libfcgi allocates it"),
    "length 2^31-1 of a value": (with_params(b"\x01\xff\xff\xff\xffab"), "libfcgi allocates it"),
    "lengths 2^31-1 of both": (with_params(b"\xff" * 8 + b"ab"), "their sum is over 32 bits"),
    "length over the stream": (with_params(b"\x01\x7fab"), "the value ends with the stream"),
    "length cut": (with_params(b"\x80\x00"), "the stream ends inside a length"),
    "a name and no length": (with_params(b"\x01"), "the stream ends between two lengths"),
    "a lying record": (BEGUN + record(PARAMS, pairs(ASKED), length=len(pairs(ASKED)) - 3)
                       + record(PARAMS) + END, "shorter than what follows: the rest is no record"),
    "NUL in a value": (with_params(pairs({**ASKED, "QUERY_STRING": "name=\0"})), "C ends there"),
    "NUL in a name": (with_params(pairs({**ASKED, "QUERY\0STRING": "x"})), "C ends there"),
}

# Beginnings of a request. The client hangs up; a stalled one is in test_fastcgi.py.
TRUNCATED = {
    "one byte": (WHOLE[:1], "not even a header"),
    "inside the header of BEGIN": (WHOLE[:5], "not even a header"),
    "inside BEGIN": (WHOLE[:12], "a header and half a body"),
    "after BEGIN": (BEGUN, "no parameter yet"),
    "inside the header of PARAMS": (WHOLE[:20], "half a header"),
    "inside PARAMS": (WHOLE[:60], "libfcgi served these as requests with half their parameters"),
    "between two parameters": (BEGUN + record(PARAMS, pair("REQUEST_METHOD", "GET")), "likewise"),
    "before the end of PARAMS": ((BEGUN + NAMED)[:-8], "all parameters, not their end"),
    "before STDIN": (BEGUN + NAMED, "the body's end is missing"),
    "inside STDIN": (BEGUN + NAMED + record(STDIN, b"half", length=8), "half a body"),
    "before the end of STDIN": (BEGUN + NAMED + record(STDIN, b"body"), "a body without its end"),
    "in the last byte": (WHOLE[:-1], "one byte short"),
    "a record that lies": (BEGUN + record(PARAMS, b"short", length=65535), "the rest never comes"),
    "padding that never comes": (BEGUN + NAMED + record(STDIN)[:6] + b"\xff\x00", "255 short"),
}


@pytest.fixture(scope="module")
def hello():
    """Warmed up: what a program takes once, for its first requests, is no growth."""
    with Program("hello") as program:
        with program.connect() as connection:
            for _ in range(1000):
                connection.ask(ASKED)
            connection.ask(ASKED, body=b"x" * 60000)
        program.first_pid, program.first_resident = program.pid, program.resident()
        yield program


@pytest.mark.parametrize("data, why", BROKEN.values(), ids=BROKEN)
def test_broken(hello, data, why):
    """Refused for what it is, without waiting for more."""
    dropped = hello.stats()["dropped"]
    with hello.connect() as connection:
        connection.try_send(data)
        assert connection.read_to_end() == b"", why
    hello.wait_for_stat("dropped", dropped + 1)
    assert hello.alive(), why
    assert hello.ask("name=Bob").text == "Hello, Bob!\n"


def answers_to_halves(program, halves):
    """What comes back for each half request whose client hangs up; all of them at once."""
    connections = [program.connect() for _ in halves]
    for connection, half in zip(connections, halves):
        connection.send(half)
        connection.hang_up()
    received = [connection.read_to_end() for connection in connections]
    for connection in connections:
        connection.close()
    return received


def test_truncated(hello):
    """Half a request is no request, whatever half it is: no answer, and it is counted."""
    before = hello.stats()
    received = answers_to_halves(hello, [data for data, _ in TRUNCATED.values()])
    answered = {name: (answer, why) for (name, (_, why)), answer
                in zip(TRUNCATED.items(), received) if answer}
    assert answered == {}
    hello.wait_for_stat("dropped", before["dropped"] + len(TRUNCATED))
    assert hello.stats()["answered"] == before["answered"]
    assert hello.ask("name=Bob").text == "Hello, Bob!\n"


def test_every_prefix(hello):
    """A request cut after any byte at all."""
    before = hello.stats()
    received = answers_to_halves(hello, [WHOLE[:length] for length in range(1, len(WHOLE))])
    assert [length for length, answer in enumerate(received, 1) if answer] == []
    hello.wait_for_stat("dropped", before["dropped"] + len(WHOLE) - 1)
    assert hello.stats()["answered"] == before["answered"]


@pytest.mark.parametrize("data, why", BROKEN.values(), ids=BROKEN)
def test_broken_on_a_kept_connection(hello, data, why):
    """After a good request the connection is nginx's own, and still checked."""
    dropped = hello.stats()["dropped"]
    with hello.connect() as connection:
        assert connection.ask(ASKED).status == 200
        connection.try_send(data)
        assert connection.read_to_end() == b"", why
    hello.wait_for_stat("dropped", dropped + 1)


def test_no_bytes_are_no_fault(hello):
    """A connection that is opened and closed is what health checks do: nothing is counted."""
    before = hello.stats()["dropped"]
    for _ in range(100):
        hello.connect().close()
    assert hello.ask("name=Bob").status == 200
    assert hello.stats()["dropped"] == before


def test_hang_up_before_the_answer(hello):
    """Nobody is there to read it: no signal, no lasting harm."""
    for _ in range(200):
        with hello.connect() as connection:
            connection.send(WHOLE)
    assert hello.ask("name=Bob").text == "Hello, Bob!\n"


REPEATED = [
    ("QUERY_STRING", [("QUERY_STRING", "name=Ada"), ("QUERY_STRING", "name=Bob")]),
    ("REQUEST_METHOD", [("REQUEST_METHOD", "GET"), ("REQUEST_METHOD", "POST")]),
]


@pytest.mark.parametrize("name, twice", REPEATED, ids=[r[0] for r in REPEATED])
def test_a_parameter_twice(hello, name, twice):
    """nginx sends none twice. Whichever counts, it is one of the two, and not a mix of them."""
    others = [(key, value) for key, value in ASKED.items() if key != name]
    with hello.connect() as connection:
        reply = connection.ask(others + twice)
    assert (reply.status, reply.text) in [(200, "Hello, Ada!\n"), (200, "Hello, Bob!\n")] or (
        reply.status == 405 and name == "REQUEST_METHOD")


UNKNOWN = [
    ("HTTP_PROXY", "http://127.0.0.1:9", "httpoxy"),
    ("LD_PRELOAD", "/tmp/x.so", "a variable of the process, were it one"),
    ("LOG_LEVEL", "bogus", "a setting comes from the environment at start, never from a request"),
    ("name", "Ada", "a parameter of the query is in the query"),
    ("", "", "a pair of nothing"),
    ("X" * 1000, "y" * 1000, "long ones, in four-byte lengths"),
]


@pytest.mark.parametrize("name, value, why", UNKNOWN, ids=[r[2] for r in UNKNOWN])
def test_unknown_parameters_change_nothing(hello, name, value, why):
    """The program reads four parameters and no other."""
    with hello.connect() as connection:
        assert connection.ask({**ASKED, name: value}).text == "Hello, Bob!\n", why


def test_the_same_process_with_the_same_memory(hello):
    """After all of the above. A respawn would hide a crash: here nothing respawns."""
    assert hello.alive() and hello.stats()["pid"] == hello.first_pid
    grown = hello.resident() - hello.first_resident
    if not is_sanitized("hello"):
        assert grown < MIB, f"grown by {grown} bytes"
