"""
From inside containers, in the long form: what tests/containers tries, by its own probe.

Before: with all that tests/before/docker-compose.yml gives, which is the host. After: with what
confines each container of the Compose stack; what is open there has its reason in
tests/containers/exceptions.py.
"""

import functools
import json
import subprocess

from attempts import ATTEMPTS
from model import AttackClass
from paths import HERE


@functools.cache
def found(scene):
    done = subprocess.run(["nsenter", f"--net=/proc/self/fd/{scene.outside}", "/usr/bin/python3",
                           "-B", str(HERE / "in_containers.py")], capture_output=True, text=True,
                          timeout=3000, check=False, pass_fds=[scene.outside])
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout)


def run_within(target, rows):
    said = found(target.scene)[target.name]
    return [("done" if said[row.payload] is True else ", ".join(said[row.payload] or ()))
            for row in rows]


CLASSES = [
    AttackClass("container-escape", "From inside a container", ["edge-broken-into",
                "takes-over-the-machine"], "container", "what the probe has done outside of it",
                {attempt: attempt for attempt in ATTEMPTS}, run_within, alone=True, full=True),
]
