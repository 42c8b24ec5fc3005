"""quickstart's judgement of sudo; that it brings a bare Debian to life has tests/containers."""

import os
import subprocess

import pytest

from program import REPOSITORY

# All of the script but its last line, which runs it; asked twice, for it must not ask sudo twice.
HARNESS = 'eval "$(sed \\$d quickstart)"; can_sudo; echo "says $?"; can_sudo; echo "says $?"'


def judge(folder, sudo, terminal):
    """Runs can_sudo with a sudo of ours, which notes how it was called."""
    program = folder / "sudo"
    program.write_text(f'#!/bin/sh\necho "$*" >>"{folder}/calls"\n{sudo}\n')
    program.chmod(0o755)
    script = folder / "ask"
    script.write_text(f'cd {REPOSITORY}\n{HARNESS}\n')
    command = ["script", "-qec", f"sh {script}", "/dev/null"] if terminal else ["sh", str(script)]
    done = subprocess.run(command, env={"PATH": f"{folder}:{os.environ['PATH']}"}, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=True)
    calls = (folder / "calls").read_text().splitlines()
    return [line[-1] for line in done.stdout.splitlines() if line.startswith("says ")], calls


@pytest.mark.parametrize(("sudo", "terminal", "answer", "calls", "why"), [
    ("exit 0", False, "0", ["-n true"], "without a password"),
    ("exit 0", True, "0", ["-n true"], "likewise"),
    ("exit 1", False, "1", ["-n true"], "nobody is there to type one"),
    ("exit 1", True, "1", ["-n true", "-v"], "a terminal is no proof: this user may not"),
    ('[ "$1" = -v ]', True, "0", ["-n true", "-v"], "a password was typed"),
])
def test_can_sudo(tmp_path, sudo, terminal, answer, calls, why):
    """By asking sudo, once."""
    assert judge(tmp_path, sudo, terminal) == ([answer] * 2, calls), why
