"""
Where attacks take place: a network namespace with a far side, a folder where anybody may leave a
file, who listens for requests that nobody should make, and who sees each echo on the wire.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import struct
import tempfile
import threading
import time

import paths  # noqa: F401
from ping_lab import DEVICE, FAR4, FAR6, Lab

METADATA4 = "169.254.169.254"
TRANSLATED = ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")  # IPv4 in other words
ETH_P_ALL = 3


class Canary:
    """Who must not be asked: keeps the first bytes of whoever does."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(0.5)
                    self.heard += connection.recv(4096) + b"\n"
                    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")

    def close(self):
        self.listener.close()


class Wire:
    """Each echo request that leaves this namespace, or comes home within it: (address, bytes)."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.seen = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError, ValueError):
            while True:
                data, (_, protocol, kind, *_) = self.socket.recvfrom(70000)
                if kind == socket.PACKET_OUTGOING:
                    self._note(protocol, data)

    def _note(self, protocol, data):
        if protocol == 0x0800 and data[9] == socket.IPPROTO_ICMP:
            start = (data[0] & 15) * 4
            is_fragment = struct.unpack("!H", data[6:8])[0] & 0x1fff
            if data[start] == 8 and not is_fragment:
                self.seen.append((socket.inet_ntop(socket.AF_INET, data[16:20]), data[start:]))
        elif protocol == 0x86dd and data[6] == socket.IPPROTO_ICMPV6 and data[40] == 128:
            self.seen.append((socket.inet_ntop(socket.AF_INET6, data[24:40]), data[40:]))

    def since(self, number):
        time.sleep(0.02)  # what has left is on its way to the thread above
        return self.seen[number:]

    def close(self):
        self.socket.close()


def wait_for(holds, patience=30):
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.02)


class Scene:
    """As a context: its caller is in the namespace until the end."""

    def __init__(self, secret):
        self.secret = secret
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bh-attacks-"))
        self.folder.chmod(0o755)
        self.canaries = self.folder / "canaries"
        self.canaries.mkdir()
        self.canaries.chmod(0o777)
        self.secret_file = self.folder / "secret.txt"
        self.secret_file.write_text(f"{secret}\n")
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.outside = os.open("/proc/self/ns/net", os.O_RDONLY)  # where the engine's networks are
        self.stack.callback(os.close, self.outside)
        lab = Lab()
        self.stack.callback(lab.remove)
        self.stack.enter_context(lab.inside())
        for side, device in ((lab.near, DEVICE), (lab.far, "bh-far")):
            side(f"link set {device} up")
        lab.near(f"route add {METADATA4}/32 via {FAR4}")
        lab.far(f"addr add {METADATA4}/32 dev bh-far")
        for network in TRANSLATED:
            lab.near(f"-6 route add {network} via {FAR6}")
        self.wire, self.canary = Wire(), Canary()
        self.stack.callback(self.wire.close)
        self.stack.callback(self.canary.close)
        return self

    def __exit__(self, *_):
        self.stack.close()

    def file_of(self, attempt):
        return self.canaries / attempt.mark

    def fill(self, text, attempt):
        """What payloads may name, in braces: none of it is another's."""
        if not isinstance(text, str):
            return text
        first, second = attempt.factors
        for name, value in {
                "{mark}": attempt.mark, "{file}": self.file_of(attempt), "{a}": first,
                "{b}": second, "{port}": self.canary.port, "{secret}": self.secret_file}.items():
            text = text.replace(name, str(value))
        return text

    def was_done(self, attempt):
        """Somebody has left the file, or asked whom nobody should."""
        if self.file_of(attempt).exists():
            return "the file was made"
        if attempt.mark.encode() in self.canary.heard:
            return "the request came"
        return ""
