"""Clients that keep asking while something is done to the stack, and count what fails."""

import itertools
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException

from stack import read_answer


@dataclass(frozen=True)
class Question:
    path: str
    is_right: Callable[[str], bool]  # of the body
    status: int = 200
    headers: dict = field(default_factory=dict)


BOB = Question("/?name=Bob", "Hello, Bob!\n".__eq__)


class Load:
    """
    Asks from `clients` threads, each on a connection that it keeps, until the end of the block.
    `failed` then is what went wrong, `answered` how many did not.

    questions(client, count) is what to ask, connect(client) what to ask on; `rate` is how many a
    second each client sends: without one, as many as it can. `keeps(client)` is whether it keeps
    its connection; who does not has a new one for each request.
    """

    def __init__(self, stack, clients=8, questions=lambda client, count: BOB, *, connect=None,
                 rate=None, keeps=lambda client: True):
        self.questions, self.rate = questions, rate
        self.failed, self.repeated = [], []  # what was asked twice: see Client
        self.stopping = threading.Event()
        connect = connect or (lambda client: stack.connect())
        self.clients = [Client(self, n, connect(n), keeps(n)) for n in range(clients)]

    @property
    def answered(self):
        return sum(len(client.times) for client in self.clients)

    def lap(self):
        """Of each answer since the last lap: the seconds that it took."""
        return [seconds for client in self.clients for seconds in client.lap()]

    @property
    def request_ids(self):
        return [each for client in self.clients for each in client.request_ids]

    @property
    def closed(self):
        """How many connections nginx has closed between two requests."""
        return sum(client.closed for client in self.clients)

    def wait_for_more(self, count=200, patience=30):
        """Until that many more have been answered."""
        goal, deadline = self.answered + count, time.monotonic() + patience
        while self.answered < goal:
            assert time.monotonic() < deadline, f"no {count} answers in {patience} s"
            time.sleep(0.01)

    def wait_for_each(self, patience=30):
        """Until each client is through with what it asks now."""
        deadline = time.monotonic() + patience
        for client, goal in [(client, client.finished + 1) for client in self.clients]:
            while client.finished < goal:
                assert time.monotonic() < deadline, f"a client waits for more than {patience} s"
                time.sleep(0.01)

    def __enter__(self):
        for client in self.clients:
            client.start()
        self.wait_for_more(200 if self.rate is None else 1)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for client in self.clients:
            client.join()


class Client(threading.Thread):
    """
    Who finds its connection closed before it writes takes a new one. And nginx may close one just
    as we write: RFC 9112, 9.3.1 says ask again. So that is done once, on a new connection, and
    noted: when the old one had served before, and no byte of an answer came.
    """

    def __init__(self, load, number, connection, keeps):
        super().__init__()
        self.load, self.number, self.connection, self.keeps = load, number, connection, keeps
        self.times, self.request_ids = [], []
        self.lap_began = 0
        self.closed = self.finished = 0
        self.used = False

    def run(self):
        began = time.monotonic()
        for count in itertools.count():
            due = time.monotonic()
            if self.load.rate:
                # From when it is due, not from when it is sent: a stall counts for each request
                # that it delays. No two clients are due at the same moment.
                share = self.number / len(self.load.clients)
                due = began + (count + share) / self.load.rate
                self.load.stopping.wait(max(0.0, due - time.monotonic()))
            if self.load.stopping.is_set():
                break
            self._ask(self.load.questions(self.number, count), due)
            self.finished += 1
        self.connection.close()

    def lap(self):
        began, self.lap_began = self.lap_began, len(self.times)
        return self.times[began:self.lap_began]

    def _ask(self, question, due):
        try:
            answer = read_answer(self._reply(question))
            is_right = answer.status == question.status and question.is_right(answer.text)
        except (OSError, HTTPException, ValueError) as error:  # that: no UTF-8, no JSON
            self.load.failed.append(f"{question.path}: {error!r}")
            self._hang_up()
            return
        self.used = self.keeps
        if not self.keeps:
            self._hang_up()
        if not is_right:
            self.load.failed.append(f"{question.path}: {answer.status} {answer.text}")
            return
        self.request_ids.append(answer.header("x-request-id"))
        self.times.append(time.monotonic() - due)

    def _reply(self, question):
        if self.used and self._is_closed():
            self.closed += 1
            self._hang_up()
        try:
            return self._send(question)
        except (ConnectionResetError, BrokenPipeError):
            if not self.used:
                raise
            self.load.repeated.append(question.path)
            self._hang_up()
            return self._send(question)

    def _send(self, question):
        self.connection.request("GET", question.path, headers=question.headers)
        return self.connection.getresponse()

    def _is_closed(self):
        if not self.connection.sock:
            return True  # the last answer said that it is
        ends = select.poll()
        ends.register(self.connection.sock, select.POLLRDHUP)
        return bool(ends.poll(0))

    def _hang_up(self):
        """The next request opens it anew."""
        self.connection.close()
        self.used = False
