"""
Who must not be reached, and answers whoever reaches it: on the host, outside, and in files.

    host        every address of the host's: a TCP and a UDP port, and an abstract Unix socket
    internet    a machine that knows no way back but to the host: what the Internet is to containers
    neighbour   a machine whose router the host is
    metadata    169.254.169.254, where clouds have theirs
"""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading

from ping_lab import Lab, ip

INTERNET, NEIGHBOUR, METADATA = "198.51.100.2", "203.0.113.2", "169.254.169.254"
HOST_OUTSIDE = "198.51.100.1"
PORT, DNS = 4080, 53  # of those outside
IP_PKTINFO = 8  # as in Linux's in.h
SEGMENT = 0x62686B68  # the key of a System V memory segment of the host's
IPC_CREAT = 0o1000
ANSWER = b"R\0\0\0\x08\0\0\0\0"  # is one for a database's client too


class Canary:
    """Sockets that answer anything, until it is closed."""

    def __init__(self):
        self.sockets = []

    def tcp(self, port=0):
        return self._listen(socket.AF_INET, ("0.0.0.0", port))

    def udp(self, port):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        made.bind(("0.0.0.0", port))
        self._serve(made, answer_datagrams)

    def unix(self, path):
        """A file, or "\\0name"."""
        self._listen(socket.AF_UNIX, path)

    def _listen(self, family, address):
        made = socket.socket(family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(64)
        self._serve(made, answer_connections)
        return made.getsockname()

    def _serve(self, made, how):
        self.sockets.append(made)
        threading.Thread(target=how, args=(made,), daemon=True).start()

    def close(self):
        for each in self.sockets:
            with contextlib.suppress(OSError):  # one of datagrams says that nobody is connected
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def answer_connections(listener):
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with contextlib.suppress(OSError):
                connection.settimeout(1)
                connection.recv(1)
                connection.sendall(ANSWER)
            connection.close()


def answer_datagrams(made):
    """With what came: for DNS that is an answer without a fault. From where it was sent to."""
    while True:
        data, place, _, sender = made.recvmsg(512, 128)
        if not sender:  # it has been shut
            return
        with contextlib.suppress(OSError):  # no way to the sender
            made.sendmsg([data], place, 0, sender)


class Outside(Lab):
    """A machine on a wire of its own to the host."""

    def __init__(self, name, host, address, *commands):
        tail = f"{os.getpid()}"
        self.names = {"near": f"bh-{name}-{tail}"}
        self.device = f"{name[:4]}{tail}"[:15]
        self.canary = Canary()
        there = self.names["near"]
        try:
            ip("netns add", there)
            ip("link add", self.device, "type veth peer name eth0 netns", there)
            ip("addr add", f"{host}/30", "dev", self.device)
            ip("link set", self.device, "up")
            ip("link set lo up", namespace=there)
            ip("addr add", f"{address}/30", "dev eth0", namespace=there)
            ip("link set eth0 up", namespace=there)
            for command in commands:
                ip(command, namespace=there)
            with self.inside():
                self.canary.tcp(PORT)
                self.canary.udp(PORT)
                self.canary.udp(DNS)
        except BaseException:
            self.remove()
            raise

    def remove(self):
        self.canary.close()
        ip("link del", self.device, check=False)
        super().remove()


def make_segment():
    """util-linux's ipcmk takes no key."""
    found = ctypes.CDLL(None, use_errno=True).shmget(SEGMENT, 4096, IPC_CREAT | 0o666)
    assert found >= 0, os.strerror(ctypes.get_errno())
    return found


class World:
    """All of them."""

    def __init__(self):
        self.host, self.outside = Canary(), []
        self.name = f"bulkhead-canary-{os.getpid()}"
        self.metadata_route = None
        try:
            self.port = self.host.tcp()[1]
            self.host.udp(self.port)
            self.host.unix(f"\0{self.name}")
            self.outside.append(Outside("internet", HOST_OUTSIDE, INTERNET,
                                        f"addr add {METADATA}/32 dev lo"))
            self.outside.append(Outside("neighbour", "203.0.113.1", NEIGHBOUR,
                                        "route add default via 203.0.113.1"))
            self.metadata_route = f"{METADATA}/32 via {INTERNET}"
            ip("route replace", self.metadata_route)
            self.segment = make_segment()
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.metadata_route:
            ip("route del", self.metadata_route, check=False)
        for each in self.outside:
            each.remove()
        self.host.close()
        subprocess.run(["ipcrm", "-M", str(SEGMENT)], capture_output=True, check=False)
