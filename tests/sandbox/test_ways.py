"""The walls are the same whichever way a program is started, and for whichever of its threads."""

import os

import pytest

import matrix
import world
from ping_lab import need
from program import BUILD, is_sanitized, run

# An attack that one layer alone stops here, the layers that are off for that, and its answer.
BY_SECCOMP = ("getcwd", "", -31, b"")
BY_LANDLOCK = ("read-passwd", "seccomp", 0, b"STOPPED EACCES")
CASES = pytest.mark.parametrize("attack, off, code, answer", [BY_SECCOMP, BY_LANDLOCK],
                                ids=["seccomp", "landlock"])
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0 and not os.environ.get("CI"),
                                reason="needs root")
SANITIZED = pytest.mark.skipif(is_sanitized("hello"),
                               reason="a sanitizer's program is not what is measured")


def breach(route, *arguments, off="", privileged=True, **variables):
    return run(f"../tests/sandbox/breach-{route}", *arguments, privileged=privileged,
               environment={"BULKHEAD_TEST_LAYERS_OFF": off, **variables})


@CASES
def test_plain_cgi(attack, off, code, answer):
    done = breach("hello", off=off, REQUEST_METHOD="GET", QUERY_STRING=f"attack={attack}")
    assert (done.code, done.output.rpartition(b"\r\n")[2].strip()) == (code, answer)


@CASES
def test_a_command(attack, off, code, answer):
    done = breach("calculate", attack, off=off, privileged=False)
    assert (done.code, done.output.strip()) == (code, answer)


def test_a_command_without_walls():
    """The control: both can be done."""
    for attack, *_ in (BY_SECCOMP, BY_LANDLOCK):
        done = breach("calculate", attack, off=",".join(world.LAYERS), privileged=False)
        assert done.output == b"DONE\n"


@NEEDS_ROOT
@SANITIZED
def test_landlock_binds_the_pool_too():
    """It binds the threads that are started after it: ping's handler runs in one of those."""
    need(os.geteuid() == 0, "root, to make namespaces,")
    attacks = ["read-passwd", "make-file", "connect-edge", "connect-abstract", "kill-sibling"]
    found = world.run_attacks(
        "breach-ping", {"alone": matrix.CONFIGURATIONS[matrix.ONLY["landlock"]]}, attacks)["alone"]
    assert [name for name in attacks if not matrix.is_stopped(found[name])] == []


@NEEDS_ROOT
@SANITIZED
def test_landlock_leaves_a_journal_its_two_rights():
    """Make and append, by itself: the rest is refused, and what is above the folder too."""
    need(os.geteuid() == 0, "root, to make namespaces,")
    refused = ["journal-read", "journal-open-truncate", "journal-unlink", "journal-rename",
               "journal-mkdir", "journal-list", "journal-execute", "journal-append-beside",
               "journal-make-beside", "journal-make-absolute", "journal-read-beside"]
    found = world.run_attacks(
        "breach-journal", {"alone": matrix.CONFIGURATIONS[matrix.ONLY["landlock"]]},
        [*refused, "journal-append", "journal-next"])["alone"]
    assert [name for name in refused if not matrix.is_stopped(found[name])] == []
    assert found["journal-append"] == found["journal-next"] == world.DONE
