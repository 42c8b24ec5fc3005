"""A deployment with a trail in a cluster of its own, and what is in there."""

import contextlib
import struct
import time

from program import wait_until
from stack import Stack
from test_bulkhead_trail import sql


class TrailStack(Stack):
    """`settings` as Stack's."""

    def __init__(self, **settings):
        super().__init__(**{"DATABASE_URL": "", **settings})

    def counters(self, name):
        with contextlib.suppress(FileNotFoundError):
            data = (self.state / f"run/{name}.stats").read_bytes()[:17 * 8]
            return struct.unpack("=17Q", data.ljust(17 * 8, b"\0"))
        return (0,) * 17

    def wait_until_shipped(self):
        wait_until(lambda: self.counters("trail")[13] == 0 and self.counters("trail")[15] == 1,
                   f"all is shipped: {self.counters('trail')[11:]}", patience=120)
        time.sleep(0.5)  # what nginx has written a moment ago
        wait_until(lambda: self.counters("trail")[13] == 0, "the last of it", patience=60)

    def stored(self):
        """Request id to (status, input, route) of all; that each is there once was looked at."""
        rows = sql(self, "SELECT replace(request_id::text, '-', ''), status, input, route "
                         "FROM trail.records").stdout.splitlines()
        found = {row.split("|", 3)[0]: row.split("|", 3)[1:] for row in rows}
        assert len(found) == len(rows), "a request that is recorded twice"
        return found
