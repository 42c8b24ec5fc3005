"""Clients that keep asking, and remember each answer that they have got whole."""

import http.client
import random
import threading
import time
from dataclasses import dataclass

CLIENTS = 4
PAUSE = 0.008  # of a client between two requests: some hundred requests a second in all


@dataclass
class Answered:
    request_id: str
    status: int
    input: str
    route: str
    error: str  # of its JSON; "" for none
    at: float   # of time.monotonic()


# path and route; the input is each request's own
TARGETS = [("/?name=", "hello", 200), ("/calculate?expr=", "calculate", 200),
           ("/?wrong%FF&name=", "hello", 400), ("/nowhere?x=", "edge", 404)]


class Load:
    """Started and stopped as a context; `answered` is for when it is over."""

    def __init__(self, stack, seed):
        self.stack, self.seed = stack, seed
        self.answered, self.unanswered = [], 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._ask_on, args=(number,))
                        for number in range(CLIENTS)]

    def _ask_on(self, number):
        chance = random.Random(f"{self.seed}.{number}")
        connection = None
        count = 0
        while not self.stopping.is_set():
            count += 1
            path, route, _ = chance.choice(TARGETS)
            text = f"{number}{count:07d}"
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", self.stack.port, timeout=90)
                connection.request("GET", path + text)
                answer = connection.getresponse()
                body = answer.read()
                self._note(answer, body, path.partition("?")[2] + text, route)
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                connection = None
            time.sleep(PAUSE)

    def _note(self, answer, body, text, route):
        error = body.split(b'"')[3].decode() if answer.status >= 400 else ""
        self.answered.append(Answered(answer.getheader("X-Request-Id"), answer.status, text, route,
                                      error, time.monotonic()))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
