"""Clients that keep asking while something is done to the stack, and count what fails."""

import threading
import time

from stack import ask


class Load:
    """
    Asks `path` from `clients` threads, each on a connection that it keeps, until the end of the
    block. `failed` then is what went wrong, `answered` how many did not.
    """

    def __init__(self, stack, clients=8, path="/?name=Bob"):
        self.stack, self.path = stack, path
        self.failed = []
        self.counts = [0] * clients
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(clients)]

    @property
    def answered(self):
        return sum(self.counts)

    def _run(self, number):
        connection, used = self.stack.connect(), False
        while not self._stop.is_set():
            try:
                answer = ask(connection, self.path)
            except OSError as error:
                # nginx may close an idle connection just as we write: RFC 9112 says ask again.
                if not (used and isinstance(error, (ConnectionResetError, BrokenPipeError))):
                    self.failed.append(repr(error))
                connection.close()
                used = False
                continue
            used = True
            if answer.status == 200:
                self.counts[number] += 1
            else:
                self.failed.append(f"{answer.status} {answer.text}")
        connection.close()

    def wait_for_more(self, count=200, patience=30):
        """Until that many more have been answered."""
        goal, deadline = self.answered + count, time.monotonic() + patience
        while self.answered < goal:
            assert time.monotonic() < deadline, f"no {count} answers in {patience} s"
            time.sleep(0.01)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
