"""Stacks that the tests of this folder share: started when the first test asks for one."""

import pytest

from ping_lab import Lab, need_tools
from stack import LIMITS_OFF, Stack, copy_source


@pytest.fixture(scope="session")
def stack():
    """Without limits, so that tests can ask as fast as they like. For all: do not change it."""
    with Stack(**LIMITS_OFF) as running:
        yield running


@pytest.fixture(scope="session")
def limited_stack():
    """With every default. For all, likewise."""
    with Stack() as running:
        yield running


@pytest.fixture
def own():
    """One for this test alone, up and without limits."""
    with Stack(**LIMITS_OFF) as running:
        yield running


@pytest.fixture
def down():
    """One for this test alone, not started."""
    stack = Stack(**LIMITS_OFF)
    yield stack
    stack.close()


@pytest.fixture
def copy(tmp_path):
    """One on copies of the source and of the programs, to be changed; not started."""
    copied = Stack(**copy_source(tmp_path), **LIMITS_OFF)
    yield copied
    copied.close()


@pytest.fixture(scope="module")
def lab():
    """Two namespaces with a wire between them, for one file of tests."""
    need_tools("ip", "ping", "nft")
    made = Lab()
    yield made
    made.remove()
