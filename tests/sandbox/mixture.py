"""What a busy day brings: requests of every kind, good and bad, and a client that asks them."""

import http.client
import random
import socket
import struct
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote

from ping_lab import DEVICE, FAR4, FAR6, NOBODY4, NOBODY6, SILENT4, SILENT6
from stack import parse_answer, receive_all

PATIENCE = 60.0
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing then is a reset
REPLY = "1 received, 0% packet loss"

# --- what is asked: targets, and a part of the answer ---------------------------------------------

NAMES = {
    "": "Hello, World!\n",
    "name=Ada": "Hello, Ada!\n",
    "name=%E6%9D%8E%E9%9B%B7": "Hello, 李雷!\n",
    "name=" + "a" * 256: "Hello, aaa",
    "name=" + "%F0%9D%9F%98" * 256: "Hello, 𝟘𝟘",
    "x=" + "A" * 15_000 + "&name=Ada": "Hello, Ada!\n",
    "&" * 10_000 + "name=Ada": "Hello, Ada!\n",
    "&".join(f"p{n}=x" for n in range(1000)): "Hello, World!\n",
}
# N is another number each time, so that what is computed, and how long it takes, is too.
EXPRESSIONS = {
    "7*N": "",
    "1+N": "",
    "(1+2)*N-4/5": "",
    "[1,2,{'a':1.5},N]": "[1, 2, {'a': 1.5}, ",
    "'ü' 'N'": "ü",
    "b'\\x00N'": "b'\\x00",
    "2**N": "",
    "[" + "7**5080-N," * 15 + "]": "[",
    "[" + "1e9," * 1000 + "N]": "[1000000000.0, ",
    "{" + ",".join(map(str, range(900))) + ",'N'}": "{0, 1, 2, ",
    "{" + ",".join(f"'k{n}':{n}" for n in range(300)) + ",'N':N}": "{'k0': 0, ",
    "factorial(1000)*N": "",
    "factorial(5700)%(N+1)": "",
    "3**41000%7**(N%5000)": "",
    "pow(3,7**300,7**300)%N": "",
    "comb(10**30,700)%(N+7)": "",
    "['" + "\x7f" * 4000 + "N']": "['\\x7f",
    "(" * 100 + "N" + ")" * 100: "",
    "1.1j**1.1j+N": "(",
    "sin(N)+sqrt(2)": "",
    "N," * 400: "(",
}
ADDRESSES = {
    "127.0.0.1": REPLY, "::1": REPLY, FAR4: REPLY, FAR6: REPLY, f"fe80::2%{DEVICE}": REPLY,
    "203.0.113.1": "No route to host", "2001:db8:6::1": "No route to host",
    "2001:db9::1": "Network is unreachable", "::ffff:127.0.0.1": "Network is unreachable",
    "fe80::2%99": "Network is unreachable", "fe80::2%nothing": "Name or service not known",
}
# No echo comes from these, and from routers a word about it that comes soon, or not at all.
SILENCES = (SILENT4, SILENT6, "192.0.2.1", "192.0.2.65", "2001:db8:3::1", NOBODY4, NOBODY6)

BAD_NAMES = ("name=", "name=a%20b", "name=%00", "name=%zz", "name=%ff", "name=a&name=b",
             "name=%3Cscript%3E", "name=%25n%25s", "name=" + "a" * 257, "name=" + "A" * 10_000)
BAD_EXPRESSIONS = ("", "N/0", "x", "__import__('os')", "9**9**9**N", "1<<10**10", "(" * 4096,
                   "[" * 101, "a" * 4097, "N**65537", "7**5090", "[7**5080]*N", "'" * 3 + "N",
                   "factorial(10**9)", "[" + "7**5080," * 16 + "]", "-" * 4000 + "N",
                   "[" + "2**65535," * 400 + "]", "gcd(3**41000,7**23000)," * 170 + "x")
BAD_ADDRESSES = ("", "localhost", "1.2.3", "127.0.0.1;id", "::1&ip=::1", "fe80::1%" + "a" * 300)
REFUSED_ADDRESSES = ("0.0.0.0", "::", "224.0.0.1", "169.254.169.254", "255.255.255.255",
                     f"ff02::1%{DEVICE}", "203.0.113.65")
PATHS = ("/", "/ping", "/calculate")
# Target and headers that nginx answers itself.
EDGE_REFUSES = (
    (404, "/nope", {}), (404, "/ping/", {}), (414, "/" + "a" * 17_000, {}),
    (414, "/?name=" + "a" * 100_000, {}), (431, "/", {"X": "a" * 20_000}),
    (413, "/?name=Ada", {"Content-Length": "9000"}), (400, "/", {"Host": "elsewhere.example"}),
)
BROKEN = (  # bytes that end with their connection, and the status
    (400, b"GET /?name=\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (400, b"GET / HTTP/x.y\r\n\r\n"),
    (400, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"),
    (400, b"GET /calculate?expr=\xff HTTP/1.0\r\nHost: localhost\r\n\r\n"),
    (413, b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
          b"Connection: close\r\n\r\n3000\r\n" + b"a" * 0x3000 + b"\r\n0\r\n\r\n"),
    (200, b"GET /?name=Ada HTTP/1.0\r\nHost: localhost\r\n\r\n"),
)


@dataclass
class Question:
    status: int
    target: str
    says: str = ""
    headers: dict = None
    method: str = "GET"
    body: bytes = None

    def __str__(self):
        return f"{self.method} {self.target[:200]} {self.headers or ''}"


class Asker:
    """
    A client with a connection that it keeps: `asked` counts its questions by their kind, `failed`
    is what was not answered as it should be.
    """

    def __init__(self, port, seed):
        self.port = port
        self.random = random.Random(seed)
        self.asked, self.failed = Counter(), []
        self.connection = self.connect()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def run(self, count, may_end):
        """`count` questions, and then more, at leisure, until may_end() is true."""
        kinds = {self.ask_valid: 700, self.ask_invalid: 180, self.ask_edge: 60,
                 self.ask_broken: 20, self.leave_amid: 30, self.ask_slowly: 5, self.wait_long: 3}
        while self.asked.total() < count or not may_end():
            if self.asked.total() >= count:
                time.sleep(0.05)
            kind, = self.random.choices(list(kinds), kinds.values())
            try:
                kind()
            except OSError as error:
                self.failed.append(f"{kind.__name__}: {error!r}")
            self.asked[kind.__name__] += 1
        self.connection.close()

    # --- making questions ---

    def number(self):
        return self.random.choice((self.random.randrange(1, 14_000), 2, 777))

    def expression(self, text):
        text = text.replace("N", str(self.number()))
        return "/calculate?expr=" + quote(text, safe=self.random.choice(("+", "+*(),'[]{}:")))

    def valid(self):
        """One that is answered with 200, and a part of the answer's text."""
        route = self.random.choice(PATHS)
        if route == "/":
            query, says = self.random.choice(list(NAMES.items()))
            return Question(200, f"/?{query}", says)
        if route == "/ping":
            ip, says = self.random.choice(list(ADDRESSES.items()))
            return Question(200, f"/ping?ip={quote(ip)}", says)
        text, says = self.random.choice(list(EXPRESSIONS.items()))
        return Question(200, self.expression(text), says)

    def invalid(self):
        """One that the program refuses."""
        choose = self.random.choice
        target = choose((f"/?{choose(BAD_NAMES)}", self.expression(choose(BAD_EXPRESSIONS)),
                         f"/ping?ip={quote(choose(BAD_ADDRESSES), safe='&=')}"))
        if self.random.random() < 0.2:
            return Question(403, f"/ping?ip={quote(choose(REFUSED_ADDRESSES))}")
        return Question(400, target)

    # --- asking ---

    def ask(self, question):
        """On the connection, and again on a new one where nginx has just closed it as idle."""
        is_kept = self.connection.sock is not None
        try:
            answer, body = self.exchange(question)
        except (ConnectionResetError, BrokenPipeError):  # RFC 9112, 9.3.1
            self.connection.close()
            if not is_kept:
                raise
            answer, body = self.exchange(question)
        except OSError:
            self.connection.close()
            raise
        if answer.status != question.status or question.says not in body.decode():
            self.failed.append(f"{question}: {answer.status} {body[:300]!r}")

    def exchange(self, question):
        self.connection.request(question.method, question.target, body=question.body,
                                headers=question.headers or {})
        answer = self.connection.getresponse()
        return answer, answer.read()

    def ask_valid(self):
        question = self.valid()
        chance = self.random.random()
        if chance < 0.1:
            question.method, question.says = "HEAD", ""
        elif chance < 0.4:
            question.headers, question.says = {"Accept": "application/json"}, ""
        elif chance < 0.45:
            question.body = b"x" * self.random.randrange(1, 8000)  # which nginx takes from nobody
            question.status, question.says = 413, ""
        self.ask(question)

    def ask_invalid(self):
        question = self.invalid()
        if self.random.random() < 0.1:
            question.method = "HEAD"
        self.ask(question)

    def ask_edge(self):
        if self.random.random() < 0.5:
            method = self.random.choice(("POST", "PUT", "DELETE", "OPTIONS", "BREW"))
            self.ask(Question(405, self.random.choice(PATHS), method=method))
        else:
            status, target, headers = self.random.choice(EDGE_REFUSES)
            self.ask(Question(status, target, headers=headers))

    def open(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask_broken(self):
        status, data = self.random.choice(BROKEN)
        with self.open() as sock:
            sock.sendall(data)
            received = receive_all(sock)
        if not received or parse_answer(received).status != status:
            self.failed.append(f"{data[:100]!r}: {received[:300]!r}")

    def request_bytes(self):
        return f"GET {self.valid().target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    def leave_amid(self):
        """Gone amid the request, or with the answer on its way."""
        data = self.request_bytes()
        with self.open() as sock:
            sock.sendall(data[:self.random.randrange(len(data) + 1)])
            if self.random.random() < 0.5:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if self.random.random() < 0.2:
                time.sleep(0.01)

    def ask_slowly(self):
        """Piece by piece, and the answer taken as slowly."""
        data = self.request_bytes().replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        with self.open() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            step = len(data) // 5 + 1
            for at in range(0, len(data), step):
                sock.sendall(data[at:at + step])
                time.sleep(0.03)
            answer = parse_answer(receive_all(sock))
        if answer.status != 200:
            self.failed.append(f"{data[:100]!r}: {answer.status}")

    def wait_long(self):
        """For an echo that does not come."""
        self.ask(Question(200, f"/ping?ip={self.random.choice(SILENCES)}", "0 received"))
