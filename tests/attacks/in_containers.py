#!/usr/bin/python3
"""
What the probe of tests/containers can do where nothing confines it, and in the Compose stack: JSON,
{"before": {attempt: done}, "after": {attempt: [parts where it is done without a reason]}}.

It runs in the machine's own network, where the engine's are, and not in that of the other attacks.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / name) for name in ("containers", "load", "http")]

from canary import World  # noqa: E402
from compose_stack import ComposeStack  # noqa: E402
from exceptions import doors_for  # noqa: E402
from probing import Prober  # noqa: E402

PARTS = ("hello", "ping", "audit", "edge")


def main():
    with ComposeStack() as stack:
        world = World()
        prober = Prober(stack, world)
        try:
            free = prober.run_free()
            found = {part: prober.run_in(part) for part in PARTS}
        finally:
            prober.close()
            world.close()
    json.dump({"before": {attempt: done for attempt, (done, _) in free.items()},
               "after": {attempt: [part for part, said in found.items() if said[attempt][0] and
                                   not doors_for(part, attempt)] for attempt in free}}, sys.stdout)


if __name__ == "__main__":
    main()
