"""
The far side of a ping, byte by byte: sees each echo request and answers it with whatever a test
wants, which no honest kernel would send.

It listens on a packet socket (packet(7)) of the veth pair, so requests to addresses that nobody
has reach it as well, and it writes whole Ethernet frames. Layouts: RFC 791, 792, 8200, 4443.
"""

import contextlib
import ipaddress
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass

from ping_lab import DEVICE, PEER

ETHERNET = {4: 0x0800, 6: 0x86dd}
REQUEST = {4: 8, 6: 128}
REPLY = {4: 0, 6: 129}
PROTOCOL = {4: 1, 6: 58}
HEADER = {4: 20, 6: 40}


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


@dataclass(frozen=True)
class Request:
    """An echo request as it came. `icmp` is the whole message, `packet` the whole IP packet."""
    version: int
    ethernet: bytes
    packet: bytes

    @property
    def icmp(self):
        return self.packet[HEADER[self.version]:]

    @property
    def source(self):
        return self.packet[12:16] if self.version == 4 else self.packet[8:24]

    @property
    def target(self):
        return self.packet[16:20] if self.version == 4 else self.packet[24:40]

    @property
    def target_text(self):
        return str(ipaddress.ip_address(self.target))

    @property
    def identifier(self):
        return self.icmp[4:6]

    @property
    def payload(self):
        return self.icmp[8:]

    @property
    def ethernet_back(self):
        return self.ethernet[6:12] + self.ethernet[:6] + self.ethernet[12:14]


def parse(frame):
    """The echo request in a frame; None: there is none."""
    for version, kind in ETHERNET.items():
        packet = frame[14:]
        if frame[12:14] != kind.to_bytes(2, "big") or len(packet) < HEADER[version] + 8:
            continue
        protocol = packet[9] if version == 4 else packet[6]
        if protocol == PROTOCOL[version] and packet[HEADER[version]] == REQUEST[version]:
            return Request(version, frame[:14], packet)
    return None


# --- answers --------------------------------------------------------------------------------------

def frame(request, icmp, source=None, ttl=64, right_sum=True):
    """A message to whoever asked, from the asked address or another, with its checksum set."""
    version, source = request.version, source or request.target
    pseudo = b"" if version == 4 else (source + request.source
                                       + struct.pack(">I3xB", len(icmp), PROTOCOL[6]))
    total = checksum(pseudo + icmp[:2] + b"\0\0" + icmp[4:]) ^ (0 if right_sum else 0x5555)
    icmp = icmp[:2] + total.to_bytes(2, "big") + icmp[4:]
    return request.ethernet_back + ip_header(request, len(icmp), source, ttl) + icmp


def ip_header(request, length, source, ttl):
    if request.version == 6:
        return struct.pack(">IHBB", 6 << 28, length, PROTOCOL[6], ttl) + source + request.source
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 0, 0, ttl, PROTOCOL[4], 0)
    head += source + request.source
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:]


def message(request, kind=None, code=0, identifier=None, sequence=None, payload=None):
    """A reply's ICMP message; every field can be a lie."""
    kind = REPLY[request.version] if kind is None else kind
    identifier = request.identifier if identifier is None else identifier
    sequence = request.icmp[6:8] if sequence is None else sequence
    payload = request.payload if payload is None else payload
    return bytes([kind, code, 0, 0]) + identifier + sequence + payload


def reply(request, source=None, ttl=64, right_sum=True, **lies):
    return frame(request, message(request, **lies), source, ttl, right_sum)


def error(request, kind=None, code=1, source=None, target=None, quoted=None):
    """
    An ICMP error: by default destination unreachable, code 1, from the asked address, quoting all
    of the request. `quoted` is the ICMP part of the quote, `target` where it claims to have gone.
    """
    kind = {4: 3, 6: 1}[request.version] if kind is None else kind
    quoted = request.icmp if quoted is None else quoted
    head = request.packet[:HEADER[request.version]]
    if target is not None:
        head = head[:-len(target)] + target
    return frame(request, bytes([kind, code, 0, 0]) + bytes(4) + head + quoted, source)


def changed(data, at):
    """The same bytes but for one bit."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


# --- the responder --------------------------------------------------------------------------------

def packet_socket(device):
    """Everything that passes a device of the namespace that the caller is in."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sock.bind((device, 0))
    return sock


class Responder:
    """
    Answers requests in a thread while in a `with`: `answer(request)` gives frames, or pairs of a
    delay in seconds and a frame, to send. `requests` are all that came.
    """

    def __init__(self, lab, answer=lambda request: []):
        with lab.inside("far"):
            self._sock = packet_socket(PEER)
        self._answer = answer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._waiting = []
        self.requests = []
        self.failure = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)
        self._sock.close()
        assert self.failure is None, f"the responder itself failed: {self.failure!r}"

    def _run(self):
        try:
            while not self._stop.is_set():
                ready, _, _ = select.select([self._sock], [], [], 0.005)
                if ready:
                    self._take()
                self._send_due()
        except BaseException as failure:  # the test's thread reports it
            self.failure = failure

    def _take(self):
        data, sender = self._sock.recvfrom(65536)
        request = parse(data) if sender[2] != socket.PACKET_OUTGOING else None
        if request is None:
            return
        self.requests.append(request)
        for item in self._answer(request):
            delay, data = item if isinstance(item, tuple) else (0, item)
            self._waiting.append((time.monotonic() + delay, data))

    def _send_due(self):
        """In the order in which they were given, where several are due."""
        now = time.monotonic()
        due = [data for at, data in self._waiting if at <= now]
        self._waiting = [(at, data) for at, data in self._waiting if at > now]
        for data in due:
            self._sock.send(data)


@contextlib.contextmanager
def sniffing(lab):
    """Collects the echo requests that leave `near`, by the pair or by loopback, into a list."""
    with lab.inside("near"):
        socks = [packet_socket(device) for device in (DEVICE, "lo")]
    seen = []
    try:
        yield seen
        time.sleep(0.05)
        for sock in socks:
            while select.select([sock], [], [], 0)[0]:
                data, sender = sock.recvfrom(65536)
                request = parse(data)
                if request and sender[2] == socket.PACKET_OUTGOING:
                    seen.append(request)
    finally:
        for sock in socks:
            sock.close()
