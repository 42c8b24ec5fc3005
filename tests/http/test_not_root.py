"""
A program that root has not started: what it keeps of rights, what it says of that, and whether it
counts itself among those of the layer "user". As in a container, where the engine has dropped all.
"""

import contextlib
import os
import shutil
import struct
import subprocess

import pytest

from ping_lab import need
from program import BUILD, STATS_FIELDS, STATS_MAGIC, STATS_MORE, clean_environment, wait_until
from stack import make_folder
from test_bulkhead_users import CAPABILITY_SETS, status_of
from trail_lab import PLACES

UID = 1234
USER, LIMITS = 1 << 0, 1 << 4  # enum layer
WARNING = "hello: warning: not started as root: beside its uid it keeps "
GROUPS, BOUNDS = "its supplementary groups", "the capability bounding set"
ALL_BOUNDS, NO_BOUNDS = "--bounding-set=+all", "--bounding-set=-all"


@pytest.fixture(autouse=True, scope="module")
def as_root():
    need(os.geteuid() == 0, "root, to be anybody,")


@contextlib.contextmanager
def started(*rights, gid=UID):
    """hello, started by another user with these rights; yields its process id, counters and log."""
    folder = make_folder()
    os.chown(folder, UID, gid)
    program = shutil.copy2(BUILD / "cgi-src/hello", folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["setpriv", f"--reuid={UID}", f"--regid={gid}", *rights, "spawn-fcgi", "-n", "-s",
             folder / "sock", "--", program, "--stats", folder / "stats"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment())

    def counters():
        assert process.poll() is None, (folder / "log").read_text()
        names = [*STATS_FIELDS, *PLACES, *STATS_MORE]
        with contextlib.suppress(FileNotFoundError, struct.error):
            return dict(zip(names, struct.unpack_from(f"={len(names)}Q",
                                                      (folder / "stats").read_bytes())))
        return {"magic": 0}
    try:
        wait_until(lambda: counters()["magic"] == STATS_MAGIC, "it is ready")
        yield process.pid, counters(), (folder / "log").read_text()
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


@pytest.mark.parametrize(("rights", "gid", "kept"), [
    (["--clear-groups", NO_BOUNDS, "--no-new-privs"], UID, None),
    (["--clear-groups", NO_BOUNDS], UID, None),
    ([f"--groups={UID}", NO_BOUNDS], UID, None),
    (["--clear-groups", ALL_BOUNDS], UID, BOUNDS),
    (["--clear-groups", "--bounding-set=-all,+net_raw"], UID, BOUNDS),
    (["--groups=5", NO_BOUNDS], UID, GROUPS),
    (["--groups=5,6", NO_BOUNDS], UID, GROUPS),
    (["--groups=0", NO_BOUNDS], UID, GROUPS),
    (["--groups=5", ALL_BOUNDS], UID, f"{GROUPS} and {BOUNDS}"),
    (["--clear-groups", NO_BOUNDS], 0, "root's group"),
    ([f"--groups={UID}", ALL_BOUNDS], 0, f"root's group and {GROUPS} and {BOUNDS}"),
], ids=str)
def test_what_it_keeps_is_what_it_says(rights, gid, kept):
    """Without anything, its layer is whole, and there is nothing to warn of."""
    with started(*rights, "--inh-caps=-all", gid=gid) as (_, counters, log):
        warnings = [line for line in log.splitlines() if ": not started as root: " in line]
        assert warnings == ([WARNING + kept] if kept else [])
        assert counters["layers"] & USER == (0 if kept else USER)
        assert counters["layers"] & LIMITS, "or this test reads the wrong place"


def test_what_it_can_give_up_it_does():
    """Capabilities that it was started with, as a container's cap_add gives them."""
    with started("--clear-groups", "--bounding-set=-all,+net_raw", "--inh-caps=+net_raw",
                 "--ambient-caps=+net_raw") as (pid, counters, log):
        fields = status_of(pid)
        assert {name for name in CAPABILITY_SETS if int(fields[name], 16)} == {"CapBnd"}
        assert fields["NoNewPrivs"] == "1"
        assert f"{WARNING}{BOUNDS}\n" in log and not counters["layers"] & USER
