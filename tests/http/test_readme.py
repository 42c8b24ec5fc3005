"""The README's commands, run: a newcomer's first five minutes."""

import re
import subprocess

import pytest

from program import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", README, re.M | re.DOTALL)
            for line in block.splitlines()]
CURL = [line for line in COMMANDS if line.startswith("curl ")]
BULKHEAD = [line.split()[1:] for line in COMMANDS if line.startswith("./bulkhead ")]

# What the README says that each answers, in order; of ping's text, its first words.
ANSWERS = ["Hello, Bob!\n", "PING 127.0.0.1", "2.414213562373095\n"]


def test_nothing_is_left_out():
    """Every command of the page is one that this file, or CI itself, runs."""
    assert len(CURL) == len(ANSWERS) and len(BULKHEAD) == 3
    others = [line for line in COMMANDS if not line.startswith(("curl ", "./bulkhead "))]
    assert others == ["./quickstart", "./quickstart check"]
    assert all((REPOSITORY / line.split()[0]).exists() for line in others)


@pytest.mark.parametrize("command, answer", zip(CURL, ANSWERS), ids=["hello", "ping", "sum"])
def test_curl(stack, command, answer):
    """As written, but for the port."""
    done = subprocess.run(["sh", "-c", command.replace("127.0.0.1:15000", f"127.0.0.1:{stack.port}")
                           .replace("curl", "curl -s")], capture_output=True, text=True,
                          timeout=30, check=True)
    assert done.stdout.startswith(answer)
    assert answer.strip() in README or answer.startswith("PING")


def test_json(stack):
    """What the page says that a client gets who asks for it."""
    answer = stack.get("/?name=Bob", headers={"Accept": "application/json"}).text
    assert f"`{answer.strip()}`" in README


@pytest.mark.parametrize("arguments", [a for a in BULKHEAD if a != ["down"]], ids=" ".join)
def test_bulkhead(stack, arguments):
    """The commands exist and succeed on a healthy system; `down` ends each stack of the tests."""
    done = stack.bulkhead(*arguments)
    assert done.returncode == 0 and done.stdout, done.stderr
