"""The commands that docs/operations.md has in its tables, so that they are run as they stand."""

import os
import re
import subprocess

from program import REPOSITORY

STARTS = ("bulkhead ", "docker/", "docker ", "rm ")


def commands(heading):
    """Of the section, each once, in their order."""
    text = (REPOSITORY / "docs/operations.md").read_text()
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][1:]
    return list(dict.fromkeys(each for row in rows for each in re.findall(r"`([^`]+)`", row)
                              if each.startswith(STARTS)))


BACKUP = commands("Backup and restore")
RENEWAL = commands("New passwords and certificates")


def is_native(command):
    """And not for containers."""
    return not command.startswith("docker")


def run_native(stack, folder, command):
    """By a shell that is in the folder, on this stack."""
    script = folder / "bin/bulkhead"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec "{stack.source}/bulkhead" "$@"\n')
    script.chmod(0o755)
    done = subprocess.run(["sh", "-c", command.replace("/var/lib/bulkhead", str(stack.state))],
                          cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=180, check=False,
                          env=stack.environment(PATH=f"{script.parent}:{os.environ['PATH']}"))
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done


def of(listed, *words):
    """The one command that has all of these words."""
    found = [each for each in listed if all(word in each for word in words)]
    assert len(found) == 1, f"{words}: {found}"
    return found[0]
