"""What a program does where the kernel lacks a layer, or has an old one: by the tests' switch."""

import os
import re

import pytest

import matrix
import world
from ping_lab import need
from program import Program, is_sanitized, run

SWITCH = "../tests/sandbox/switch-hello"
ABIS = range(1, 8)
FILE_ATTACKS = ("read-passwd", "read-open-file", "list-folder", "make-file", "write-file", "unlink",
                "rmdir", "mkdir", "mkfifo", "bind-path", "symlink", "execve", "link", "rename")
FIRST_ABI = {"open-truncate": 1, "truncate": 3, "connect-edge": 4, "bind-tcp": 4,
             "connect-abstract": 6, "kill-sibling": 6}
STATUS = re.compile(r"^(\w+):\s*(.*)$", re.M)


@pytest.fixture(autouse=True, scope="module")
def as_root():
    need(os.geteuid() == 0, "root, who has all layers,")


def switched(**variables):
    return {f"BULKHEAD_TEST_{name}": value for name, value in variables.items()}


def status_of(program):
    with open(f"/proc/{program.pid}/status", encoding="utf-8") as file:
        return dict(STATUS.findall(file.read()))


def has_own_filter(program):
    """One beside those of whoever runs the tests: a container has the engine's."""
    with open("/proc/self/status", encoding="utf-8") as file:
        inherited = int(dict(STATUS.findall(file.read()))["Seccomp_filters"])
    return int(status_of(program)["Seccomp_filters"]) > inherited


def need_abi(abi):
    shown = run("hello", "--sandbox", privileged=False).output.decode()
    found = re.search(r"Landlock has ABI (\d+)", shown)
    need(found and int(found[1]) >= abi, f"Landlock of ABI {abi}")


def test_the_switch_works():
    """Else all that it is used for would be vain."""
    with Program(SWITCH, environment=switched(LAYERS_OFF="seccomp,user,landlock")) as program:
        assert program.ask("name=Ada").text == "Hello, Ada!\n"
        assert not has_own_filter(program)
        assert status_of(program)["Uid"].split() == ["0"] * 4
        assert program.stats()["landlock"] == 0


def test_released_programs_have_none():
    """The same variables, and every layer is there."""
    with Program("hello", environment=switched(LAYERS_OFF=",".join(world.LAYERS),
                                               LANDLOCK_ABI="0")) as program:
        assert has_own_filter(program)
        assert "0" not in status_of(program)["Uid"].split()
        assert program.stats()["landlock"] > 0


# What the kernel is made to say, and how that is named. A refusal is not the lack of it.
NONE_THERE = [(switched(LANDLOCK_ABI="0"), "no Landlock: this kernel has none"),
              (switched(SECCOMP="0"), "no seccomp filters: this kernel has none")]
REFUSED = [(switched(LANDLOCK_ABI="-1"), "no Landlock: refused here: Operation not permitted"),
           (switched(SECCOMP="-1"), "no seccomp filters: refused here: Operation not permitted")]
NAMES = ["landlock", "seccomp"]
BOTH_NAMES = [f"{name}-{how}" for how in ("none", "refused") for name in NAMES]


def assert_error(environment, words):
    """Nothing is served: not even the socket is looked at."""
    done = run(SWITCH, environment={"REQUEST_METHOD": "GET", **environment})
    assert done.code == 1 and done.output == b""
    assert f"SANDBOX=required, but {words}" in done.errors
    with pytest.raises(AssertionError, match=f"did not start.*{words}"):
        Program(SWITCH, environment=environment)


def assert_warning(environment, words):
    """It serves, with the other of the two."""
    with Program(SWITCH, environment=environment) as program:
        assert program.ask().text == "Hello, World!\n"
        assert f"warning: {words.replace('no', 'without', 1)}" in program.errors()
        has_landlock = program.stats()["landlock"] > 0
        assert has_landlock == ("Landlock" not in words)
        assert has_own_filter(program) == ("seccomp" not in words)


@pytest.mark.parametrize("switch, words", NONE_THERE + REFUSED, ids=BOTH_NAMES)
def test_required_and_missing_is_an_error(switch, words):
    assert_error({"SANDBOX": "required", **switch}, words)


@pytest.mark.parametrize("switch, words", NONE_THERE + REFUSED, ids=BOTH_NAMES)
def test_best_effort_and_missing_is_a_warning(switch, words):
    assert_warning({"SANDBOX": "best-effort", **switch}, words)


@pytest.mark.parametrize("switch, words", NONE_THERE, ids=NAMES)
def test_by_default_what_the_kernel_lacks_is_a_warning(switch, words):
    assert_warning({"SANDBOX": "", **switch}, words)


@pytest.mark.parametrize("switch, words", REFUSED, ids=NAMES)
def test_by_default_what_is_refused_to_root_is_an_error(switch, words):
    """A container's profile must not take a layer away unsaid."""
    assert_error({"SANDBOX": "", **switch}, words)


@pytest.mark.parametrize("abi", ABIS)
def test_an_old_landlock_is_used_and_named(abi):
    need_abi(abi)
    environment = {"SANDBOX": "required", **switched(LANDLOCK_ABI=str(abi))}
    with Program(SWITCH, environment=environment) as program:
        assert program.ask().status == 200
        assert program.stats()["landlock"] == abi
        warned = f"Landlock of ABI {abi} can't refuse" in program.errors()
        assert warned == (abi < 6)


@pytest.mark.skipif(is_sanitized("hello"), reason="a sanitizer's program is not what is measured")
@pytest.mark.parametrize("abi", ABIS)
def test_an_old_landlock_alone_still_stops_what_it_can(abi):
    """Files always, the rest from where it came on; below, it is done: so that ABI is in force."""
    need_abi(abi)
    found = world.run_attacks("breach-hello",
                              {"alone": matrix.CONFIGURATIONS[matrix.ONLY["landlock"]]},
                              [*FILE_ATTACKS, *FIRST_ABI], switched(LANDLOCK_ABI=str(abi)))["alone"]
    assert [name for name in FILE_ATTACKS if not matrix.is_stopped(found[name])] == []
    assert {name: matrix.is_stopped(found[name]) for name in FIRST_ABI} == {
        name: abi >= first for name, first in FIRST_ABI.items()}
