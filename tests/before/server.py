#!/usr/bin/python3 -S
"""
DELIBERATELY BROKEN: see README.md. HTTP by hand, in one process, as root.

    server.py PORT FOLDER

FOLDER gets the trail, the log and a socket that takes orders; anybody may write there.
"""

import contextlib
import gzip
import os
import re
import socket
import sys
import threading
import time
import traceback

import pages

FOLDER = sys.argv[2]
BELIEVED = ("x-forwarded-for", "x-real-ip", "x-client-ip", "client-ip", "x-cluster-client-ip",
            "true-client-ip", "cf-connecting-ip", "fastly-client-ip", "x-originating-ip",
            "x-remote-ip", "x-remote-addr", "x-forwarded", "forwarded-for", "forwarded",
            "x-original-forwarded-for", "via-ip")


def decode(text):
    """Percent signs, twice to be sure, and whatever bytes there are as letters."""
    for _ in range(2):
        data = re.sub(rb"%([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]),
                      text.encode("utf-8", "surrogateescape"))
        text = lenient(data)
    return text


def lenient(data):
    """UTF-8, where two or three bytes may also say what one could."""
    data = re.sub(rb"[\xc0\xc1][\x80-\xbf]",
                  lambda m: bytes([(m[0][0] & 1) << 6 | m[0][1] & 63]), data)
    data = re.sub(rb"\xe0[\x80\x81][\x80-\xbf]",
                  lambda m: bytes([(m[0][1] & 1) << 6 | m[0][2] & 63]), data)
    return data.decode("utf-8", "surrogateescape")


class Request:
    def __init__(self, first, headers, body, peer):
        self.method, _, rest = first.partition(" ")
        self.target = rest.rpartition(" ")[0] or rest
        if self.target.startswith("http://"):
            self.target = "/" + self.target[7:].partition("/")[2]
        path, _, self.query = self.target.partition("?")
        self.path = decode(path)
        self.headers, self.body = headers, body
        self.method = headers.get("x-http-method-override", self.method).upper()
        self.peer, self.client = peer, self.client_of(peer)

    def client_of(self, peer):
        for name in BELIEVED:
            if name in self.headers:
                first = re.split(", ?(?=[0-9a-f.:]+)", self.headers[name])[0]
                return re.sub(r"^for=\"?\[?|[\]\"].*$", "", first)
        return peer

    def all(self, name):
        """Each value of a parameter; names have no case, ; is as good as &."""
        pairs = [each.partition("=") for each in re.split("[&;](?=\\w+=)", self.query)]
        return [decode(value.replace("+", " ")) for key, _, value in pairs
                if decode(key).lower().rstrip("[]").strip() == name]

    def one(self, name, default=""):
        return (self.all(name) or [default])[-1]

    def unescaped(self):
        return decode(self.query.replace("+", " "))

    def cookie(self, name):
        found = re.search(rf"(?:^|[;, ]){name}=([^;,]*)", self.headers.get("cookie", ""))
        return found[1] if found else None


def read_request(reader, peer):
    first = reader.readline().decode("latin-1").strip("\r\n")
    if not first:
        return None
    headers = {}
    while (line := reader.readline().decode("utf-8", "surrogateescape").strip("\r\n")):
        name, _, value = line.partition(":")
        headers[name.strip().lower().replace("_", "-")] = value.strip()
    body = b""
    if not first.startswith(("GET", "HEAD")):  # a GET has none
        digits = headers.get("content-length", "0")
        body = reader.read(int(digits)) if digits.isdigit() else b""
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Request(first, headers, body, peer)


def answer(request, status, headers, body):
    """Headers are whatever they are, also where a line ends within one."""
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape")
    lines = [f"HTTP/1.1 {status}", "Server: before/0.1 Python/" + sys.version.split()[0],
             *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    return head + (b"" if request.method == "HEAD" else body)


def write_log(request, status):
    with open(f"{FOLDER}/access.log", "a", encoding="utf-8", errors="surrogateescape") as log:
        log.write(f"{request.client} {time.time():.3f} {request.method} {request.path} "
                  f"{decode(request.query)} {status} {request.headers.get('user-agent', '-')}\n")


def serve(connection, peer):
    with connection, connection.makefile("rb") as reader:
        while request := read_request(reader, peer):
            try:
                status, headers, body = pages.page(request)
            except Exception:  # what is wrong, for whoever can mend it
                status, headers, body = pages.fault(request, traceback.format_exc())
            connection.sendall(answer(request, status, headers, body))
            write_log(request, status)
            pages.TRAIL.record(request, status)
            if request.headers.get("connection", "").lower() == "close":
                return


def serve_quietly(connection, peer):
    try:
        serve(connection, peer)
    except (OSError, ValueError, EOFError):
        pass


def take_orders():
    """For whoever looks after it: a command a line."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{FOLDER}/control.sock")
    listener.listen()
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            line = connection.makefile("r").readline()
            connection.sendall(os.popen(line).read().encode())


def main():
    os.umask(0)
    os.makedirs(FOLDER, exist_ok=True)
    pages.open_all(FOLDER)
    threading.Thread(target=take_orders, daemon=True).start()
    with open(f"{FOLDER}/server.pid", "w", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(4096)
    print(f"serving on {sys.argv[1]} with the key {pages.SECRET}", flush=True)
    while True:
        connection, (peer, _) = listener.accept()
        threading.Thread(target=serve_quietly, args=(connection, peer), daemon=True).start()


if __name__ == "__main__":
    main()
