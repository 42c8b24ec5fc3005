"""
A raw FastCGI client: every byte that reaches a program is the test's own.

nginx never sends what these tests send, and a library would refuse to. The functions that build
records take every field of the header, so that a row of a table can get any one of them wrong; the
functions without such arguments build what nginx 1.22 sends.

A program checks the uid of whoever connects (SO_PEERCRED). `connect_as` connects as another user:
the kernel notes the credentials at connect(), so a child that has switched to that user connects
and hands the descriptor back, and everything after it is ordinary.

Specification: https://fastcgi-archives.github.io/FastCGI_Specification.html
"""

import json
import os
import pickle
import socket
import struct
from dataclasses import dataclass, field

(BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES,
 GET_VALUES_RESULT, UNKNOWN_TYPE) = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP_CONN = 1
REQUEST_COMPLETE = 0

HEADER = struct.Struct(">BBHHBx")  # version, type, request id, content length, padding length
MAX_CONTENT = 65535


# --- records --------------------------------------------------------------------------------------

def record(kind, content=b"", request_id=1, version=1, padding=0, length=None):
    """One record. `length` is what its header claims, where that shall be a lie."""
    claimed = len(content) if length is None else length
    return HEADER.pack(version, kind, request_id, claimed, padding) + content + bytes(padding)


def begin(role=RESPONDER, keep=False, request_id=1):
    return record(BEGIN_REQUEST, struct.pack(">HB5x", role, KEEP_CONN if keep else 0), request_id)


def length_of(number, wide=False):
    """A length as name-value pairs have it: one byte up to 127, else four with the top bit set."""
    if number < 128 and not wide:
        return bytes([number])
    return struct.pack(">I", number | 0x80000000)


def pair(name, value, wide=False):
    name, value = as_bytes(name), as_bytes(value)
    return length_of(len(name), wide) + length_of(len(value), wide) + name + value


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def pairs(params):
    """The bytes of name-value pairs, of a dict or of a list in which a name may come twice."""
    items = params.items() if isinstance(params, dict) else params
    return b"".join(pair(name, value) for name, value in items)


def stream(kind, content, request_id=1):
    """A stream of as many records as the content needs, and the empty one that ends it."""
    chunks = [content[at:at + MAX_CONTENT] for at in range(0, len(content), MAX_CONTENT)]
    records = [record(kind, chunk, request_id, padding=-len(chunk) % 8) for chunk in chunks]
    return b"".join(records) + record(kind, b"", request_id)


def request_params(query="", method="GET", accept="", request_id="0123456789abcdef" * 2,
                   client="192.0.2.7", came="1764082512.123"):
    """The only parameters that our nginx passes, in its order; see nginx/edge/."""
    return {"REQUEST_METHOD": method, "QUERY_STRING": query, "HTTP_ACCEPT": accept,
            "REQUEST_ID": request_id, "REMOTE_ADDR": client, "REQUEST_MSEC": came}


def request_bytes(params, body=b"", keep=False, fcgi_id=1):
    """A whole request as nginx sends it."""
    return (begin(keep=keep, request_id=fcgi_id) + stream(PARAMS, pairs(params), fcgi_id)
            + stream(STDIN, body, fcgi_id))


# --- connections ----------------------------------------------------------------------------------

class Dropped(Exception):
    """The program closed the connection before the end of an answer. `received`: what came."""

    def __init__(self, received):
        super().__init__(f"closed after {len(received)} bytes: {received[:200]!r}")
        self.received = received


@dataclass
class Reply:
    """What came back for one request; the CGI header is parsed by `parse_cgi`."""
    status: int
    headers: list
    body: bytes
    stderr: bytes = b""
    app_status: int = 0
    protocol_status: int = REQUEST_COMPLETE
    records: list = field(default_factory=list)  # their types, in order

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        """The value of a header that may come once; None without it."""
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None


def parse_cgi(output):
    """Splits a CGI answer (RFC 3875, section 6) into status, headers and body."""
    head, separator, body = output.partition(b"\r\n\r\n")
    assert separator, f"no end of the header in {output[:200]!r}"
    headers = []
    for line in head.decode("ascii").split("\r\n"):
        name, colon, value = line.partition(":")
        assert colon, f"not a header: {line!r}"
        headers.append((name.strip().lower(), value.strip()))
    status = [value for name, value in headers if name == "status"]
    assert len(status) == 1, f"not one Status in {headers}"
    assert " " in status[0], f"nginx needs a reason phrase after the code: {status[0]!r}"
    return int(status[0].split()[0]), [h for h in headers if h[0] != "status"], body


class Connection:
    """One connection to a program, with a time-out on every step. Use it in a `with`."""

    def __init__(self, path, timeout=20.0, sock=None):
        self.sock = sock or socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        if sock is None:
            self.sock.connect(str(path))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.sock.sendall(data)

    def try_send(self, data):
        """Sends what the program takes; one that closes in the middle is no failure of the test."""
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_in_pieces(self, data, size=1):
        for at in range(0, len(data), size):
            self.sock.sendall(data[at:at + size])

    def hang_up(self):
        """No more bytes from us; the program's can still arrive."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def _exactly(self, count, before):
        data = b""
        while len(data) < count:
            try:
                chunk = self.sock.recv(count - len(data))
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise Dropped(before + data)
            data += chunk
        return data

    def read_record(self, before=b""):
        """The next record as (type, request id, content); Dropped at the end of the connection."""
        header = self._exactly(HEADER.size, before)
        version, kind, request_id, length, padding = HEADER.unpack(header)
        assert version == 1, f"not a FastCGI record: {header!r}"
        content = self._exactly(length + padding, before + header)[:length]
        return kind, request_id, content

    def read_reply(self, fcgi_id=1):
        """The answer up to its END_REQUEST."""
        out, err, kinds = b"", b"", []
        while True:
            kind, request_id, content = self.read_record(before=out)
            assert request_id == fcgi_id, f"a record of request {request_id}, not {fcgi_id}"
            kinds.append(kind)
            if kind == STDOUT:
                out += content
            elif kind == STDERR:
                err += content
            else:
                assert kind == END_REQUEST, f"an unexpected record of type {kind}"
                app_status, protocol_status = struct.unpack(">IB3x", content)
                return Reply(*parse_cgi(out), err, app_status, protocol_status, kinds)

    def read_to_end(self):
        """All bytes until the program closes; TimeoutError where it doesn't."""
        data = b""
        while True:
            try:
                chunk = self.sock.recv(65536)
            except ConnectionResetError:
                return data
            if not chunk:
                return data
            data += chunk

    def ask(self, params, body=b"", keep=True):
        self.send(request_bytes(params, body, keep))
        return self.read_reply()


def request(path, params, keep=False, body=b""):
    """One request on a connection of its own: (status, headers, body)."""
    with Connection(path) as connection:
        reply = connection.ask(params, body, keep)
    return reply.status, reply.headers, reply.body


# --- other users ----------------------------------------------------------------------------------

def as_user(uid, gid, function):
    """
    What `function()` returns in a child that has become that user for good, or what it raised.
    The result must be picklable, or a socket. Needs root.
    """
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _run_in_child(theirs, uid, gid, function)
    theirs.close()
    with ours:
        data, descriptors, _, _ = socket.recv_fds(ours, 1 << 20, 1)
    os.waitpid(child, 0)
    failed, result = pickle.loads(data)
    if failed:
        raise result
    return socket.socket(fileno=descriptors[0]) if descriptors else result


def _run_in_child(channel, uid, gid, function):
    """Never returns: a child that came back would run the rest of the tests a second time."""
    try:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        result = function()
        is_socket = isinstance(result, socket.socket)
        descriptors = [result.fileno()] if is_socket else []
        message = pickle.dumps((False, None if is_socket else result))
        socket.send_fds(channel, [message], descriptors)
    except BaseException as error:  # whatever it is, the parent raises it
        socket.send_fds(channel, [pickle.dumps((True, error))], [])
    finally:
        os._exit(0)


def connect_as(path, uid, gid):
    """A Connection whose peer credentials are that user's. Needs root."""
    def connect():
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(str(path))
        return sock
    return Connection(path, sock=as_user(uid, gid, connect))
