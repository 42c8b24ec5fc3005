#!/usr/bin/python3 -S
"""
A program in a route's place that answers as tests/before does: a hole, to see that attacks find it.

    program_of_before.py PASSWORD FOLDER SOCKET...

Speaks FastCGI on these sockets, which it makes; FOLDER gets its trail.
"""

import os
import pathlib
import socket
import struct
import sys
import threading
import traceback

BEFORE = pathlib.Path(__file__).resolve().parent.parent / "before"
BEGIN, PARAMS, STDIN, STDOUT, END = 1, 4, 5, 6, 3
PASSWORD, FOLDER, SOCKETS = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.dont_write_bytecode = True
sys.path.insert(0, str(BEFORE))

import door  # noqa: E402
import pages  # noqa: E402
import server  # noqa: E402


def pairs(data):
    """Names and values of FastCGI's parameters."""
    found, at = {}, 0
    while at < len(data):
        sizes = []
        for _ in range(2):
            wide = data[at] & 128
            sizes.append(struct.unpack(">I", data[at:at + 4])[0] & 0x7fffffff if wide else data[at])
            at += 4 if wide else 1
        name, value = data[at:at + sizes[0]], data[at + sizes[0]:at + sum(sizes)]
        found[name.decode()] = value.decode("utf-8", "surrogateescape")
        at += sum(sizes)
    return found


def request_of(params):
    headers = {name[5:].lower().replace("_", "-"): value for name, value in params.items()
               if name.startswith("HTTP_")}
    path = params["ROUTE_PATH"]
    first = f"{params['REQUEST_METHOD']} {path}?{params.get('QUERY_STRING', '')} HTTP/1.1"
    return server.Request(first, headers, b"", params.get("REMOTE_ADDR", "127.0.0.1"))


def answer_to(params):
    request = request_of(params)
    try:
        status, headers, body = pages.page(request)
    except Exception:
        status, headers, body = pages.fault(request, traceback.format_exc())
    pages.TRAIL.record(request, status)
    lines = [f"Status: {status}", *(f"{name}: {value}" for name, value in headers)]
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def record(kind, number, content=b""):
    return struct.pack(">BBHHBB", 1, kind, number, len(content), 0, 0) + content


def serve(connection, path):
    data = b""
    with connection, connection.makefile("rb") as reader:
        while len(head := reader.read(8)) == 8:
            _, kind, number, length, padding, _ = struct.unpack(">BBHHBB", head)
            content = reader.read(length + padding)[:length]
            if kind == BEGIN:
                data = b""
            elif kind == PARAMS:
                data += content
            elif kind == STDIN and not content:
                said = answer_to(pairs(data) | {"ROUTE_PATH": path})
                parts = [said[at:at + 60000] for at in range(0, len(said), 60000)]
                connection.sendall(b"".join(record(STDOUT, number, part) for part in parts)
                                   + record(STDOUT, number) + record(END, number, bytes(8)))


def listen(path):
    route = pathlib.Path(path).name.rpartition("-")[0]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(512)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=quietly, daemon=True, args=(
            connection, "/" if route == "hello" else f"/{route}")).start()


def quietly(connection, path):
    try:
        serve(connection, path)
    except OSError:
        pass


def main():
    os.umask(0)
    door.USERS["admin"] = PASSWORD
    pages.open_all(FOLDER)
    for path in SOCKETS[1:]:
        threading.Thread(target=listen, args=(path,), daemon=True).start()
    listen(SOCKETS[0])


if __name__ == "__main__":
    main()
