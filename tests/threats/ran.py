"""
A plugin of pytest's (`-p ran`): where BULKHEAD_RAN names a folder, each outcome is a line in its
file "pytest": "passed FILE::FUNCTION", without a test's parameters. record.py reads it.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def name_of(item):
    """As from the repository's folder, whatever pytest takes for its root."""
    path = os.path.relpath(item.path, ROOT)
    return f"{path}::{getattr(item, 'originalname', None) or item.name}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A test has passed by its call, and failed or been left out in any of its phases."""
    report = (yield).get_result()
    folder = os.environ.get("BULKHEAD_RAN")
    if folder and (report.when == "call" or report.outcome != "passed"):
        with open(Path(folder) / "pytest", "a", encoding="utf-8") as file:
            file.write(f"{report.outcome} {name_of(item)}\n")
