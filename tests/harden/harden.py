"""harden as it is run by somebody: on files, with what it says and the code that it ends with."""

import json
import os
import pathlib
import re
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", REPOSITORY / "build"))
PROGRAM = BUILD / "harden/harden"
CLEAN, FINDINGS, TROUBLE = 0, 1, 2
# What the core says when it stops a fix, which is wrong then; a fix that refuses has other words.
# Not so where two that are right make one item, which is what no list may have.
STOPPED = re.compile("not fixed: (it would (?!also mean: an item twice in )|what it makes|"
                     "another parser|two changes|then )")


def harden(*arguments, cwd=None, **settings):
    """What a run says, as text. The environment is a plain one, with `settings` added."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **settings}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False, encoding="utf-8",
                          errors="surrogateescape")


def audit(*arguments, **options):
    """The findings, as JSON has them."""
    done = harden("audit", "--format", "json", *arguments, **options)
    assert done.returncode in (CLEAN, FINDINGS), done.stderr
    said = json.loads(done.stdout)
    assert bool(said["findings"]) == (done.returncode == FINDINGS)
    assert said["summary"]["findings"] == len(said["findings"])
    return said["findings"]


def checks():
    """All rows of the catalogue, by their id."""
    done = harden("explain", "--list", "--format", "json")
    assert done.returncode == CLEAN, done.stderr
    return {row["id"]: row for row in json.loads(done.stdout)}
