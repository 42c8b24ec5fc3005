"""The modules of tests/http and tests/load are the tests' of this folder too."""

import contextlib
import sys
from pathlib import Path

for name in ("load", "http"):
    sys.path.insert(1, str(Path(__file__).resolve().parents[1] / name))

import pytest  # noqa: E402

# What they assert is shown as in a test.
pytest.register_assert_rewrite("engine", "compose_stack", "probing")

from compose_stack import ComposeStack  # noqa: E402

common = contextlib.ExitStack()  # holds the stack of all tests
asking = set()  # the files that ask it


def pytest_collection_modifyitems(items):
    """They come first: fifteen containers less for all the others."""
    asking.update(item.path for item in items if "stack" in item.fixturenames)
    items.sort(key=lambda item: item.path not in asking)


def pytest_runtest_setup(item):
    if item.path not in asking:
        common.close()


@pytest.fixture(scope="session")
def stack():
    """All of it, without limits. For all tests: leave it as it was, up and healthy."""
    with common:
        yield common.enter_context(ComposeStack())
