"""
`bulkhead` as root with no more rights than a container's engine leaves it, or with fewer: the files
of others are then closed to it, or to the watch, which has fewer still.
"""

import os
import signal

import pytest

from program import wait_until
from stack import LIMITS_OFF, Stack

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="takes root")
# capabilities(7); Docker leaves out the second, and with it the watch has neither
WITHOUT = {"as in a container": "-dac_read_search", "with less": "-dac_read_search,-dac_override"}


@pytest.mark.parametrize("rights", WITHOUT.values(), ids=WITHOUT.keys())
def test_a_database_that_died_comes_back(rights):
    """The same one, with what was in it: what cannot be seen is not made anew."""
    prefix = ["setpriv", f"--bounding-set={rights}"]
    with Stack(DATABASE_URL="", prefix=prefix, **LIMITS_OFF) as stack:
        version = stack.state / "database/cluster/PG_VERSION"
        before = version.stat().st_ino
        file = stack.state / "run/database.pid"
        written = file.read_text()
        os.kill(int(written.split()[0]), signal.SIGQUIT)
        wait_until(lambda: file.read_text() not in ("", written), "another one")
        wait_until(lambda: stack.bulkhead("status").returncode == 0, "all is well")
        assert version.stat().st_ino == before
