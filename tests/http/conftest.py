"""Stacks that the tests of this folder share: started once, when the first test asks for one."""

import pytest

from stack import LIMITS_OFF, Stack


@pytest.fixture(scope="session")
def stack():
    """Without limits, so that tests can ask as fast as they like."""
    with Stack(**LIMITS_OFF) as running:
        yield running


@pytest.fixture(scope="session")
def limited_stack():
    """With every default."""
    with Stack() as running:
        yield running
