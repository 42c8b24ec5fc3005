"""One deployment with records, and one browser, for all tests of this folder."""

import hashlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

from audit_lab import DATABASE, basic  # noqa: E402
from ping_lab import need  # noqa: E402
from stack import BUILD, LIMITS_OFF, Stack  # noqa: E402

import records  # noqa: E402

OUTPUT = BUILD / "browser"  # screenshots, and what comes from npm
AXE = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
DATABASE_USER = "bulkhead-database"


@pytest.fixture(scope="session")
def stack():
    """Its database is its own; the records come from the database's superuser."""
    with Stack(**LIMITS_OFF, DATABASE_URL="") as running:
        change = ["setpriv", f"--reuid={DATABASE_USER}", f"--regid={DATABASE_USER}",
                  "--clear-groups"] if os.geteuid() == 0 else []
        subprocess.run(
            [*change, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h",
             str(running.state / "database/socket"), "-U", "postgres", "-d", DATABASE],
            input=";\n".join(records.statements()), text=True, check=True, timeout=60, cwd="/")
        yield running


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    need(importlib.util.find_spec("selenium"), "the package python3-selenium")
    import browser  # no test here can be read without it, if this were at the top
    for program in (browser.BINARY, browser.DRIVER):
        need(os.access(program, os.X_OK), f"the program {program}")
    started = browser.Browser(tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()


@pytest.fixture
def browser(chromium):
    """As a test finds it: wide, light, with the password."""
    chromium.give_password(basic())
    chromium.look(1280)
    return chromium


@pytest.fixture
def page(stack, browser):
    """Opens the page with this query."""
    def open_page(query=""):
        browser.open(f"{stack.url}/audit?{query}")
        assert browser.driver.title == "Audit trail - Bulkhead"
        return browser
    return open_page


@pytest.fixture
def console(stack, browser):
    """Opens the console, as a visitor without the password."""
    def open_page(path="/console/", server=stack):
        browser.devtools("Network.setExtraHTTPHeaders", headers={})
        browser.open(server.url + path)
        return browser
    return open_page


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, fetched once: exactly the one that was looked at."""
    file = OUTPUT / "node_modules/axe-core/axe.min.js"
    if not is_axe(file):
        need(shutil.which("npm"), "the program npm")
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-save", "--no-audit",
                        "--no-fund", "--prefix", str(OUTPUT), f"axe-core@{AXE}"],
                       stdin=subprocess.DEVNULL, timeout=120, check=True)
    assert is_axe(file), f"{file} is not what axe-core {AXE} was"
    return file.read_text()


def is_axe(file):
    return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == AXE_SHA256


@pytest.fixture(scope="session")
def output():
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT
