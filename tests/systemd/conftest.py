"""One machine that all tests of this folder share, and modules of other folders."""

import pytest

# What they assert is shown as in a test.
pytest.register_assert_rewrite("engine", "machine")

from machine import Machine  # noqa: E402


@pytest.fixture(scope="session")
def machine():
    """Without limits. For all tests: leave it as it was, up and healthy."""
    with Machine() as running:
        yield running
