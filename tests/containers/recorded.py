"""What a deployment in containers has recorded, for its tests: by its counters and its database."""

import time

from program import wait_until

FIELDS = 17  # of a page of counters, see program.STATS_FIELDS
WAITING, CONNECTED = 13, 15  # of those, the shipper's


class Recorded:
    """It has counters(PART), and sql(STATEMENT)."""

    def wait_until_shipped(self):
        wait_until(lambda: (self.counters("trail")[WAITING], self.counters("trail")[CONNECTED])
                   == (0, 1), "all is shipped", patience=120)
        time.sleep(0.5)  # what nginx has written a moment ago
        wait_until(lambda: self.counters("trail")[WAITING] == 0, "the last of it", patience=60)

    def stored(self):
        """Request id to (status, input, route) of all; that each is there once was looked at."""
        rows = self.sql("SELECT replace(request_id::text, '-', ''), status, input, route "
                        "FROM trail.records")
        found = {row.split("|", 3)[0]: row.split("|", 3)[1:] for row in rows}
        assert len(found) == len(rows), "a request that is recorded twice"
        return found

    def assert_recorded_once(self, ids, routes=()):
        """Each of these answered requests, and of each of these routes at least one."""
        assert len(set(ids)) == len(ids) > 0
        self.wait_until_shipped()
        stored = self.stored()
        missing = [each for each in ids if each not in stored]
        print(f"{len(ids)} answered requests, {len(missing)} without a record")
        assert missing == []
        assert set(routes) <= {stored[each][2] for each in ids}
