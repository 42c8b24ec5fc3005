"""
Replicas of one deployment, as far as the trail sees them: journals of each one's own, whose files
have the same names and whose programs had the same ids of processes, and a shipper each.
"""

import contextlib
import time

from program import wait_until
from trail_lab import Journals, Shipper, line


class Replicas:
    """`count` of them, which ship to DATABASE_URL `url`."""

    def __init__(self, trail, count, url, clocks=(0,)):
        self.trail, self.url = trail, url
        self.clocks = [clocks[number % len(clocks)] for number in range(count)]
        self.journals = [Journals("hello") for _ in range(count)]
        self.shippers, self.written = [], []
        with contextlib.ExitStack() as stack:
            stack.callback(self.close)
            for journals in self.journals:
                self.shippers.append(Shipper(trail, journals, DATABASE_URL=url))
            stack.pop_all()

    def write(self, records):
        """Each as many, in one file, by its own clock: seconds before or after the right time."""
        for number, (journals, clock) in enumerate(zip(self.journals, self.clocks)):
            now = int((time.time() + clock) * 1000)
            texts = [f"{number}.{len(self.written)}.{i}" for i in range(records)]
            self.written += texts
            journals.write(b"".join(line(milliseconds=now, input=text) for text in texts))

    def wait_until_shipped(self):
        def behind():
            return [shipper.progress() for shipper in self.shippers
                    if shipper.progress()["behind"] or not shipper.progress()["connected"]]

        def is_still():
            """A shipper that gathers has not looked for a moment at what is new."""
            return not behind() and not time.sleep(1) and not behind()
        wait_until(is_still, "all is shipped", patience=120)

    def check(self):
        """All records are there, once each, and are counted once."""
        stored = self.trail.sql("SELECT input FROM trail.records", "bulkhead").splitlines()
        assert len(stored) == len(set(stored)), "some twice"
        assert set(stored) == set(self.written), "some are missing"
        assert self.trail.sql("SELECT sum(requests) FROM trail.activity", "bulkhead") == str(
            len(self.written))

    def log(self):
        return "".join(shipper.log() for shipper in self.shippers)

    def close(self):
        for shipper in self.shippers:
            shipper.stop()
        for journals in self.journals:
            journals.remove()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
