"""What nginx cannot count, the kernel can: the rules that docs/operations.md gives."""

import json
import re
import subprocess
import time

import pytest

from load import Load
from ping_lab import Lab, need_tools
from stack import LIMITS_OFF, REPOSITORY, Stack
from test_attacks import Attack, by_hand, start

MOST = 256  # connections that the rules leave one client


@pytest.fixture
def lab():
    """A network whose packet filter is its own."""
    need_tools("ip", "nft")
    made = Lab()
    yield made
    made.remove()


def rules(port):
    page = (REPOSITORY / "docs/operations.md").read_text()
    found = re.search(r"```\n(table inet bulkhead .*?)```", page, re.DOTALL).group(1)
    assert found.count("dport 443") == 2
    return found.replace("dport 443", f"dport {port}")


def test_one_address_cannot_take_all_places(lab):
    """Without the rules, 9,000 slow headers from one address leave nobody else a place."""
    with lab.inside(), Stack(**LIMITS_OFF) as stack:
        subprocess.run(["nft", "-f", "-"], input=rules(stack.port), text=True, check=True)
        load = Load(stack, 4, rate=20, keeps=lambda n: False,
                    connect=lambda n: stack.connect(f"127.0.5.{n + 1}"))
        with load:
            output = start(Attack(by_hand("all_places"), None, 0, ""), stack).communicate()[0]
            # those that it has had before their predecessors' ends were counted are not many
            assert json.loads(output)["pieces"] < 2 * MOST + 100
            assert json.loads(output)["refused"] > 5_000
            time.sleep(0.5)
            load.wait_for_more(10)
        assert load.failed == []
