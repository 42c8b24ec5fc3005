"""
`harden verify` without an engine: a script stands for Docker's programs, so what they are asked,
and what is made of their answers, is seen alone. tests/containers has a real one.
"""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from harden import PROGRAM, TROUBLE, harden

HOLDS, BREAKS = 0, 1
DAEMON = '{"icc": true}\n'


@pytest.fixture(name="lab")
def make_lab(tmp_path):
    """A daemon.json, and a folder for programs, which is all of PATH but the system's."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "daemon.json").write_text(DAEMON)
    return tmp_path


def put_program(lab, name, text):
    program = lab / "bin" / name
    program.write_text("#!/bin/sh\n" + text)
    program.chmod(0o755)


def settings(lab, **more):
    return {"PATH": f"{lab}/bin:/usr/bin:/bin", "TMPDIR": str(lab / "tmp"), **more}


def verify(lab, *arguments, **more):
    done = harden("verify", *arguments, cwd=lab, **settings(lab, **more))
    assert list((lab / "tmp").iterdir()) == [] and (lab / "daemon.json").read_text() == DAEMON
    return done


def breaks_with(*words):
    """A dockerd that does not take settings which have all of these words."""
    tests = " && ".join(f"grep -q '{word}' \"$3\"" for word in words)
    return f'[ "$1 $2" = "--validate --config-file" ] || exit 9\n' \
           f'if {tests}; then echo "no: {words[0]}" >&2; exit 1; fi\n'


def test_all_fixes_hold(lab):
    put_program(lab, "dockerd", breaks_with("nothing"))
    done = verify(lab, "daemon.json")
    assert done.returncode == HOLDS, done.stderr
    assert done.stdout.startswith("daemon.json: before: dockerd takes it\n"
                                  "daemon.json: after: dockerd takes it\ngone: daemon.json:1:")


@pytest.mark.parametrize("words, culprits, command", [
    (["userns-remap"], ["D2"], "--skip D2"),
    (["live-restore"], ["D3"], "--skip D3"),
    (["icc.: false"], ["D1"], "--skip D1"),
    (["userns-remap", "live-restore"], ["D2", "D3"], "--skip D3"),
])
def test_search(lab, words, culprits, command):
    """One that breaks it alone, and two that do so together, of which the lighter is left out."""
    put_program(lab, "dockerd", breaks_with(*words))
    done = verify(lab, "daemon.json")
    assert done.returncode == BREAKS, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(": ")[-1] for line in lines if "fix breaks it" in line] == culprits
    assert f"To write the rest: harden fix {command} --write daemon.json" in lines
    assert f"    | no: {words[0]}" in lines
    left = command.split()[-1]
    assert not any(line.startswith("gone: ") and f" {left}: " in line for line in lines)


def test_each_fix_breaks_it(lab):
    put_program(lab, "dockerd", "! grep -q 'live-restore\\|false' \"$3\"\n")
    done = verify(lab, "--only", "D1,D3", "daemon.json")
    assert done.returncode == BREAKS
    assert "daemon.json: no fix is left: each breaks it\n" in done.stdout
    assert "+++" not in done.stdout


def test_a_part_that_was_asked_for(lab):
    """What is offered then names what is to be done, not what is left out."""
    put_program(lab, "dockerd", breaks_with("userns-remap"))
    done = verify(lab, "--only", "D1,D2,D5", "--with", "D5", "--type", "daemon", "daemon.json")
    assert "harden fix --with D5 --type daemon --only D1,D5 --write daemon.json\n" in done.stdout


@pytest.mark.parametrize("program, why", [
    (None, "the program is not in PATH"),
    ("echo 'unknown flag: --validate'; exit 125", "this dockerd can't tell: --validate came with"),
    ("echo no; exit 1", "it does not come up as it is, so fixes can't break it: dockerd does not"),
])
def test_trouble(lab, program, why):
    if program:
        put_program(lab, "dockerd", program)
    done = verify(lab, "daemon.json", PATH=f"{lab}/bin" if not program else
                  settings(lab)["PATH"])
    assert done.returncode == TROUBLE and done.stdout == ""
    assert why in done.stderr and "with the fixes" not in done.stderr


def test_no_shell_and_nothing_of_ours(lab):
    """A name with words of a shell is a name; few variables and no descriptors are handed on."""
    put_program(lab, "dockerd", f"env >{lab}/env; ls /proc/self/fd >{lab}/fds\n")
    odd = lab / "a; touch pwned; $(touch pwned) '.json"
    odd.write_text(DAEMON)
    done = verify(lab, "--type", "daemon", odd.name, TOKEN="hunter2222")
    assert done.returncode == HOLDS, done.stderr
    assert not (lab / "pwned").exists()
    names = {line.split("=")[0] for line in (lab / "env").read_text().splitlines()}
    assert names <= {"PATH", "TMPDIR", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}
    assert (lab / "fds").read_text().split() == ["0", "1", "2", "3"]  # the last is of ls itself


def test_what_is_offered_is_quoted(lab):
    put_program(lab, "dockerd", breaks_with("userns-remap"))
    odd = lab / "it's $HOME.json"
    odd.write_text(DAEMON)
    done = verify(lab, "--type", "daemon", odd.name)
    assert "--skip D2 --write 'it'\\''s $HOME.json'\n" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals(lab, number):
    """What runs is stopped, also where it does not want to be asked by the terminal."""
    put_program(lab, "dockerd", f"echo $$ >{lab}/pid.new; mv {lab}/pid.new {lab}/pid\n"
                                "exec sleep 1000\n")
    with subprocess.Popen([PROGRAM, "verify", "daemon.json"], cwd=lab, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE, env={**os.environ, **settings(lab)}) as process:
        while not (lab / "pid").exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == TROUBLE
    assert b"interrupted: nothing of it is left" in said
    assert not pathlib.Path("/proc", (lab / "pid").read_text().strip()).exists()
    assert list((lab / "tmp").iterdir()) == []


def test_nothing_to_fix(lab):
    done = verify(lab, "--only", "D7", "daemon.json")
    assert done.returncode == HOLDS
    assert done.stderr == "harden: daemon.json: no fix of those that are asked for changes it\n"


@pytest.mark.parametrize("arguments, why", [
    ((), "Usage: "),
    (("--wait", "0", "daemon.json"), "harden: verify: --wait: 0: allowed is 1 to 3600\n"),
    (("--wait", "3601", "daemon.json"), "harden: verify: --wait: 3601: allowed is 1 to 3600\n"),
    (("--wait", "1x", "daemon.json"), "harden: verify: --wait: 1x: allowed is 1 to 3600\n"),
    (("--wait", "", "daemon.json"), "harden: verify: --wait: : allowed is 1 to 3600\n"),
    (("--write", "daemon.json"), "harden: verify: --write: it is no option of this command\n"),
    (("daemon.json", "--", "-e", "A=b"), "harden: -e: only `docker run` takes arguments"),
    (("nowhere",), "harden: nowhere: No such file"),
    (("bin",), "harden: bin: it is a folder"),
])
def test_usage(lab, arguments, why):
    done = verify(lab, *arguments)
    assert done.returncode == TROUBLE and done.stderr.startswith(why), done.stderr
