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
                "mkdir", "execve", "link", "rename")
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


def need_abi(abi):
    shown = run("hello", "--sandbox", privileged=False).output.decode()
    found = re.search(r"Landlock has ABI (\d+)", shown)
    need(found and int(found[1]) >= abi, f"Landlock of ABI {abi}")


def test_the_switch_works():
    """Else all that it is used for would be vain."""
    with Program(SWITCH, environment=switched(LAYERS_OFF="seccomp,user,landlock")) as program:
        assert program.ask("name=Ada").text == "Hello, Ada!\n"
        assert status_of(program)["Seccomp"] == "0"
        assert status_of(program)["Uid"].split() == ["0"] * 4
        assert program.stats()["landlock"] == 0


def test_released_programs_have_none():
    """The same variables, and every layer is there."""
    with Program("hello", environment=switched(LAYERS_OFF=",".join(world.LAYERS),
                                               LANDLOCK_ABI="0")) as program:
        assert status_of(program)["Seccomp"] == "2"
        assert "0" not in status_of(program)["Uid"].split()
        assert program.stats()["landlock"] > 0


def test_required_and_missing_is_an_error():
    """Nothing is served: not even the socket is looked at."""
    done = run(SWITCH, environment={"REQUEST_METHOD": "GET", "SANDBOX": "required",
                                    **switched(LANDLOCK_ABI="0")})
    assert done.code == 1 and done.output == b""
    assert "SANDBOX=required, but this kernel has no Landlock" in done.errors
    with pytest.raises(AssertionError, match="did not start.*has no Landlock"):
        Program(SWITCH, environment={"SANDBOX": "required", **switched(LANDLOCK_ABI="0")})


@pytest.mark.parametrize("setting", ["best-effort", ""])
def test_best_effort_and_missing_is_a_warning(setting):
    """As is no setting, on a kernel that does not have both."""
    environment = {"SANDBOX": setting, **switched(LANDLOCK_ABI="0")}
    with Program(SWITCH, environment=environment) as program:
        assert program.ask().text == "Hello, World!\n"
        assert "warning: without Landlock" in program.errors()
        assert status_of(program)["Seccomp"] == "2"


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


@pytest.mark.parametrize("route", ["hello", "calculate"])
def test_what_only_computes_needs_few_calls(route):
    shown = run(route, "--sandbox", privileged=False).output.decode()
    assert int(re.search(r"^(\d+) system calls", shown, re.M)[1]) <= 30
