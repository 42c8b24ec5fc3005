"""
Stacks that the tests of this folder share: started when the first test asks for one.

BULKHEAD_STACK=compose has those tests that ask a whole deployment through HTTP ask one in
containers, docker-compose.yml's, and BULKHEAD_STACK=kubernetes one in a pod; on_compose.py says
which tests that are, and why the others not.
"""

import os

import pytest

import on_compose
from audit_lab import Trail
from ping_lab import Lab, need_tools
from stack import LIMITS_OFF, Stack, copy_source

COMPOSE = os.environ.get("BULKHEAD_STACK") in on_compose.STACKS


def pytest_collection_modifyitems(items):
    if COMPOSE:
        on_compose.leave_out(items)


@pytest.fixture(scope="session")
def make_stack():
    """What makes a stack of settings, to be used as a context: asked through HTTP alone."""
    yield on_compose.make_stack if COMPOSE else Stack
    on_compose.close_all()


@pytest.fixture(scope="session")
def all_are_one():
    """Whether all clients come from one address: the gateway of a network of containers."""
    return COMPOSE


@pytest.fixture(scope="session")
def stack(make_stack):
    """Without limits, so that tests can ask as fast as they like. For all: do not change it."""
    with make_stack(**LIMITS_OFF) as running:
        yield running


@pytest.fixture(scope="session")
def limited_stack(make_stack):
    """With every default. For all, likewise."""
    with make_stack() as running:
        yield running


@pytest.fixture(scope="session")
def make_trail():
    """What makes a trail with records of the test's own, and nobody else's."""
    return on_compose.make_trail if COMPOSE else Trail


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
